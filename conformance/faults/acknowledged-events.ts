import assert from 'node:assert/strict'
import { EventBridge } from '@aws-sdk/client-eventbridge'
import { KMS } from '@aws-sdk/client-kms'
import { SQS } from '@aws-sdk/client-sqs'
import { isAnswer } from './acknowledged-writes.ts'
import { clientConfig } from './server-process.ts'
import type { ServerProcess } from './server-process.ts'

const account = '000000000000'
const queueName = 'events'
const queueArn = `arn:aws:sqs:us-east-1:${account}:${queueName}`
const entriesOfACall = 3
/** Receives that come back empty one after another before whatever is missing counts as lost. */
const patience = 3

interface Arrived {
  readonly detail: {
    readonly id?: string
    readonly requestParameters?: { readonly description: string }
  }
}

/**
 * Publishes events, and makes calls that become events, on a server that may die at any moment;
 * remembers what was acknowledged, and checks that all of it arrives in a queue.
 */
export class AcknowledgedEvents {
  readonly #missing = new Set<string>()
  #keyId = ''
  #serial = 0

  /** Events acknowledged, and messages received, so far. */
  published = 0
  received = 0

  /** Makes the queue, the key whose changes are events, and two rules to the queue. */
  async prepare(server: ServerProcess): Promise<void> {
    const { events, sqs, kms } = clientsOf(server)
    const statement = {
      Effect: 'Allow',
      Principal: { Service: 'events.amazonaws.com' },
      Action: 'sqs:SendMessage',
      Resource: queueArn,
    }
    const Policy = JSON.stringify({ Version: '2012-10-17', Statement: statement })
    await sqs.createQueue({ QueueName: queueName, Attributes: { Policy } })
    this.#keyId = (await kms.createKey({})).KeyMetadata?.KeyId ?? ''
    const patterns = {
      published: { source: ['acknowledged'] },
      audited: { source: ['aws.kms'], detail: { eventName: ['UpdateKeyDescription'] } },
    }
    for (const [Name, pattern] of Object.entries(patterns)) {
      await events.putRule({ Name, EventPattern: JSON.stringify(pattern) })
      const Targets = [{ Id: 'queue', Arn: queueArn }]
      const { FailedEntryCount } = await events.putTargets({ Rule: Name, Targets })
      assert.equal(FailedEntryCount, 0)
    }
  }

  /** Publishes from `writers` callers until the server dies; `acknowledged` is called after each call. */
  async burst(server: ServerProcess, writers: number, acknowledged: () => void): Promise<void> {
    const clients = clientsOf(server)
    const publish = async (act: () => Promise<readonly string[]>): Promise<void> => {
      try {
        for (;;) {
          const ids = await act()
          for (const id of ids) this.#missing.add(id)
          this.published += ids.length
          acknowledged()
        }
      } catch (error) {
        if (isAnswer(error) || error instanceof assert.AssertionError) throw error
      }
    }
    const acts = Array.from({ length: writers }, (_, index) =>
      index === 0 ? () => this.#call(clients) : () => this.#put(clients),
    )
    await Promise.all(acts.map(publish))
    destroy(clients)
  }

  /** Receives until everything acknowledged has arrived. Throws when something never does. */
  async drain(server: ServerProcess): Promise<void> {
    const clients = clientsOf(server)
    const QueueUrl = `${server.endpoint}/${account}/${queueName}`
    let empty = 0
    while (this.#missing.size > 0) {
      const asked = { QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 5 }
      const { Messages = [] } = await clients.sqs.receiveMessage(asked)
      empty = Messages.length > 0 ? 0 : empty + 1
      assert.ok(empty < patience, `${this.#missing.size} events are lost`)
      if (Messages.length === 0) continue
      for (const { Body = '{}' } of Messages) {
        const { detail } = JSON.parse(Body) as Arrived
        this.#missing.delete(detail.id ?? detail.requestParameters?.description ?? '')
      }
      this.received += Messages.length
      const Entries = Messages.map(({ ReceiptHandle }, index) => ({
        Id: String(index),
        ReceiptHandle,
      }))
      await clients.sqs.deleteMessageBatch({ QueueUrl, Entries })
    }
    destroy(clients)
  }

  async #put({ events }: Clients): Promise<readonly string[]> {
    const ids = Array.from({ length: entriesOfACall }, () => `event ${this.#serial++}`)
    const { FailedEntryCount } = await events.putEvents({
      Entries: ids.map((id) => ({
        Source: 'acknowledged',
        DetailType: 'written',
        Detail: JSON.stringify({ id }),
      })),
    })
    assert.equal(FailedEntryCount, 0)
    return ids
  }

  async #call({ kms }: Clients): Promise<readonly string[]> {
    const id = `call ${this.#serial++}`
    await kms.updateKeyDescription({ KeyId: this.#keyId, Description: id })
    return [id]
  }
}

/** Clients of one start of the server. */
interface Clients {
  readonly events: EventBridge
  readonly sqs: SQS
  readonly kms: KMS
}

function clientsOf(server: ServerProcess): Clients {
  const config = clientConfig(server)
  return { events: new EventBridge(config), sqs: new SQS(config), kms: new KMS(config) }
}

function destroy(clients: Clients): void {
  for (const client of Object.values(clients)) client.destroy()
}
