import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { SSMProvider } from '@aws-lambda-powertools/parameters/ssm'
import { SSMClient } from '@aws-sdk/client-ssm'
import { startTestServer, type TestServer } from '@bartizan/testkit'

let bartizan: TestServer
let provider: SSMProvider

before(async () => {
  bartizan = await startTestServer()
  provider = new SSMProvider({ awsSdkV3Client: bartizan.client(SSMClient) })
})
after(() => bartizan.close())

test('Powertools sets, gets, lists and batches parameters', async () => {
  for (let at = 0; at < 12; at += 1) {
    await provider.set(`/powertools/${at}`, {
      value: `{"at":${at}}`,
      parameterType: 'SecureString',
    })
  }
  assert.deepEqual(await provider.get('/powertools/3', { decrypt: true, transform: 'json' }), {
    at: 3,
  })
  const all = await provider.getMultiple('/powertools', { decrypt: true, transform: 'json' })
  assert.equal(Object.keys(all ?? {}).length, 12)
  assert.deepEqual(all?.['7'], { at: 7 })
  const names = { '/powertools/1': {}, '/powertools/11': {}, '/powertools/none': {} }
  const options = { decrypt: true, throwOnError: false } as const
  const some = await provider.getParametersByName(names, options)
  assert.deepEqual(some, {
    _errors: ['/powertools/none'],
    '/powertools/1': '{"at":1}',
    '/powertools/11': '{"at":11}',
  })
})
