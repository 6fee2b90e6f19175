import { AwsError } from '../../kernel/errors.ts'
import type { RuntimeHost } from '../../kernel/runtime.ts'
import type { FunctionImage } from './execution/function-image.ts'
import type { LogEvent } from './execution/invocation-log.ts'

/** PutLogEvents: events and bytes a call, and what each event counts beyond its text. */
const maxBatchEvents = 10_000
const maxBatchBytes = 1_000_000
const eventOverhead = 26
/** What may wait for one stream, in characters; older lines are kept, newer ones lost. */
const maxWaiting = 64 * 1024 * 1024

interface Stream {
  events: LogEvent[]
  waiting: number
  isMade: boolean
  running: Promise<void> | undefined
}

/**
 * Carries functions' logs to CloudWatch Logs, as their execution role: where the role may not write, the logs are
 * silently missing, as on AWS.
 */
export class LogShipper {
  readonly #host: RuntimeHost
  readonly #streams = new Map<string, Stream>()

  constructor(host: RuntimeHost) {
    this.#host = host
  }

  /** Takes events on; they are written in order, soon. */
  ship(image: FunctionImage, streamName: string, events: readonly LogEvent[]): void {
    const stream = this.#streams.get(streamName) ?? {
      events: [],
      waiting: 0,
      isMade: false,
      running: undefined,
    }
    this.#streams.set(streamName, stream)
    for (const event of events) {
      if (stream.waiting > maxWaiting) break
      stream.events.push(event)
      stream.waiting += event.message.length
    }
    stream.running ??= this.#run(image, streamName, stream).finally(() => {
      stream.running = undefined
      if (this.#streams.size > 1000) this.#streams.delete(streamName)
    })
  }

  /** Resolves when everything has been written, or refused. */
  async flush(): Promise<void> {
    await Promise.all([...this.#streams.values()].map(({ running }) => running))
  }

  async #run(image: FunctionImage, logStreamName: string, stream: Stream): Promise<void> {
    while (stream.events.length > 0) {
      const logEvents = nextBatch(stream)
      try {
        if (!stream.isMade) await this.#make(image, logStreamName)
        stream.isMade = true
        await this.#call(image, 'PutLogEvents', { logStreamName, logEvents })
      } catch (error) {
        if (!(error instanceof AwsError)) {
          this.#host.kernel.log.warn({ err: error, stream: logStreamName }, 'function log lost')
        }
      }
    }
  }

  async #make(image: FunctionImage, logStreamName: string): Promise<void> {
    try {
      await this.#call(image, 'CreateLogStream', { logStreamName })
    } catch (error) {
      if (!(error instanceof AwsError) || error.code !== 'ResourceNotFoundException') throw error
      await this.#call(image, 'CreateLogGroup', {})
      await this.#call(image, 'CreateLogStream', { logStreamName })
    }
  }

  #call(image: FunctionImage, operation: string, input: object): Promise<unknown> {
    const { account, region, roleArn, functionName } = image
    const sessionName = functionName.padEnd(2, '-')
    return this.#host.kernel.callAs(
      { account, region },
      { service: 'lambda.amazonaws.com', roleArn, sessionName },
      { service: 'logs', operation, input: { logGroupName: image.logGroup, ...input } },
    )
  }
}

function nextBatch(stream: Stream): { timestamp: number; message: string }[] {
  let bytes = 0
  let count = 0
  for (const { message } of stream.events) {
    bytes += Buffer.byteLength(message) + eventOverhead
    if (count > 0 && (bytes > maxBatchBytes || count >= maxBatchEvents)) break
    count += 1
  }
  const batch = stream.events.splice(0, count)
  for (const { message } of batch) stream.waiting -= message.length
  return [...batch].sort((a, b) => a.timestamp - b.timestamp)
}
