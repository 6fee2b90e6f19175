import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import {
  EventBridgeClient,
  PutEventsCommand,
  PutRuleCommand,
  PutTargetsCommand,
} from '@aws-sdk/client-eventbridge'
import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SetQueueAttributesCommand,
  SQSClient,
} from '@aws-sdk/client-sqs'
import { startBartizan, startMoto } from './peers.ts'
import type { Peer } from './peers.ts'
import { figure } from './table.ts'

/** What became of events that were published at a steady rate; times in milliseconds. */
export interface EventDelivery {
  readonly peer: string
  readonly published: number
  readonly delivered: number
  readonly perSecond: number
  /** From just before PutEvents to the queue's own time of arrival. */
  readonly p50: number
  readonly p99: number
}

const eventsPerRequest = 10
const padding = 'x'.repeat(200)

/** How many events are published. */
interface Load {
  readonly rate: number
  readonly seconds: number
  readonly warmUpEvents: number
}

/** Moto is asked for less, as it would take minutes. */
const motoLoad: Load = { rate: 20, seconds: 3, warmUpEvents: 10 }

/** Publishes through a rule to a queue at a rate, on Bartizan and on moto where it is installed. */
export async function measureEvents(
  scratch: string,
  load: Load,
): Promise<{ readonly results: readonly EventDelivery[]; readonly text: string }> {
  const bartizan = await startBartizan('events', { dataDir: join(scratch, 'events') })
  const results = [await measured(bartizan, load)]
  const moto = await startMoto()
  if (typeof moto !== 'string') results.push(await measured(moto, motoLoad))
  const lines = results.map(
    ({ peer, published, delivered, perSecond, p50, p99 }) =>
      `${peer}: ${delivered} of ${published} events at ${figure(perSecond)}/s, publish to queue p50 ${figure(p50)} ms, p99 ${figure(p99)} ms`,
  )
  return { results, text: lines.join('\n') }
}

async function measured(peer: Peer, load: Load): Promise<EventDelivery> {
  try {
    return await deliveryOf(peer, load)
  } finally {
    await peer.stop()
  }
}

async function deliveryOf(peer: Peer, load: Load): Promise<EventDelivery> {
  const { rate, seconds, warmUpEvents } = load
  const { credentials, port } = peer
  const config = { endpoint: `http://127.0.0.1:${port}`, region: 'us-east-1', credentials }
  const events = new EventBridgeClient(config)
  const queues = new SQSClient(config)
  const QueueUrl = await ruleToQueue(events, queues)
  await publish(events, warmUpEvents, rate)
  await receive(queues, QueueUrl, warmUpEvents)
  const started = performance.now()
  const published = await publish(events, rate * seconds, rate)
  const perSecond = published / ((performance.now() - started) / 1000)
  const latencies = (await receive(queues, QueueUrl, published)).toSorted((a, b) => a - b)
  const quantile = (part: number) => latencies[Math.floor((latencies.length - 1) * part)] ?? NaN
  events.destroy()
  queues.destroy()
  const delivered = latencies.length
  return {
    peer: peer.name,
    published,
    delivered,
    perSecond,
    p50: quantile(0.5),
    p99: quantile(0.99),
  }
}

async function ruleToQueue(events: EventBridgeClient, queues: SQSClient): Promise<string> {
  const { QueueUrl = '' } = await queues.send(new CreateQueueCommand({ QueueName: 'bench' }))
  const { Attributes } = await queues.send(
    new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }),
  )
  const Arn = Attributes?.['QueueArn'] ?? ''
  const Statement = {
    Effect: 'Allow',
    Principal: { Service: 'events.amazonaws.com' },
    Action: 'sqs:SendMessage',
    Resource: Arn,
  }
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [Statement] })
  await queues.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { Policy } }))
  await events.send(new PutRuleCommand({ Name: 'bench', EventPattern: '{"source":["bench"]}' }))
  await events.send(new PutTargetsCommand({ Rule: 'bench', Targets: [{ Id: 'queue', Arn }] }))
  return QueueUrl
}

/** Publishes `count` events, no faster than `rate` a second and with no wait for the answers. */
async function publish(events: EventBridgeClient, count: number, rate: number): Promise<number> {
  const started = performance.now()
  const answers: Promise<unknown>[] = []
  let sent = 0
  while (sent < count) {
    const due = Math.min(((performance.now() - started) / 1000) * rate, count)
    while (sent + eventsPerRequest <= due) {
      const Entries = Array.from({ length: eventsPerRequest }, () => ({
        Source: 'bench',
        DetailType: 'bench',
        Detail: JSON.stringify({ sentMs: Date.now(), padding }),
      }))
      answers.push(events.send(new PutEventsCommand({ Entries })))
      sent += eventsPerRequest
    }
    await wait(2)
  }
  await Promise.all(answers)
  return sent
}

const receivers = 8
const emptyLooks = 10

/** The latencies of what arrives, until all has or nothing comes any more. */
async function receive(queues: SQSClient, QueueUrl: string, count: number): Promise<number[]> {
  const latencies: number[] = []
  const look = new ReceiveMessageCommand({
    QueueUrl,
    MaxNumberOfMessages: 10,
    VisibilityTimeout: 3600,
    WaitTimeSeconds: 1,
    MessageSystemAttributeNames: ['SentTimestamp'],
  })
  for (let empty = 0; latencies.length < count && empty < emptyLooks;) {
    const before = latencies.length
    const answers = await Promise.all(Array.from({ length: receivers }, () => queues.send(look)))
    for (const { Attributes, Body = '{}' } of answers.flatMap(({ Messages = [] }) => Messages)) {
      const { detail } = JSON.parse(Body) as { detail: { sentMs: number } }
      latencies.push(Number(Attributes?.['SentTimestamp']) - detail.sentMs)
    }
    empty = latencies.length === before ? empty + 1 : 0
  }
  return latencies
}
