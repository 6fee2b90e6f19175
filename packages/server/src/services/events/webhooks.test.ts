import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import * as sdk from '@aws-sdk/client-eventbridge'
import { DisableKeyCommand, CreateKeyCommand, KMSClient } from '@aws-sdk/client-kms'
import { startTestServer } from '@bartizan/testkit'
import { putEvent, roleFor, webhookTarget } from './test-support.ts'
import { startReceiver } from './webhook-receiver.fixture.ts'

const bartizan = await startTestServer()
after(() => bartizan.close())
const events = bartizan.client(sdk.EventBridgeClient)
const kms = bartizan.client(KMSClient)
const roleArn = await roleFor(bartizan, 'invoker', ['events:InvokeApiDestination'])

test('a rule on an audited call reaches a webhook with its credentials', async () => {
  const receiver = await startReceiver()
  const target = await webhookTarget(events, { name: 'audit', url: receiver.url, roleArn })
  const pattern = {
    source: ['aws.kms'],
    'detail-type': ['AWS API Call via CloudTrail'],
    detail: { eventName: ['DisableKey'] },
  }
  await events.send(
    new sdk.PutRuleCommand({ Name: 'audit', EventPattern: JSON.stringify(pattern) }),
  )
  await events.send(
    new sdk.PutTargetsCommand({ Rule: 'audit', Targets: [{ Id: 'web', ...target }] }),
  )
  const { KeyMetadata } = await kms.send(new CreateKeyCommand({}))
  await kms.send(new DisableKeyCommand({ KeyId: KeyMetadata?.KeyId }))
  const [request] = await receiver.next()
  assert.equal(request?.method, 'POST')
  assert.equal(request?.headers['x-key'], 'secret')
  assert.equal(request?.headers['user-agent'], 'Amazon/EventBridge/ApiDestinations')
  const event = JSON.parse(request?.body ?? '') as Record<string, unknown>
  assert.equal(event['source'], 'aws.kms')
  assert.equal(event['account'], bartizan.accountId)
  const detail = event['detail'] as Record<string, unknown>
  assert.equal(detail['eventName'], 'DisableKey')
  assert.deepEqual(detail['requestParameters'], { keyId: KeyMetadata?.KeyId })
  await receiver.close()
})

test('a custom event reaches a webhook', async () => {
  const receiver = await startReceiver()
  const target = await webhookTarget(events, { name: 'own', url: receiver.url, roleArn })
  await events.send(new sdk.PutRuleCommand({ Name: 'own', EventPattern: '{"source":["my.app"]}' }))
  await events.send(new sdk.PutTargetsCommand({ Rule: 'own', Targets: [{ Id: 'web', ...target }] }))
  const id = await putEvent(events, { a: 1 })
  const [request] = await receiver.next()
  const event = JSON.parse(request?.body ?? '') as Record<string, unknown>
  assert.equal(event['id'], id)
  assert.deepEqual(event['detail'], { a: 1 })
  await receiver.close()
})
