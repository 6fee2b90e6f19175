import assert from 'node:assert/strict'
import { test } from 'node:test'
import { detectSqli } from './index.ts'

test('a value that continues a statement is told from one that is only text', () => {
  assert.equal(
    detectSqli("' or '1'='1", 'LOW')?.reason,
    'a condition on constants after a closed literal',
  )
  assert.equal(detectSqli("O'Brien", 'LOW'), undefined)
})
