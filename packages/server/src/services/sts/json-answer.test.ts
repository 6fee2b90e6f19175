import assert from 'node:assert/strict'
import { test } from 'node:test'
import { signedFetch, startTestServer } from '@bartizan/testkit'

test('GetCallerIdentity answers JSON to those who ask for it, as cluster authenticators do', async () => {
  const bartizan = await startTestServer()
  const response = await signedFetch(bartizan.endpoint, {
    service: 'sts',
    credentials: bartizan.credentials,
    headers: {
      accept: 'application/json',
      'content-type': 'application/x-www-form-urlencoded',
    },
    body: 'Action=GetCallerIdentity&Version=2011-06-15',
  })
  const answer = (await response.json()) as Record<string, Record<string, Record<string, string>>>
  const result = answer['GetCallerIdentityResponse']?.['GetCallerIdentityResult']
  assert.equal(result?.['Account'], bartizan.accountId)
  assert.equal(result['Arn'], `arn:aws:iam::${bartizan.accountId}:user/admin`)
  await bartizan.close()
})
