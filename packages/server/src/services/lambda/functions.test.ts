import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import * as sdk from '@aws-sdk/client-lambda'
import { startTestServer } from '@bartizan/testkit'
import { invoke, newFunction, newRole } from './test-support.ts'

const bartizan = await startTestServer()
after(() => bartizan.close())
const lambda = bartizan.client(sdk.LambdaClient)
const role = await newRole(bartizan, 'basic', [
  { Effect: 'Allow', Action: 'logs:*', Resource: '*' },
])

test('a function is created, shown and invoked', async () => {
  const created = await newFunction(
    bartizan,
    'hello',
    'exports.handler = async (event, context) => ({ hello: event.name, id: context.awsRequestId, own: process.env.OWN })',
    { Role: role, Environment: { Variables: { OWN: 'mine' } }, Tags: { team: 'a' } },
  )
  assert.equal(created.State, 'Pending')
  assert.equal(created.FunctionArn, `arn:aws:lambda:us-east-1:${bartizan.accountId}:function:hello`)
  assert.deepEqual(created.Environment?.Variables, { OWN: 'mine' })
  const shown = await lambda.send(new sdk.GetFunctionCommand({ FunctionName: 'hello' }))
  assert.equal(shown.Configuration?.State, 'Active')
  assert.deepEqual(shown.Tags, { team: 'a' })
  const { answer, StatusCode, ExecutedVersion, LogResult } = await invoke(
    bartizan,
    'hello',
    { name: 'you' },
    { LogType: 'Tail' },
  )
  assert.deepEqual(
    [answer.hello, answer.own, StatusCode, ExecutedVersion],
    ['you', 'mine', 200, '$LATEST'],
  )
  assert.match(Buffer.from(LogResult ?? '', 'base64').toString(), /REPORT RequestId/)
})
