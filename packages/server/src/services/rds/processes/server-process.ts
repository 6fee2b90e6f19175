import type { ChildProcess } from 'node:child_process'
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import type { Clock } from '../../../kernel/clock.ts'

/** The process of a database server, as its pid file has it. */
interface PidFile {
  readonly pid: number
  /** When the process began, in the kernel's ticks: a pid alone may belong to somebody else by now. */
  readonly began: string
}

const pollMs = 50
/** How long a server may take to write everything down before it is killed, in milliseconds. */
const stopLimitMs = 60_000
const keptLines = 40

/** A running database server: one process with its children, known on disk by a pid file. */
export class ServerProcess {
  readonly #child: ChildProcess
  readonly #pidFile: string
  readonly #ended: Promise<void>
  #complaints: string[] = []
  #hasEnded = false

  /** Takes over a process that was just started, and writes its pid file. */
  constructor(child: ChildProcess, pidFile: string, onEnd: () => void) {
    this.#child = child
    this.#pidFile = pidFile
    const { pid } = child
    if (pid !== undefined) {
      const facts: PidFile = { pid, began: beganAt(pid) ?? '' }
      writeFileSync(pidFile, JSON.stringify(facts), { mode: 0o600 })
    }
    child.stderr?.on('data', (chunk: Buffer) => {
      this.#complaints = [...this.#complaints, chunk.toString()].slice(-keptLines)
    })
    this.#ended = new Promise<void>((resolve) => {
      const end = (): void => {
        if (this.#hasEnded) return
        this.#hasEnded = true
        rmSync(pidFile, { force: true })
        resolve()
        onEnd()
      }
      child.once('exit', end)
      child.once('error', (error) => {
        this.#complaints.push(error.message)
        end()
      })
    })
    child.unref()
    for (const stream of [child.stderr]) {
      if (stream && 'unref' in stream && typeof stream.unref === 'function') stream.unref()
    }
  }

  get hasEnded(): boolean {
    return this.#hasEnded
  }

  /** What it wrote to standard error last. */
  get complaints(): string {
    return this.#complaints.join('').trim().slice(-4000)
  }

  /** Sends a signal to the server's main process. */
  signal(name: NodeJS.Signals): void {
    if (!this.#hasEnded) this.#child.kill(name)
  }

  /** Resolves when the process is gone. */
  ended(): Promise<void> {
    return this.#ended
  }

  /** Asks it to end and waits; one that does not is killed. */
  async stop(signal: NodeJS.Signals, clock: Clock): Promise<void> {
    if (this.#hasEnded) return
    this.#child.kill(signal)
    const cancel = clock.after(stopLimitMs, () => this.#killTree())
    await this.#ended
    cancel()
    rmSync(this.#pidFile, { force: true })
  }

  #killTree(): void {
    const { pid } = this.#child
    if (pid !== undefined) kill(-pid, 'SIGKILL')
  }
}

/** Ends what an earlier Bartizan, killed in the midst of it, left running in a folder. */
export async function endLeftover(
  pidFile: string,
  signal: NodeJS.Signals,
  clock: Clock,
): Promise<void> {
  if (!existsSync(pidFile)) return
  const { pid, began } = JSON.parse(readFileSync(pidFile, 'utf8')) as PidFile
  const isThere = (): boolean => began !== '' && beganAt(pid) === began
  const deadline = clock.monotonicMs() + stopLimitMs
  if (isThere()) kill(pid, signal)
  while (isThere()) {
    if (clock.monotonicMs() > deadline) kill(-pid, 'SIGKILL')
    await new Promise<void>((resolve) => clock.after(pollMs, resolve))
  }
  rmSync(pidFile, { force: true })
}

/** When a process began, from `/proc/<pid>/stat` (proc(5), field 22); undefined when it is gone or a zombie. */
function beganAt(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return fields[0] === 'Z' ? undefined : fields[19]
  } catch {
    return undefined
  }
}

function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch {
    // It is gone already.
  }
}
