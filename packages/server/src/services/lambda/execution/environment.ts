import { spawn, type ChildProcess } from 'node:child_process'
import type { Socket } from 'node:net'
import type { Readable } from 'node:stream'
import type { Cancel, Clock } from '../../../kernel/clock.ts'
import type { Cgroup } from './cgroups.ts'
import { searchPath } from './isolation.ts'
import { LineReader } from './line-reader.ts'
import { holdsSocket, peerOf, processTree } from './peers.ts'
import { RuntimeApi, type RuntimeInvocation } from './runtime-api.ts'
import { sandboxCommand, startScript, type Sandbox } from './sandbox.ts'

/** What an execution environment is made of. */
export interface EnvironmentPlan {
  readonly sandbox: Sandbox
  readonly cgroup: Cgroup | undefined
  /** What starts the runtime, inside the sandbox. */
  readonly command: readonly string[]
  /** The function's whole environment but for AWS_LAMBDA_RUNTIME_API. */
  readonly variables: Readonly<Record<string, string>>
  readonly onLine: (line: string) => void
  /** Called once when all of it has ended. */
  readonly onEnd: () => void
}

/** One invocation, its time limit in milliseconds. */
export type Invocation = Omit<RuntimeInvocation, 'deadlineMs'> & { readonly timeoutMs: number }

/** How an invocation ended. */
export interface Outcome {
  readonly payload: Buffer
  /** Set when the function failed: `Sandbox.Timedout`, or what the runtime reported. */
  readonly errorType?: string
  /** From the hand-over to the answer, in milliseconds. */
  readonly durationMs: number
  /** Of the first invocation only: how long the environment took to be ready, in milliseconds. */
  readonly initMs?: number
}

/** How long a function may take to initialise before its own time limit begins to count, in milliseconds. */
const initLimitMs = 10_000
/** An environment without work is stopped after this long, in milliseconds. */
const freezeAfterMs = 50

/**
 * One execution environment: a sandboxed process tree that runs a function's runtime, which takes one
 * invocation at a time from a Runtime API of its own.
 */
export class ExecutionEnvironment {
  readonly #plan: EnvironmentPlan
  readonly #clock: Clock
  readonly #api: RuntimeApi
  readonly #readers: LineReader[] = []
  #child: ChildProcess | undefined
  #startedMs = 0
  #readyMs: number | undefined
  #hasServed = false
  #initFailure: Buffer | undefined
  #ready = Promise.withResolvers<void>()
  #ended = Promise.withResolvers<string>()
  #current: { readonly id: string; readonly settle: (result: Result) => void } | undefined
  #idle = Promise.withResolvers<void>()
  #cancelFreeze: Cancel | undefined
  #isFrozen = false
  #isDead = false
  #peakBytes: number | undefined
  #ranOutOfMemory = false

  constructor(plan: EnvironmentPlan, clock: Clock) {
    this.#plan = plan
    this.#clock = clock
    this.#api = new RuntimeApi(
      {
        next: () => this.#becameIdle(),
        response: (id, payload) => this.#settle(id, { payload }),
        error: (id, payload) => this.#settle(id, { payload, errorType: errorTypeOf(payload) }),
        initError: (payload) => (this.#initFailure ??= payload),
        tooLarge: (id, bytes) => this.#settle(id, tooLarge(bytes)),
      },
      (socket) => this.#isOwn(socket),
    )
  }

  /** False once its process has ended or it was destroyed: it takes no further invocation. */
  get isAlive(): boolean {
    return !this.#isDead
  }

  /** Starts the process. Its initialisation goes on when this resolves. */
  async start(): Promise<void> {
    const address = await this.#api.listen()
    const [program = '', ...args] = sandboxCommand(this.#plan.sandbox)
    this.#startedMs = this.#clock.monotonicMs()
    const child = spawn(program, args, {
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
      env: { PATH: searchPath },
    })
    this.#child = child
    child.once('error', (error) => this.#end(`could not be started: ${error.message}`))
    child.once('exit', (code, signal) => this.#end(exitReason(code, signal)))
    for (const stream of [child.stdout, child.stderr]) this.#read(stream)
    const { command, variables } = this.#plan
    const script = startScript(command, { ...variables, AWS_LAMBDA_RUNTIME_API: address })
    const [, , , start] = child.stdio
    // A sandbox that could not be built has ended, and `exit` says so.
    start?.on('error', () => undefined)
    if (start && 'end' in start) start.end(script)
  }

  /** Runs one invocation. Resolves also when the function fails or is killed. */
  async invoke(invocation: Invocation): Promise<Outcome> {
    this.#thaw()
    this.#idle = Promise.withResolvers<void>()
    const { timeoutMs, ...rest } = invocation
    const result = Promise.withResolvers<Result>()
    this.#current = { id: rest.requestId, settle: result.resolve }
    await this.#initialised()
    const startedMs = this.#clock.monotonicMs()
    const cancel = this.#clock.after(timeoutMs, () => {
      result.resolve(timedOut(rest.requestId, timeoutMs))
      this.destroy()
    })
    const deadlineMs = this.#clock.machine().getTime() + timeoutMs
    if (!this.#isDead) this.#api.give({ ...rest, deadlineMs })
    const ended = this.#ended.promise.then((reason) => this.#exited(rest.requestId, reason))
    const settled = await Promise.race([result.promise, ended])
    cancel()
    this.#current = undefined
    const durationMs = this.#clock.monotonicMs() - startedMs
    await this.#drained()
    const first = !this.#hasServed
    this.#hasServed = true
    const initMs = first ? (this.#readyMs ?? startedMs) - this.#startedMs : undefined
    return { ...settled, durationMs, ...(initMs !== undefined && { initMs }) }
  }

  /** Resolves when the runtime has asked for its next invocation, or has ended. */
  async settled(): Promise<void> {
    await Promise.race([this.#idle.promise, this.#ended.promise])
  }

  /** Kills everything in it. */
  destroy(): void {
    this.#isDead = true
    this.#cancelFreeze?.()
    const pid = this.#child?.pid
    if (pid === undefined) this.#end('was never started')
    else killAll(pid, this.#plan)
    this.#api.close()
  }

  /** The most memory it has used, in whole megabytes. */
  maxMemoryMb(): number {
    const bytes = this.#peakBytes ?? this.#plan.cgroup?.peakBytes() ?? 0
    return Math.ceil(bytes / 1_048_576)
  }

  #read(stream: Readable | null): void {
    if (stream) this.#readers.push(new LineReader(stream, this.#plan.onLine))
  }

  /** What the function wrote before it answered lies in the pipes by then: it is read before the answer goes on. */
  async #drained(): Promise<void> {
    let seen = -1
    for (let quiet = 0; quiet < 2; quiet++) {
      await new Promise((resolve) => setImmediate(resolve))
      const read = this.#readers.reduce((sum, reader) => sum + reader.bytes, 0)
      if (read !== seen) quiet = 0
      seen = read
    }
    if (this.#isDead) for (const reader of this.#readers) reader.finish()
  }

  #becameIdle(): void {
    this.#readyMs ??= this.#clock.monotonicMs()
    this.#ready.resolve()
    if (this.#current) return
    this.#idle.resolve()
    this.#cancelFreeze = this.#clock.after(freezeAfterMs, () => this.#freeze())
  }

  async #initialised(): Promise<void> {
    const waited = Promise.withResolvers<void>()
    const cancel = this.#clock.after(initLimitMs, waited.resolve)
    await Promise.race([this.#ready.promise, this.#ended.promise, waited.promise])
    cancel()
  }

  #settle(id: string, result: Result): void {
    if (this.#current?.id === id) this.#current.settle(result)
  }

  #end(reason: string): void {
    this.#isDead = true
    this.#cancelFreeze?.()
    this.#api.close()
    const pid = this.#child?.pid
    if (pid !== undefined) killAll(pid, this.#plan)
    // The control group goes with the environment.
    this.#peakBytes = this.#plan.cgroup?.peakBytes()
    this.#ranOutOfMemory = this.#plan.cgroup?.ranOutOfMemory() ?? false
    this.#ended.resolve(reason)
    this.#plan.onEnd()
  }

  #exited(requestId: string, reason: string): Result {
    if (this.#initFailure) {
      return { payload: this.#initFailure, errorType: errorTypeOf(this.#initFailure) }
    }
    const message = `RequestId: ${requestId} Error: Runtime exited ${reason}`
    const result = fault('Runtime.ExitError', message)
    // The caller is told of the exit, the log of why, as on AWS.
    return this.#ranOutOfMemory ? { ...result, errorType: 'Runtime.OutOfMemory' } : result
  }

  #isOwn(socket: Socket): boolean {
    const peer = peerOf(socket)
    const pid = this.#child?.pid
    if (!peer || pid === undefined) return false
    const { level, uid } = this.#plan.sandbox
    if (level === 'namespaces' || level === 'user') return peer.uid === uid
    return holdsSocket(processTree(pid), peer.inode)
  }

  #freeze(): void {
    if (this.#current || this.#isDead) return
    const pid = this.#child?.pid
    this.#isFrozen = pid !== undefined && signal(-pid, 'SIGSTOP')
  }

  #thaw(): void {
    this.#cancelFreeze?.()
    const pid = this.#child?.pid
    if (this.#isFrozen && pid !== undefined) signal(-pid, 'SIGCONT')
    this.#isFrozen = false
  }
}

type Result = Pick<Outcome, 'payload' | 'errorType'>

function fault(errorType: string, errorMessage: string): Result {
  return { payload: Buffer.from(JSON.stringify({ errorType, errorMessage })), errorType }
}

function timedOut(requestId: string, timeoutMs: number): Result {
  const seconds = (timeoutMs / 1000).toFixed(2)
  const message = `RequestId: ${requestId} Error: Task timed out after ${seconds} seconds`
  return fault('Sandbox.Timedout', message)
}

function tooLarge(bytes: number): Result {
  const message = `Response payload size (${bytes} bytes) exceeded maximum allowed payload size (6291556 bytes).`
  return fault('Function.ResponseSizeTooLarge', message)
}

/** A runtime may report anything: what is no error object counts as an error all the same. */
function errorTypeOf(payload: Buffer): string {
  try {
    const { errorType } = JSON.parse(payload.toString()) as { errorType?: unknown }
    return typeof errorType === 'string' ? errorType : 'Runtime.Unknown'
  } catch {
    return 'Runtime.Unknown'
  }
}

const signalNames: Readonly<Record<number, string>> = {
  4: 'illegal instruction',
  6: 'aborted',
  7: 'bus error',
  9: 'killed',
  11: 'segmentation fault',
  15: 'terminated',
  31: 'bad system call',
}

/** In the words of AWS's supervisor; the sandbox's shell passes signals on as 128 and their number. */
function exitReason(code: number | null, signalName: NodeJS.Signals | null): string {
  if (signalName === 'SIGKILL') return 'with error: signal: killed'
  if (signalName !== null) return `with error: signal: ${signalName.slice(3).toLowerCase()}`
  if (code === 0 || code === null) return 'without providing a reason'
  const name = signalNames[code - 128]
  return name ? `with error: signal: ${name}` : `with error: exit status ${code}`
}

/** The sandbox's first process takes its namespace with it; where there is none, each process is sought. */
function killAll(pid: number, { sandbox, cgroup }: EnvironmentPlan): void {
  const stray =
    sandbox.level === 'user' || sandbox.level === 'process'
      ? [...processTree(pid), ...(cgroup?.processes() ?? [])]
      : []
  signal(-pid, 'SIGKILL')
  for (const each of stray) signal(each, 'SIGKILL')
}

/** Signals a process, or with a negative number its group; false when there is none any more. */
function signal(pid: number, name: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, name)
  } catch {
    return false
  }
}
