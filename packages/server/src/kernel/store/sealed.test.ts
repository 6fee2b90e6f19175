import assert from 'node:assert/strict'
import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync, truncateSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import fc from 'fast-check'
import { openRootKey, RootKeyError, secretBox } from './sealed.ts'

let dataDir = ''
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'bartizan-key-'))
})
afterEach(() => rmSync(dataDir, { recursive: true }))

test('the root key is made once, kept private, and found again', () => {
  const key = openRootKey({ dataDir })
  assert.equal(key.length, 32)
  assert.deepEqual(readdirSync(dataDir), ['root.key'])
  assert.equal(statSync(join(dataDir, 'root.key')).mode & 0o777, 0o600)
  assert.deepEqual(Buffer.from(openRootKey({ dataDir })), Buffer.from(key))
})

test('a key file that others can read is refused', () => {
  openRootKey({ dataDir })
  for (const mode of [0o640, 0o604, 0o620]) {
    chmodSync(join(dataDir, 'root.key'), mode)
    assert.throws(() => openRootKey({ dataDir }), /can be read by others/)
  }
})

test('a damaged key file is refused', () => {
  openRootKey({ dataDir })
  truncateSync(join(dataDir, 'root.key'), 31)
  assert.throws(() => openRootKey({ dataDir }), RootKeyError)
})

test('under a passphrase the key opens with that passphrase only', () => {
  const key = openRootKey({ dataDir, passphrase: 'correct horse' })
  assert.deepEqual(readdirSync(dataDir), ['root.key.sealed'])
  const again = openRootKey({ dataDir, passphrase: 'correct horse' })
  assert.deepEqual(Buffer.from(again), Buffer.from(key))
  assert.throws(() => openRootKey({ dataDir, passphrase: 'wrong' }), /wrong passphrase/)
  assert.throws(() => openRootKey({ dataDir }), /needs its passphrase/)
  truncateSync(join(dataDir, 'root.key.sealed'), 20)
  assert.throws(() => openRootKey({ dataDir, passphrase: 'correct horse' }), RootKeyError)
})

test('a passphrase does not silently pass over a key that is there in the clear', () => {
  openRootKey({ dataDir })
  assert.throws(() => openRootKey({ dataDir, passphrase: 'x' }), RootKeyError)
})

test('what was sealed opens under the same key and purpose only, and unaltered only', () => {
  const box = secretBox(new Uint8Array(32))
  const other = secretBox(new Uint8Array(32).fill(1))
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.nat(), (text, at) => {
      const sealed = box.seal('p', text)
      assert.equal(box.open('p', sealed), text)
      assert.equal(box.open('q', sealed), undefined)
      assert.equal(other.open('p', sealed), undefined)
      assert.notEqual(box.seal('p', text), sealed)
      const bytes = Buffer.from(sealed, 'base64')
      const position = at % bytes.length
      bytes.writeUInt8(bytes.readUInt8(position) ^ 1, position)
      assert.equal(box.open('p', bytes.toString('base64')), undefined)
    }),
    { numRuns: 100 },
  )
  const sealed = box.seal('p', 'text')
  for (const each of ['', 'x', `${sealed} `, `${sealed}A`, sealed.slice(0, -4), '\u0000']) {
    assert.equal(box.open('p', each), undefined)
  }
})

test('derived keys depend on root key and purpose and are not the sealing keys', () => {
  const box = secretBox(new Uint8Array(32))
  assert.equal(box.derive('a').length, 32)
  assert.deepEqual(box.derive('a'), secretBox(new Uint8Array(32)).derive('a'))
  assert.notDeepEqual(box.derive('a'), box.derive('b'))
  assert.notDeepEqual(box.derive('a'), secretBox(new Uint8Array(32).fill(1)).derive('a'))
})
