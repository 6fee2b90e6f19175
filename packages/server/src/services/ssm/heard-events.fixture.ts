import { EventBridge } from '@aws-sdk/client-eventbridge'
import { SQS } from '@aws-sdk/client-sqs'
import type { TestServer } from '@bartizan/testkit'

/** An event of Parameter Store as a rule's target gets it. */
export interface HeardEvent {
  readonly 'detail-type': string
  readonly time: string
  readonly resources: readonly string[]
  readonly detail: Readonly<Record<string, unknown>>
}

/** Has all events of SSM kept, for the fourteen days that a queue keeps anything; the answer gives those that came since it was last asked, in order of time. */
export async function listen(bartizan: TestServer): Promise<() => Promise<readonly HeardEvent[]>> {
  const sqs = bartizan.client(SQS)
  const QueueName = 'heard'
  const { QueueUrl } = await sqs.createQueue({ QueueName })
  const Arn = `arn:aws:sqs:us-east-1:${bartizan.accountId}:${QueueName}`
  const Statement = {
    Effect: 'Allow',
    Principal: { Service: 'events.amazonaws.com' },
    Action: 'sqs:SendMessage',
    Resource: Arn,
  }
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement })
  const MessageRetentionPeriod = '1209600'
  await sqs.setQueueAttributes({ QueueUrl, Attributes: { Policy, MessageRetentionPeriod } })
  const events = bartizan.client(EventBridge)
  const pattern = {
    source: ['aws.ssm'],
    'detail-type': ['Parameter Store Change', 'Parameter Store Policy Action'],
  }
  await events.putRule({ Name: QueueName, EventPattern: JSON.stringify(pattern) })
  await events.putTargets({ Rule: QueueName, Targets: [{ Id: 'queue', Arn }] })
  return () => heard(bartizan)
}

/** The events that have come since this was last asked. */
export async function heard(bartizan: TestServer): Promise<readonly HeardEvent[]> {
  await bartizan.settled()
  const sqs = bartizan.client(SQS)
  const { QueueUrl } = await sqs.getQueueUrl({ QueueName: 'heard' })
  const found: HeardEvent[] = []
  for (;;) {
    const { Messages = [] } = await sqs.receiveMessage({ QueueUrl, MaxNumberOfMessages: 10 })
    if (Messages.length === 0) break
    for (const { Body = '', ReceiptHandle } of Messages) {
      found.push(JSON.parse(Body) as HeardEvent)
      await sqs.deleteMessage({ QueueUrl, ReceiptHandle })
    }
  }
  return found.toSorted((a, b) => (a.time < b.time ? -1 : 1))
}

/** A parameter policy's text. */
export function policyText(Type: string, Attributes: Readonly<Record<string, string>>): string {
  return JSON.stringify({ Type, Version: '1.0', Attributes })
}
