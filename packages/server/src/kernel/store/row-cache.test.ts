import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { RowCache } from './row-cache.ts'

const at = (key: string) => ({ table: { name: 'notes' }, scope: 'a', key })
const row = (key: string, version = 1) => Object.freeze({ key, version, value: {} })

test('the cache keeps the rows used last, as a plain model of it does', () => {
  const step = fc.record({ key: fc.integer({ min: 0, max: 7 }), read: fc.boolean() })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const cache = new RowCache(4)
      let model: { id: string; value: ReturnType<typeof row> }[] = []
      for (const { key, read } of steps) {
        const id = String(key)
        const known = model.find((each) => each.id === id)
        if (read) {
          assert.equal(cache.get('notes', 'a', id), known?.value)
          if (known) model = [known, ...model.filter((each) => each !== known)]
        } else {
          const value = row(id)
          cache.found(at(id), value)
          model = [{ id, value }, ...model.filter((each) => each !== known)].slice(0, 4)
        }
        assert.equal(cache.size, model.length)
      }
    }),
  )
})

test('it knows what does not exist, and forgets that when it is outdated', () => {
  const cache = new RowCache()
  assert.equal(cache.get('notes', 'a', 'k'), undefined)
  cache.found(at('k'), undefined)
  assert.equal(cache.get('notes', 'a', 'k'), null)
  cache.outdated(at('k'), 5)
  assert.equal(cache.get('notes', 'a', 'k'), undefined)
})

test('a row as new as the change that is reported stays', () => {
  const cache = new RowCache()
  const own = row('k', 5)
  cache.written(at('k'), own, 5)
  cache.written(at('gone'), undefined, 5)
  cache.outdated(at('k'), 5)
  cache.outdated(at('gone'), 5)
  assert.equal(cache.get('notes', 'a', 'k'), own)
  assert.equal(cache.get('notes', 'a', 'gone'), null)
  cache.outdated(at('k'), 6)
  assert.equal(cache.get('notes', 'a', 'k'), undefined)
})

test('what a read found is not kept when the row changed during the read', () => {
  const cache = new RowCache()
  const ticket = cache.beginRead()
  cache.outdated(at('a'), 2)
  cache.written(at('b'), row('b', 2), 2)
  cache.found(at('a'), row('a', 1), ticket)
  cache.found(at('b'), row('b', 1), ticket)
  cache.found(at('c'), row('c', 1), ticket)
  assert.equal(cache.get('notes', 'a', 'a'), undefined)
  assert.equal(cache.get('notes', 'a', 'b')?.version, 2)
  assert.equal(cache.get('notes', 'a', 'c')?.version, 1)
  cache.clear()
  cache.found(at('d'), row('d', 1), ticket)
  assert.equal(cache.get('notes', 'a', 'd'), undefined)
  cache.endRead(ticket)
})

test('what may have changed a table counts for it, and for it alone', () => {
  const cache = new RowCache()
  const counted = () => ['notes', 'others'].map((table) => cache.changesOf(table))
  cache.found(at('k'), row('k'))
  assert.deepEqual(counted(), [0, 0])
  cache.written(at('k'), row('k', 2), 2)
  cache.outdated(at('unknown'), 3)
  assert.deepEqual(counted(), [2, 0])
  cache.clear()
  assert.deepEqual(counted(), [3, 0])
})
