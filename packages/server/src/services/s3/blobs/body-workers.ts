import { availableParallelism } from 'node:os'
import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import { spendArrived } from '../../../kernel/spent-bytes.ts'
import type { FromWorker, SealInto, ToWorker } from './body-messages.ts'
import type { ChecksumName, Sums } from './payload-sums.ts'

/** A body goes to its threads in blocks of this size, and this many are under way at most. */
const blockBytes = 524_288
const maxBlocks = 4
/** One thread sums what another encrypts, so there are at least two. */
const threadCount = Math.max(2, Math.min(4, availableParallelism()))

interface Thread {
  readonly worker: Worker
  readonly listeners: Map<number, (message: FromWorker) => void>
}

/** Threads that sum up, encrypt and write large bodies, so that the server's own is free for calls. */
export class BodyWorkers {
  readonly #threads: Thread[] = []
  #lastId = 0

  /** Begins a body that is to be summed up in these ways, and encrypted into a file. */
  begin(sums: readonly ChecksumName[], seal: SealInto): OffloadedBody {
    const [first, second] = this.#leastBusy()
    const id = ++this.#lastId
    // MD5 is as slow as everything else together.
    const others = sums.filter((name) => name !== 'MD5')
    return new OffloadedBody([
      new Share(first, id, { sums: others, seal }),
      new Share(second, id, { sums: sums.includes('MD5') ? ['MD5'] : [] }),
    ])
  }

  async stop(): Promise<void> {
    await Promise.all(this.#threads.splice(0).map(({ worker }) => worker.terminate()))
  }

  #leastBusy(): readonly [Thread, Thread] {
    while (this.#threads.length < threadCount) this.#threads.push(this.#start())
    const [first, second] = this.#threads.toSorted((a, b) => a.listeners.size - b.listeners.size)
    if (!first || !second) throw new Error('there are no threads for bodies')
    return [first, second]
  }

  #start(): Thread {
    const url = new URL(`./body-worker${extname(import.meta.url)}`, import.meta.url)
    const thread: Thread = { worker: new Worker(url), listeners: new Map() }
    const { worker, listeners } = thread
    worker.unref()
    worker.on('message', (message: FromWorker) => listeners.get(message.id)?.(message))
    const gone = (error: unknown): void => {
      const index = this.#threads.indexOf(thread)
      if (index >= 0) this.#threads.splice(index, 1)
      for (const [id, listener] of listeners) listener({ id, kind: 'failed', error })
    }
    worker.on('error', gone)
    worker.on('exit', () => gone(new Error('a thread for bodies has ended')))
    return thread
  }
}

/** What one thread does of a body. */
class Share {
  readonly ended: Promise<Sums>
  readonly #thread: Thread
  readonly #id: number
  #taken = (): void => {}
  #isOver = false

  constructor(
    thread: Thread,
    id: number,
    work: { readonly sums: readonly ChecksumName[]; readonly seal?: SealInto },
  ) {
    this.#thread = thread
    this.#id = id
    const { promise, resolve, reject } = Promise.withResolvers<Sums>()
    this.ended = promise
    // Whoever finishes or cancels the body hears of it.
    promise.catch(() => {})
    thread.listeners.set(id, (message) => {
      if (message.kind === 'taken') return this.#taken()
      thread.listeners.delete(id)
      this.#isOver = true
      if (message.kind === 'ended') resolve(message.sums)
      else reject(message.error)
      this.#taken()
    })
    this.#post({ id, kind: 'begin', ...work })
  }

  /** `taken` is called when the block may be used again. */
  give(block: SharedArrayBuffer, length: number): void {
    if (!this.#isOver) this.#post({ id: this.#id, kind: 'block', block, length })
  }

  onTaken(taken: () => void): void {
    this.#taken = taken
  }

  get isOver(): boolean {
    return this.#isOver
  }

  end(kind: 'end' | 'cancel'): void {
    if (!this.#isOver) this.#post({ id: this.#id, kind })
  }

  #post(message: ToWorker): void {
    this.#thread.worker.postMessage(message)
  }
}

/** A body on its way through the threads. */
export class OffloadedBody {
  readonly #shares: readonly Share[]
  readonly #free: SharedArrayBuffer[] = []
  /** For each share, how many blocks it has been given and not yet taken. */
  readonly #behind: number[]
  readonly #given: SharedArrayBuffer[] = []
  #made = 0
  #block: SharedArrayBuffer | undefined
  #filled = 0
  #wake = (): void => {}

  constructor(shares: readonly Share[]) {
    this.#shares = shares
    this.#behind = shares.map(() => 0)
    for (const [index, share] of shares.entries()) {
      share.onTaken(() => {
        this.#behind[index] = share.isOver ? 0 : (this.#behind[index] ?? 1) - 1
        this.#reclaim()
      })
    }
  }

  /** Takes in bytes; waits while the threads are behind. Throws what went wrong in them. */
  async take(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length;) {
      const block = (this.#block ??= await this.#next())
      const piece = bytes.subarray(at, at + blockBytes - this.#filled)
      new Uint8Array(block, this.#filled).set(piece)
      at += piece.length
      this.#filled += piece.length
      if (this.#filled === blockBytes) this.#send()
    }
    spendArrived(bytes)
  }

  /** Resolves to the sums when everything is written to the file. */
  async finish(): Promise<Sums> {
    this.#send()
    for (const share of this.#shares) share.end('end')
    const sums = await Promise.all(this.#shares.map(({ ended }) => ended))
    return new Map(sums.flatMap((each) => [...each]))
  }

  /** Resolves when no thread has to do with the file any more. */
  async cancel(): Promise<void> {
    for (const share of this.#shares) share.end('cancel')
    await Promise.allSettled(this.#shares.map(({ ended }) => ended))
  }

  #send(): void {
    const block = this.#block
    if (!block) return
    this.#given.push(block)
    for (const [index, share] of this.#shares.entries()) {
      this.#behind[index] = (this.#behind[index] ?? 0) + 1
      share.give(block, this.#filled)
    }
    this.#block = undefined
    this.#filled = 0
  }

  /** Blocks are taken in the order in which they were given. */
  #reclaim(): void {
    const kept = Math.max(...this.#behind)
    while (this.#given.length > kept) {
      const block = this.#given.shift()
      if (block) this.#free.push(block)
    }
    this.#wake()
  }

  async #next(): Promise<SharedArrayBuffer> {
    for (;;) {
      const failed = this.#shares.find(({ isOver }) => isOver)
      if (failed) await failed.ended
      const free = this.#free.pop()
      if (free) return free
      if (this.#made < maxBlocks) {
        this.#made += 1
        return new SharedArrayBuffer(blockBytes)
      }
      await new Promise<void>((resolve) => (this.#wake = resolve))
    }
  }
}
