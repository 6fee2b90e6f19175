import type { FunctionImage } from './function-image.ts'

/** One line of a function's log. */
export interface LogEvent {
  /** Epoch milliseconds. */
  readonly timestamp: number
  readonly message: string
}

/** Takes what an environment logs on to its log stream. */
export type LogSink = (image: FunctionImage, stream: string, events: readonly LogEvent[]) => void

/** How an invocation went, as the REPORT line tells. */
export interface InvocationReport {
  readonly requestId: string
  readonly durationMs: number
  readonly initMs?: number
  readonly maxMemoryMb: number
  readonly errorType?: string
}

/** What `LogType: Tail` gives, in bytes. */
const tailBytes = 4096
/** A function that writes more than this in one invocation loses the rest, in characters. */
const maxInvocationLog = 16 * 1024 * 1024

/**
 * The log of one environment: lines of the function between START, END and REPORT
 * (https://docs.aws.amazon.com/lambda/latest/dg/nodejs-logging.html).
 */
export class InvocationLog {
  readonly #image: FunctionImage
  readonly #now: () => Date
  #events: LogEvent[] = []
  #size = 0

  constructor(image: FunctionImage, now: () => Date) {
    this.#image = image
    this.#now = now
  }

  /** A line that the function wrote. */
  line(message: string): void {
    if (this.#size > maxInvocationLog) return
    this.#size += message.length
    this.#events.push({ timestamp: this.#now().getTime(), message: `${message}\n` })
  }

  initStart(): void {
    const { runtime } = this.#image
    this.#platform(
      'initStart',
      { runtimeVersion: runtime },
      `INIT_START Runtime Version: ${runtime}`,
    )
  }

  start(requestId: string): void {
    const { version } = this.#image
    this.#platform(
      'start',
      { requestId, version },
      `START RequestId: ${requestId} Version: ${version}`,
    )
  }

  /** Ends an invocation; its lines, and the last 4 KB of them in base64. */
  end(report: InvocationReport): { readonly events: readonly LogEvent[]; readonly tail: string } {
    const { requestId, durationMs, initMs, maxMemoryMb, errorType } = report
    if (errorType === 'Sandbox.Timedout') this.#timedOut(requestId)
    const status = errorType === undefined ? 'success' : statusOf(errorType)
    const billedMs = Math.ceil(durationMs + (initMs ?? 0))
    const { memoryMb } = this.#image
    const text = [
      `REPORT RequestId: ${requestId}`,
      `Duration: ${durationMs.toFixed(2)} ms`,
      `Billed Duration: ${billedMs} ms`,
      `Memory Size: ${memoryMb} MB`,
      `Max Memory Used: ${Math.min(maxMemoryMb, memoryMb)} MB`,
      ...(initMs === undefined ? [] : [`Init Duration: ${initMs.toFixed(2)} ms`]),
      ...(status === 'success' || errorType?.startsWith('Function.') ? [] : [`Status: ${status}`]),
      ...(status === 'error' && isSandboxError(errorType) ? [`Error Type: ${errorType}`] : []),
    ]
    const metrics = {
      durationMs: Number(durationMs.toFixed(3)),
      billedDurationMs: billedMs,
      memorySizeMB: memoryMb,
      maxMemoryUsedMB: Math.min(maxMemoryMb, memoryMb),
      ...(initMs !== undefined && { initDurationMs: Number(initMs.toFixed(3)) }),
    }
    if (this.#image.logFormat === 'Text') this.#text(`END RequestId: ${requestId}`)
    this.#platform('report', { requestId, metrics, status }, `${text.join('\t')}\t`)
    const events = this.take()
    return { events, tail: tailOf(events) }
  }

  /** What has not been given out yet. */
  take(): readonly LogEvent[] {
    const events = this.#events
    this.#events = []
    this.#size = 0
    return events
  }

  #timedOut(requestId: string): void {
    const seconds = this.#image.timeoutSeconds.toFixed(2)
    this.#text(
      `${this.#now().toISOString()} ${requestId} Task timed out after ${seconds} seconds\n`,
    )
  }

  #platform(type: string, record: object, text: string): void {
    const time = this.#now().toISOString()
    this.#text(
      this.#image.logFormat === 'JSON'
        ? JSON.stringify({ time, type: `platform.${type}`, record })
        : text,
    )
  }

  #text(message: string): void {
    this.#events.push({ timestamp: this.#now().getTime(), message: `${message}\n` })
  }
}

function statusOf(errorType: string): string {
  return errorType === 'Sandbox.Timedout' ? 'timeout' : 'error'
}

function isSandboxError(errorType: string | undefined): boolean {
  return errorType?.startsWith('Runtime.') ?? false
}

function tailOf(events: readonly LogEvent[]): string {
  const bytes = Buffer.from(events.map(({ message }) => message).join(''))
  return bytes.subarray(Math.max(0, bytes.length - tailBytes)).toString('base64')
}
