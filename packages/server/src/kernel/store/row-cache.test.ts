import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { RowCache } from './row-cache.ts'

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
          assert.equal(cache.get(id), known?.value)
          if (known) model = [known, ...model.filter((each) => each !== known)]
        } else {
          const value = row(id)
          cache.found(id, value)
          model = [{ id, value }, ...model.filter((each) => each !== known)].slice(0, 4)
        }
        assert.equal(cache.size, model.length)
      }
    }),
  )
})

test('it knows what does not exist, and forgets that when it is outdated', () => {
  const cache = new RowCache()
  assert.equal(cache.get('k'), undefined)
  cache.found('k', undefined)
  assert.equal(cache.get('k'), null)
  cache.outdated('k', 5)
  assert.equal(cache.get('k'), undefined)
})

test('a row as new as the change that is reported stays', () => {
  const cache = new RowCache()
  const own = row('k', 5)
  cache.written('k', own, 5)
  cache.written('gone', undefined, 5)
  cache.outdated('k', 5)
  cache.outdated('gone', 5)
  assert.equal(cache.get('k'), own)
  assert.equal(cache.get('gone'), null)
  cache.outdated('k', 6)
  assert.equal(cache.get('k'), undefined)
})

test('what a read found is not kept when the row changed during the read', () => {
  const cache = new RowCache()
  const ticket = cache.beginRead()
  cache.outdated('a', 2)
  cache.written('b', row('b', 2), 2)
  cache.found('a', row('a', 1), ticket)
  cache.found('b', row('b', 1), ticket)
  cache.found('c', row('c', 1), ticket)
  assert.equal(cache.get('a'), undefined)
  assert.equal(cache.get('b')?.version, 2)
  assert.equal(cache.get('c')?.version, 1)
  cache.clear()
  cache.found('d', row('d', 1), ticket)
  assert.equal(cache.get('d'), undefined)
  cache.endRead(ticket)
})
