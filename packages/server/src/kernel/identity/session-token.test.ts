import assert from 'node:assert/strict'
import { test } from 'node:test'
import { secretBox } from '../store/sealed.ts'
import { issueSession, SessionCache } from './session-token.ts'

const box = secretBox(new Uint8Array(32).fill(1))
const accountId = '111122223333'
const arn = `arn:aws:iam::${accountId}:root`
const root = { kind: 'root', accountId, arn, principalId: accountId } as const
const facts = { issuedAt: '2026-01-01T00:00:00Z', expiresAt: '2026-01-02T00:00:00Z', mfa: false }

test('a session that one installation has opened stays closed to another in the same process', () => {
  const { sessionToken, accessKeyId } = issueSession(box, root, facts)
  const mine = new SessionCache(box)
  assert.equal(mine.open(sessionToken)?.accessKeyId, accessKeyId)
  assert.equal(mine.open(sessionToken), mine.open(sessionToken))
  const another = new SessionCache(secretBox(new Uint8Array(32).fill(2)))
  assert.equal(another.open(sessionToken), undefined)
})

test('a forgotten session is opened anew', () => {
  const { sessionToken } = issueSession(box, root, facts)
  const cache = new SessionCache(box)
  const first = cache.open(sessionToken)
  cache.forget(sessionToken)
  assert.notEqual(cache.open(sessionToken), first)
  assert.deepEqual(cache.open(sessionToken), first)
})
