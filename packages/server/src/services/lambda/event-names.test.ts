import { CloudTrailClient, LookupEventsCommand } from '@aws-sdk/client-cloudtrail'
import { DeleteFunctionCommand, LambdaClient } from '@aws-sdk/client-lambda'
import { startTestServer } from '@bartizan/testkit'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eventNames } from './event-names.ts'
import { lambda } from './index.ts'

test('every renamed call is an operation of the service', () => {
  const unknown = Object.keys(eventNames).filter((name) => !lambda.sdkOperations.includes(name))
  assert.deepEqual(unknown, [])
  assert.equal(Object.keys(eventNames).length, 36)
})

test('the log names a call with the version of the API, as CloudTrail does', async () => {
  const bartizan = await startTestServer()
  try {
    const FunctionName = 'nothing'
    const call = new DeleteFunctionCommand({ FunctionName })
    await assert.rejects(bartizan.client(LambdaClient).send(call))
    const { Events } = await bartizan.client(CloudTrailClient).send(new LookupEventsCommand({}))
    assert.equal(Events?.[0]?.EventName, 'DeleteFunction20150331')
  } finally {
    await bartizan.close()
  }
})
