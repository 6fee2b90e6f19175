import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import {
  EventBridgeClient,
  PutEventsCommand,
  PutRuleCommand,
  PutTargetsCommand,
} from '@aws-sdk/client-eventbridge'
import {
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  ReceiveMessageCommand,
  SetQueueAttributesCommand,
  SQSClient,
} from '@aws-sdk/client-sqs'
import { isAnswer } from './acknowledged-writes.ts'
import { clientConfig, startServerProcess } from './server-process.ts'
import type { ServerProcess } from './server-process.ts'

const cycles = Number(process.env['BARTIZAN_FAULT_CYCLES'] ?? 8)
const publishers = 6
/** A server is killed after at most so many acknowledged requests. */
const longestBurst = 25
const queueName = 'events'

test(`no acknowledged event is lost when the server is killed ${cycles} times amid deliveries`, async (t) => {
  const dataDir = mkdtempSync(join(tmpdir(), 'bartizan-events-'))
  t.after(() => rmSync(dataDir, { recursive: true, force: true }))
  let server = await startServerProcess({ dataDir })
  const acknowledged = new Set<string>()
  try {
    await ruleToQueue(server)
    for (let cycle = 0; cycle < cycles; cycle++) {
      await publishUntilKilled(server, acknowledged)
      server = await startServerProcess({ dataDir })
    }
    const delivered = await receiveAll(server, acknowledged)
    const lost = [...acknowledged].filter((id) => !delivered.has(id))
    assert.deepEqual(lost, [])
    assert.equal((await server.stop('SIGTERM')).code, 0)
  } finally {
    await server.stop('SIGKILL')
  }
  t.diagnostic(`${cycles} kills, ${acknowledged.size} acknowledged events, none lost`)
  assert.ok(acknowledged.size >= cycles)
})

async function ruleToQueue(server: ServerProcess): Promise<void> {
  const queues = new SQSClient(clientConfig(server))
  const events = new EventBridgeClient(clientConfig(server))
  const { QueueUrl = '' } = await queues.send(new CreateQueueCommand({ QueueName: queueName }))
  const [account] = QueueUrl.split('/').slice(-2)
  const Arn = `arn:aws:sqs:us-east-1:${account}:${queueName}`
  const Statement = {
    Effect: 'Allow',
    Principal: { Service: 'events.amazonaws.com' },
    Action: 'sqs:SendMessage',
    Resource: Arn,
  }
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement })
  await queues.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { Policy } }))
  await events.send(new PutRuleCommand({ Name: 'all', EventPattern: '{"source":["faults"]}' }))
  await events.send(new PutTargetsCommand({ Rule: 'all', Targets: [{ Id: 'queue', Arn }] }))
}

async function publishUntilKilled(server: ServerProcess, acknowledged: Set<string>): Promise<void> {
  const events = new EventBridgeClient(clientConfig(server))
  const last = 1 + Math.floor(Math.random() * longestBurst)
  let requests = 0
  let ended: ReturnType<ServerProcess['stop']> | undefined
  const publish = async (): Promise<void> => {
    try {
      for (let size = 1; ; size = (size % 10) + 1) {
        const entry = { Source: 'faults', DetailType: 'kill', Detail: '{}' }
        const Entries = Array.from({ length: size }, () => entry)
        const answer = await events.send(new PutEventsCommand({ Entries }))
        for (const { EventId = '' } of answer.Entries ?? []) acknowledged.add(EventId)
        requests += 1
        if (requests === last) ended = server.stop('SIGKILL')
      }
    } catch (error) {
      if (isAnswer(error)) throw error
    }
  }
  await Promise.all(Array.from({ length: publishers }, publish))
  events.destroy()
  assert.ok(ended, `the server ended by itself:\n${server.output()}`)
  assert.equal((await ended).signal, 'SIGKILL')
}

/** Empties the queue until every event was seen, or nothing comes any more. */
async function receiveAll(
  server: ServerProcess,
  awaited: ReadonlySet<string>,
): Promise<ReadonlySet<string>> {
  const queues = new SQSClient(clientConfig(server))
  const { QueueUrl } = await queues.send(new CreateQueueCommand({ QueueName: queueName }))
  const seen = new Set<string>()
  for (let empty = 0; empty < 3 && ![...awaited].every((id) => seen.has(id));) {
    const { Messages = [] } = await queues.send(
      new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 2 }),
    )
    if (Messages.length === 0) {
      empty += 1
      continue
    }
    const Entries = Messages.map(({ ReceiptHandle, Body = '{}' }, index) => {
      seen.add((JSON.parse(Body) as { id: string }).id)
      return { Id: String(index), ReceiptHandle }
    })
    await queues.send(new DeleteMessageBatchCommand({ QueueUrl, Entries }))
  }
  queues.destroy()
  return seen
}
