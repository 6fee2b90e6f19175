import * as sdk from '@aws-sdk/client-cloudwatch'
import {
  CreateTopicCommand,
  SetTopicAttributesCommand,
  SNSClient,
  SubscribeCommand,
} from '@aws-sdk/client-sns'
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  ReceiveMessageCommand,
  SetQueueAttributesCommand,
  SQSClient,
} from '@aws-sdk/client-sqs'
import { EventBridgeClient, PutRuleCommand, PutTargetsCommand } from '@aws-sdk/client-eventbridge'
import { startTestServer } from '@bartizan/testkit'
import assert from 'node:assert/strict'
import { after, test } from 'node:test'

const bartizan = await startTestServer()
after(() => bartizan.close())
const { accountId } = bartizan
const cloudwatch = bartizan.client(sdk.CloudWatchClient)
const sns = bartizan.client(SNSClient)
const sqs = bartizan.client(SQSClient)
const queueArn = `arn:aws:sqs:us-east-1:${accountId}:alarms`

function allow(service: string, Action: string, Resource: string, sourceArn: string): string {
  const statement = {
    Effect: 'Allow',
    Principal: { Service: service },
    Action,
    Resource,
    Condition: { ArnLike: { 'aws:SourceArn': sourceArn } },
  }
  return JSON.stringify({ Version: '2012-10-17', Statement: [statement] })
}

const { TopicArn = '' } = await sns.send(new CreateTopicCommand({ Name: 'alarms' }))
const { QueueUrl = '' } = await sqs.send(new CreateQueueCommand({ QueueName: 'alarms' }))
const Policy = allow('sns.amazonaws.com', 'sqs:SendMessage', queueArn, TopicArn)
await sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { Policy } }))
await sns.send(new SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint: queueArn }))

const alarm = (AlarmName: string) =>
  cloudwatch.send(
    new sdk.PutMetricAlarmCommand({
      AlarmName,
      AlarmDescription: 'too many',
      Namespace: 'App',
      MetricName: 'Errors',
      Dimensions: [{ Name: 'Host', Value: 'a' }],
      Statistic: 'Sum',
      Period: 60,
      EvaluationPeriods: 1,
      Threshold: 1,
      ComparisonOperator: 'GreaterThanOrEqualToThreshold',
      AlarmActions: [TopicArn],
    }),
  )

const set = (AlarmName: string, StateValue: sdk.StateValue) =>
  cloudwatch.send(new sdk.SetAlarmStateCommand({ AlarmName, StateValue, StateReason: 'by hand' }))

/** The beginning of a minute: what is set by hand holds until the next one. */
const newMinute = () => bartizan.advance(`${60 - bartizan.now().getUTCSeconds()}s`)

async function received(): Promise<{ Subject?: string; Message: string }[]> {
  await bartizan.settled()
  const { Messages } = await sqs.send(
    new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }),
  )
  for (const { ReceiptHandle } of Messages ?? []) {
    await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }))
  }
  return (Messages ?? []).map(({ Body = '' }) => JSON.parse(Body))
}

const actions = async (AlarmName: string) => {
  const { AlarmHistoryItems } = await cloudwatch.send(
    new sdk.DescribeAlarmHistoryCommand({ AlarmName, HistoryItemType: 'Action' }),
  )
  return AlarmHistoryItems?.map(({ HistorySummary }) => HistorySummary)
}

test('a topic that does not let CloudWatch publish gets nothing, and the history says so', async () => {
  await newMinute()
  const AttributeValue = allow('events.amazonaws.com', 'sns:Publish', TopicArn, '*')
  await sns.send(
    new SetTopicAttributesCommand({ TopicArn, AttributeName: 'Policy', AttributeValue }),
  )
  await alarm('shut')
  await set('shut', 'ALARM')
  assert.deepEqual(await received(), [])
  assert.match((await actions('shut'))?.[0] ?? '', /^Failed to execute action arn:aws:sns:/)
})

test('an alarm tells its topic, in the words of AWS', async () => {
  await newMinute()
  const source = `arn:aws:cloudwatch:us-east-1:${accountId}:alarm:*`
  const AttributeValue = allow('cloudwatch.amazonaws.com', 'sns:Publish', TopicArn, source)
  await sns.send(
    new SetTopicAttributesCommand({ TopicArn, AttributeName: 'Policy', AttributeValue }),
  )
  await alarm('errors')
  await set('errors', 'ALARM')
  const [notice, ...others] = await received()
  assert.equal(others.length, 0)
  assert.equal(notice?.Subject, 'ALARM: "errors" in US East (N. Virginia)')
  const message = JSON.parse(notice?.Message ?? '')
  assert.equal(message.AlarmName, 'errors')
  assert.equal(message.NewStateValue, 'ALARM')
  assert.equal(message.OldStateValue, 'INSUFFICIENT_DATA')
  assert.equal(message.NewStateReason, 'by hand')
  assert.equal(message.AWSAccountId, accountId)
  assert.deepEqual(message.Trigger.Dimensions, [{ value: 'a', name: 'Host' }])
  assert.equal(message.Trigger.Statistic, 'SUM')
  assert.deepEqual(await actions('errors'), [`Successfully executed action ${TopicArn}`])
  await set('errors', 'OK')
  await cloudwatch.send(new sdk.DisableAlarmActionsCommand({ AlarmNames: ['errors'] }))
  await set('errors', 'ALARM')
  assert.deepEqual(await received(), [])
})

test('a change of state is an event on the default bus', async () => {
  await newMinute()
  const events = bartizan.client(EventBridgeClient)
  const { QueueUrl: Url = '' } = await sqs.send(new CreateQueueCommand({ QueueName: 'changes' }))
  const Arn = queueArn.replace(/alarms$/, 'changes')
  const opened = allow('events.amazonaws.com', 'sqs:SendMessage', Arn, '*')
  const Attributes = { Policy: opened }
  await sqs.send(new SetQueueAttributesCommand({ QueueUrl: Url, Attributes }))
  const EventPattern = JSON.stringify({
    source: ['aws.cloudwatch'],
    'detail-type': ['CloudWatch Alarm State Change'],
    detail: { state: { value: ['ALARM'] } },
  })
  await events.send(new PutRuleCommand({ Name: 'changes', EventPattern }))
  await events.send(new PutTargetsCommand({ Rule: 'changes', Targets: [{ Id: 'q', Arn }] }))
  await alarm('heard')
  await cloudwatch.send(new sdk.DisableAlarmActionsCommand({ AlarmNames: ['heard'] }))
  await set('heard', 'ALARM')
  await bartizan.settled()
  const { Messages } = await sqs.send(
    new ReceiveMessageCommand({ QueueUrl: Url, WaitTimeSeconds: 5 }),
  )
  const event = JSON.parse(Messages?.[0]?.Body ?? '{}')
  assert.deepEqual(event.resources, [`arn:aws:cloudwatch:us-east-1:${accountId}:alarm:heard`])
  assert.equal(event.detail.alarmName, 'heard')
  assert.equal(event.detail.previousState.value, 'INSUFFICIENT_DATA')
  assert.equal(event.detail.configuration.metrics[0].metricStat.metric.name, 'Errors')
})

test('a suppressed composite alarm stays silent until its suppressor is out of alarm', async () => {
  await newMinute()
  await alarm('child')
  await alarm('maintenance')
  await cloudwatch.send(
    new sdk.PutCompositeAlarmCommand({
      AlarmName: 'all',
      AlarmRule: 'ALARM(child)',
      AlarmActions: [TopicArn],
      ActionsSuppressor: 'maintenance',
      ActionsSuppressorWaitPeriod: 5,
      ActionsSuppressorExtensionPeriod: 10,
    }),
  )
  await cloudwatch.send(
    new sdk.DisableAlarmActionsCommand({ AlarmNames: ['child', 'maintenance'] }),
  )
  const held = async () => {
    const { CompositeAlarms } = await cloudwatch.send(
      new sdk.DescribeAlarmsCommand({ AlarmTypes: ['CompositeAlarm'] }),
    )
    return CompositeAlarms?.[0]?.ActionsSuppressedBy
  }
  const told = async () => (await received()).map(({ Subject }) => Subject)
  const alarmed = ['ALARM: "all" in US East (N. Virginia)']
  await set('child', 'ALARM')
  assert.equal(await held(), 'WaitPeriod')
  await set('maintenance', 'ALARM')
  assert.equal(await held(), 'Alarm')
  await set('maintenance', 'OK')
  assert.equal(await held(), 'ExtensionPeriod')
  assert.deepEqual(await told(), [])
  await bartizan.advance('11s')
  assert.deepEqual(await told(), alarmed)
  assert.equal(await held(), undefined)
})

test('a composite alarm whose suppressor stays away acts after the wait', async () => {
  await newMinute()
  await set('child', 'OK')
  await set('child', 'ALARM')
  assert.deepEqual(await received(), [])
  await bartizan.advance('6s')
  const [notice] = await received()
  const message = JSON.parse(notice?.Message ?? '{}')
  assert.equal(message.AlarmRule, 'ALARM(child)')
  assert.equal(message.OldStateValue, 'OK')
  assert.equal(message.TriggeringChildren.length, 1)
})
