import { AwsError } from '../../kernel/errors.ts'
import type { RuntimeHost } from '../../kernel/runtime.ts'
import { scopeOf } from '../../kernel/store/store.ts'
import { functionArn } from './arns.ts'
import { Throttled } from './execution/pool.ts'
import { accountConcurrency, functionPool, sessionNameOf } from './function-pool.ts'
import { queueUrlOf } from './mapping-settings.ts'
import { batchEvent, failedMessages, matchesFilters, type QueueMessage } from './queue-batch.ts'
import {
  aliases,
  eventSourceMappings,
  functions,
  versionKey,
  versions,
  type EventSourceMappingRow,
  type FunctionRow,
  type VersionRow,
} from './store.ts'

/** Long polling, and the pause after a failure, in seconds and milliseconds. */
const waitSeconds = 20
const pauseMs = 2_000
const maxReceive = 10
/** AWS begins with five concurrent batches. */
const defaultConcurrency = 5
/** The largest event that a batch may come to, in characters. */
const maxEvent = 6_000_000

interface Target {
  readonly mapping: EventSourceMappingRow
  readonly row: FunctionRow
  readonly version: VersionRow
}

/** Reads queues and runs functions with what they hold, one loop for each mapping. */
export class QueuePollers {
  readonly #host: RuntimeHost
  readonly #polled = new Map<string, Promise<void>>()
  readonly #wanted = new Set<string>()
  #stopping = Promise.withResolvers<void>()
  #isStopping = false

  constructor(host: RuntimeHost) {
    this.#host = host
    host.onStopping(() => this.#halt())
  }

  /** The server's clock. */
  now(): Date {
    return this.#host.kernel.clock.now()
  }

  /** Polls a mapping's queue until `leave`. */
  poll(mapping: EventSourceMappingRow): void {
    if (this.#isStopping) return
    this.#wanted.add(mapping.uuid)
    if (this.#polled.has(mapping.uuid)) return
    const loop = this.#loop(mapping).finally(() => this.#polled.delete(mapping.uuid))
    this.#polled.set(mapping.uuid, loop)
  }

  leave(uuid: string): void {
    this.#wanted.delete(uuid)
  }

  async stop(): Promise<void> {
    this.#halt()
    await Promise.all(this.#polled.values())
  }

  #halt(): void {
    this.#isStopping = true
    this.#wanted.clear()
    this.#stopping.resolve()
  }

  async #loop({ uuid, accountId, region }: EventSourceMappingRow): Promise<void> {
    const running = new Set<Promise<void>>()
    while (this.#wanted.has(uuid)) {
      try {
        const target = await this.#target(uuid, accountId, region)
        if (!target) break
        const messages = await this.#gather(target)
        if (messages.length > 0) {
          const batch: Promise<void> = this.#process(target, messages).finally(() =>
            running.delete(batch),
          )
          running.add(batch)
        }
        const { maximumConcurrency = defaultConcurrency } = target.mapping
        if (running.size >= maximumConcurrency) await Promise.race(running)
      } catch (error) {
        if (!(error instanceof AwsError)) {
          this.#host.kernel.log.error({ err: error, mapping: uuid }, 'polling failed')
        }
        await this.#pause(pauseMs)
      }
    }
    await Promise.all(running)
  }

  async #pause(ms: number): Promise<void> {
    const waited = Promise.withResolvers<void>()
    const cancel = this.#host.kernel.clock.after(ms, waited.resolve)
    await Promise.race([waited.promise, this.#stopping.promise])
    cancel()
  }

  async #target(uuid: string, accountId: string, region: string): Promise<Target | undefined> {
    const { store } = this.#host.kernel
    const scope = scopeOf('region', accountId, region)
    const mapping = (await store.get(eventSourceMappings, scope, uuid))?.value
    if (!mapping?.enabled) return undefined
    const { functionName, qualifier = '$LATEST' } = mapping
    const alias = await store.get(aliases, scope, `${functionName}/${qualifier}`)
    const key = versionKey(functionName, alias?.value.version ?? qualifier)
    const row = (await store.get(functions, scope, functionName))?.value
    const version = (await store.get(versions, scope, key))?.value
    return row && version && { mapping, row, version }
  }

  /** Messages for one batch: what there is at once, or what a batching window brings. */
  async #gather(target: Target): Promise<QueueMessage[]> {
    const { batchSize, batchingWindowSeconds } = target.mapping
    const { clock } = this.#host.kernel
    const endMs = clock.monotonicMs() + batchingWindowSeconds * 1000
    const messages: QueueMessage[] = []
    let size = 0
    for (;;) {
      const left = Math.ceil((endMs - clock.monotonicMs()) / 1000)
      const wait = messages.length === 0 ? waitSeconds : Math.min(waitSeconds, Math.max(0, left))
      const received = await this.#receive(
        target,
        Math.min(maxReceive, batchSize - messages.length),
        wait,
      )
      messages.push(...received)
      size += received.reduce((sum, { Body = '' }) => sum + Body.length, 0)
      const isFull = messages.length >= batchSize || size > maxEvent
      const isLate = batchingWindowSeconds === 0 || clock.monotonicMs() >= endMs
      if (isFull || isLate || messages.length === 0 || !this.#wanted.has(target.mapping.uuid)) break
    }
    return messages
  }

  async #receive(target: Target, count: number, wait: number): Promise<QueueMessage[]> {
    const output = await this.#call(target, 'ReceiveMessage', {
      MaxNumberOfMessages: count,
      WaitTimeSeconds: wait,
      AttributeNames: ['All'],
      MessageAttributeNames: ['All'],
    })
    return (output['Messages'] as QueueMessage[] | undefined) ?? []
  }

  async #process(target: Target, messages: readonly QueueMessage[]): Promise<void> {
    const { mapping } = target
    const wanted = messages.filter((message) => matchesFilters(mapping, message))
    const dropped = messages.filter((message) => !wanted.includes(message))
    try {
      await this.#delete(target, dropped)
      if (wanted.length === 0) return
      const failed = await this.#run(target, wanted)
      await this.#delete(
        target,
        wanted.filter(({ MessageId = '' }) => !failed.has(MessageId)),
      )
    } catch (error) {
      // The messages come back when their visibility timeout has passed.
      if (!(error instanceof AwsError || error instanceof Throttled)) {
        this.#host.kernel.log.warn({ err: error, mapping: mapping.uuid }, 'a batch failed')
      }
    }
  }

  /** Runs the function with a batch; the ids of messages that are to come back. */
  async #run({ mapping, row, version }: Target, messages: readonly QueueMessage[]) {
    const { kernel } = this.#host
    const result = await kernel.runtimes.of(functionPool).run(
      row,
      version,
      {
        requestId: kernel.ids.uuid(),
        payload: Buffer.from(JSON.stringify(batchEvent(mapping, messages))),
        functionArn: functionArn(row, row.name, mapping.qualifier),
      },
      accountConcurrency,
    )
    const all = messages.map(({ MessageId = '' }) => MessageId)
    if (result.errorType !== undefined) return new Set(all)
    return mapping.reportBatchItemFailures
      ? failedMessages(result.payload.toString('utf8'), all)
      : new Set<string>()
  }

  async #delete(target: Target, messages: readonly QueueMessage[]): Promise<void> {
    for (let start = 0; start < messages.length; start += maxReceive) {
      const Entries = messages
        .slice(start, start + maxReceive)
        .map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle }))
      await this.#call(target, 'DeleteMessageBatch', { Entries })
    }
  }

  #call({ mapping, version }: Target, operation: string, input: object) {
    const { accountId: account, region, eventSourceArn, functionName } = mapping
    const actor = {
      service: 'lambda.amazonaws.com',
      roleArn: version.role,
      sessionName: sessionNameOf(functionName),
    }
    const QueueUrl = queueUrlOf(this.#host.kernel.endpoint(), eventSourceArn)
    return this.#host.kernel.callAs({ account, region }, actor, {
      service: 'sqs',
      operation,
      input: { QueueUrl, ...input },
    })
  }
}
