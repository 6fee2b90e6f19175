import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { SSM } from '@aws-sdk/client-ssm'
import { startTestServer, type TestServer } from '@bartizan/testkit'

let bartizan: TestServer
let ssm: SSM

before(async () => {
  bartizan = await startTestServer()
  ssm = bartizan.client(SSM)
})
after(() => bartizan.close())

test('a parameter is put, read by name, ARN, version and path, overwritten and deleted', async () => {
  assert.deepEqual(
    {
      ...(await ssm.putParameter({ Name: '/app/url', Value: 'one', Type: 'String' })),
      $metadata: 0,
    },
    { $metadata: 0, Version: 1, Tier: 'Standard' },
  )
  await ssm.putParameter({ Name: '/app/url', Value: 'two', Overwrite: true })
  const { Parameter } = await ssm.getParameter({ Name: '/app/url' })
  assert.equal(Parameter?.Value, 'two')
  assert.equal(Parameter?.ARN, 'arn:aws:ssm:us-east-1:111122223333:parameter/app/url')
  const byArn = await ssm.getParameter({ Name: `${Parameter?.ARN}:1` })
  assert.deepEqual([byArn.Parameter?.Value, byArn.Parameter?.Selector], ['one', ':1'])
  const below = await ssm.getParametersByPath({ Path: '/app' })
  assert.deepEqual(
    below.Parameters?.map(({ Value }) => Value),
    ['two'],
  )
  await ssm.deleteParameter({ Name: '/app/url' })
  await assert.rejects(ssm.getParameter({ Name: '/app/url' }), { name: 'ParameterNotFound' })
})

test('a SecureString is decrypted on request, of both tiers', async () => {
  for (const Tier of ['Standard', 'Advanced'] as const) {
    const Name = `/secret/${Tier}`
    await ssm.putParameter({ Name, Value: 'hidden', Type: 'SecureString', Tier })
    const sealed = await ssm.getParameter({ Name })
    assert.match(sealed.Parameter?.Value ?? '', /^[A-Za-z0-9+/]{100,}=*$/)
    const open = await ssm.getParameter({ Name, WithDecryption: true })
    assert.equal(open.Parameter?.Value, 'hidden')
  }
})
