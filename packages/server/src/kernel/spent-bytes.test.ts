import assert from 'node:assert/strict'
import { test } from 'node:test'
import { arrived, spend, spendArrived } from './spent-bytes.ts'

test('bytes that have their memory to themselves give it back', () => {
  const bytes = new Uint8Array(1_000)
  spend(bytes)
  assert.equal(bytes.length, 0)
})

test('bytes that share their memory are left alone', () => {
  const memory = new ArrayBuffer(1_000)
  const bytes = new Uint8Array(memory, 0, 999)
  spend(bytes)
  const shared = new Uint8Array(new SharedArrayBuffer(1_000))
  spend(shared)
  assert.deepEqual([bytes.length, shared.length], [999, 1_000])
})

test('what arrived is spent with its last bytes, and what did not arrive is not', () => {
  const message = Buffer.from(new ArrayBuffer(1_000))
  const [first, last] = [message.subarray(10, 500), message.subarray(500)]
  spendArrived(last)
  assert.equal(last.length, 500)
  arrived(message)
  spendArrived(first)
  assert.equal(first.length, 490)
  spendArrived(last)
  assert.deepEqual([first.length, last.length], [0, 0])
})
