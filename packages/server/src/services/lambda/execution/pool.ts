import type { Cancel, Clock } from '../../../kernel/clock.ts'
import type { ids } from '../../../kernel/ids.ts'
import { NoSuchRuntime, type EnvironmentFactory } from './environment-factory.ts'
import type { ExecutionEnvironment, Outcome } from './environment.ts'
import { functionKey, type FunctionImage, type RoleCredentials } from './function-image.ts'
import { InvocationLog, type LogSink } from './invocation-log.ts'
import { BadArchive } from './zip-archive.ts'

/** What the pool asks of the service. */
export interface PoolHost {
  readonly clock: Clock
  readonly ids: typeof ids
  readonly factory: () => Promise<EnvironmentFactory>
  /** A fresh session of the execution role. Throws AwsError when the role cannot be assumed. */
  readonly credentials: (image: FunctionImage) => Promise<RoleCredentials>
  readonly logs: LogSink
}

/** One call of a function. */
export interface FunctionCall {
  readonly requestId: string
  readonly payload: Uint8Array
  /** As the caller named it. */
  readonly functionArn: string
  readonly clientContext?: string
}

/** How a call ended. */
export interface CallResult extends Outcome {
  /** The last 4 KB of the log, base64. */
  readonly logTail: string
}

/** Why a call was not taken on; the names are AWS's `Reason`. */
export class Throttled extends Error {
  readonly reason:
    'ConcurrentInvocationLimitExceeded' | 'ReservedFunctionConcurrentInvocationLimitExceeded'

  constructor(reason: Throttled['reason']) {
    super('Rate Exceeded.')
    this.reason = reason
  }
}

/** How many invocations may run at once. */
export interface ConcurrencyLimits {
  /** Of this function, when it has some reserved. */
  readonly reserved?: number
  /** Of all functions of the account without any reserved. */
  readonly unreserved: number
}

interface Warm {
  readonly environment: ExecutionEnvironment
  readonly log: InvocationLog
  readonly stream: string
  readonly image: FunctionImage
  readonly expiresAt: Date
  /** The machine's monotonic clock, after which it is not used again. */
  readonly retiresMs: number
  readonly generation: number
}

interface Idle extends Warm {
  readonly cancelExpiry: Cancel
}

/** How long an environment waits for a next invocation, and how long it may serve, in milliseconds. */
const idleMs = 5 * 60_000
const lifeMs = 45 * 60_000
const maxIdle = 64
/** How long a call waits for an environment that is about to be ready, in milliseconds. */
const settlingMs = 50

/** The execution environments of a server: warm ones are used again, new ones made as needed. */
export class EnvironmentPool {
  readonly #host: PoolHost
  readonly #idle = new Map<string, Idle[]>()
  /** Environments that have answered and not yet asked for more. */
  readonly #settling = new Map<string, Set<Promise<void>>>()
  readonly #running = new Map<string, number>()
  readonly #unreserved = new Map<string, number>()
  readonly #generations = new Map<string, number>()
  readonly #all = new Set<ExecutionEnvironment>()
  #isStopped = false

  constructor(host: PoolHost) {
    this.#host = host
  }

  /** Runs a function once. Throws Throttled, and AwsError when its role cannot be assumed. */
  async run(
    image: FunctionImage,
    call: FunctionCall,
    limits: ConcurrencyLimits,
  ): Promise<CallResult> {
    const release = this.#reserve(image, limits)
    try {
      const warm =
        this.#takeIdle(image) ?? (await this.#takeSettling(image)) ?? (await this.#launch(image))
      return 'environment' in warm ? await this.#runIn(warm, call) : notStarted(warm, call)
    } finally {
      release()
    }
  }

  /** Environments of a function are not used again: its code or configuration has changed. */
  retire(named: Parameters<typeof functionKey>[0]): void {
    const key = functionKey(named)
    this.#generations.set(key, (this.#generations.get(key) ?? 0) + 1)
    for (const idle of this.#idle.get(key) ?? []) this.#discard(idle)
    this.#idle.delete(key)
  }

  /** How many invocations of a function run now. */
  runningOf(named: Parameters<typeof functionKey>[0]): number {
    return this.#running.get(functionKey(named)) ?? 0
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    for (const list of this.#idle.values()) for (const idle of list) idle.cancelExpiry()
    this.#idle.clear()
    for (const environment of this.#all) environment.destroy()
    await Promise.all([...this.#all].map((environment) => environment.settled()))
  }

  #reserve(image: FunctionImage, { reserved, unreserved }: ConcurrencyLimits): () => void {
    const key = functionKey(image)
    const place = `${image.account}/${image.region}`
    const running = this.#running.get(key) ?? 0
    if (reserved !== undefined && running >= reserved) {
      throw new Throttled('ReservedFunctionConcurrentInvocationLimitExceeded')
    }
    const shared = this.#unreserved.get(place) ?? 0
    if (reserved === undefined && shared >= unreserved) {
      throw new Throttled('ConcurrentInvocationLimitExceeded')
    }
    add(this.#running, key, 1)
    if (reserved === undefined) add(this.#unreserved, place, 1)
    return () => {
      add(this.#running, key, -1)
      if (reserved === undefined) add(this.#unreserved, place, -1)
    }
  }

  #takeIdle(image: FunctionImage): Warm | undefined {
    const list = this.#idle.get(functionKey(image)) ?? []
    const needed = this.#host.clock.now().getTime() + image.timeoutSeconds * 1000
    for (let index = list.length - 1; index >= 0; index--) {
      const idle = list[index]
      if (!idle || idle.image.version !== image.version) continue
      list.splice(index, 1)
      idle.cancelExpiry()
      const isCurrent = idle.image.revision === image.revision && idle.environment.isAlive
      const isFresh = idle.retiresMs > this.#host.clock.monotonicMs()
      if (isCurrent && isFresh && idle.expiresAt.getTime() > needed) return idle
      this.#discard(idle)
    }
    return undefined
  }

  /** An environment that has just answered is ready again in a moment: sooner than a new one. */
  async #takeSettling(image: FunctionImage): Promise<Warm | undefined> {
    const waiting = this.#settling.get(functionKey(image))
    if (!waiting?.size) return undefined
    const late = Promise.withResolvers<void>()
    const cancel = this.#host.clock.after(settlingMs, late.resolve)
    await Promise.race([...waiting, late.promise])
    cancel()
    return this.#takeIdle(image)
  }

  async #launch(image: FunctionImage): Promise<Warm | NoSuchRuntime> {
    const { clock, ids, factory, credentials: credentialsOf } = this.#host
    const generation = this.#generations.get(functionKey(image)) ?? 0
    const [made, credentials] = await Promise.all([factory(), credentialsOf(image)])
    const day = clock.now().toISOString().slice(0, 10).replaceAll('-', '/')
    const stream = `${day}/[${image.version}]${ids.hex(32)}`
    const log = new InvocationLog(image, () => clock.now())
    log.initStart()
    try {
      const environment: ExecutionEnvironment = await made.start({
        image,
        credentials,
        logStream: stream,
        onLine: (line) => log.line(line),
        onEnd: () => this.#all.delete(environment),
      })
      if (environment.isAlive) this.#all.add(environment)
      if (this.#isStopped) environment.destroy()
      const retiresMs = clock.monotonicMs() + lifeMs
      const { expiresAt } = credentials
      return { environment, log, stream, image, expiresAt, retiresMs, generation }
    } catch (error) {
      if (error instanceof BadArchive) return new NoSuchRuntime('Runtime.BadPackage', error.message)
      if (error instanceof NoSuchRuntime) return error
      throw error
    }
  }

  async #runIn(warm: Warm, call: FunctionCall): Promise<CallResult> {
    const { environment, log, stream, image } = warm
    log.start(call.requestId)
    const traceId = `Root=1-${Math.floor(this.#host.clock.machine().getTime() / 1000).toString(16)}-${this.#host.ids.hex(24)};Sampled=0`
    const outcome = await environment.invoke({
      ...call,
      traceId,
      timeoutMs: image.timeoutSeconds * 1000,
    })
    const { durationMs, initMs, errorType } = outcome
    const { events, tail } = log.end({
      requestId: call.requestId,
      durationMs,
      ...(initMs !== undefined && { initMs }),
      maxMemoryMb: environment.maxMemoryMb(),
      ...(errorType !== undefined && { errorType }),
    })
    this.#host.logs(image, stream, events)
    this.#settle(warm)
    return { ...outcome, logTail: tail }
  }

  #settle(warm: Warm): void {
    const key = functionKey(warm.image)
    const waiting = this.#settling.get(key) ?? new Set()
    this.#settling.set(key, waiting)
    const settled = this.#giveBack(warm).finally(() => {
      waiting.delete(settled)
      if (waiting.size === 0) this.#settling.delete(key)
    })
    waiting.add(settled)
  }

  async #giveBack(warm: Warm): Promise<void> {
    const { environment, image, generation } = warm
    await environment.settled()
    const key = functionKey(image)
    const isOld = generation !== (this.#generations.get(key) ?? 0)
    if (this.#isStopped || isOld || !environment.isAlive) {
      this.#discard(warm)
      return
    }
    const list = this.#idle.get(key) ?? []
    this.#idle.set(key, list)
    const idle: Idle = {
      ...warm,
      cancelExpiry: this.#host.clock.after(idleMs, () => {
        list.splice(list.indexOf(idle), 1)
        this.#discard(idle)
      }),
    }
    list.push(idle)
    this.#limitIdle()
  }

  /** Past a number of waiting environments, the one that has waited longest goes. */
  #limitIdle(): void {
    const lists = [...this.#idle.values()]
    const count = lists.reduce((sum, list) => sum + list.length, 0)
    if (count <= maxIdle) return
    const [oldest] = lists
      .flatMap((list) => list.slice(0, 1))
      .sort((a, b) => a.retiresMs - b.retiresMs)
    const list = lists.find((each) => oldest !== undefined && each.includes(oldest))
    if (!oldest || !list) return
    list.splice(list.indexOf(oldest), 1)
    oldest.cancelExpiry()
    this.#discard(oldest)
  }

  #discard({ environment, log, stream, image }: Warm): void {
    environment.destroy()
    const events = log.take()
    if (events.length > 0) this.#host.logs(image, stream, events)
  }
}

function add(counts: Map<string, number>, key: string, change: number): void {
  const count = (counts.get(key) ?? 0) + change
  if (count > 0) counts.set(key, count)
  else counts.delete(key)
}

function notStarted(
  { errorType, message }: NoSuchRuntime,
  { requestId }: FunctionCall,
): CallResult {
  const errorMessage = `RequestId: ${requestId} Error: ${message}`
  const payload = Buffer.from(JSON.stringify({ errorType, errorMessage }))
  return { payload, errorType, durationMs: 0, logTail: '' }
}
