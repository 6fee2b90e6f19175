import { hash } from 'node:crypto'
import { createReadStream, createWriteStream, mkdirSync, rmSync, type WriteStream } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import type { Copy } from '../../../dataplane/route.ts'

/** An object of a distribution's, as its origin has given it. Times in milliseconds since 1970. */
export interface CachedObject {
  readonly path: string
  readonly status: number
  readonly fields: readonly string[]
  readonly size: number
  readonly storedAtMs: number
  readonly freshUntilMs: number
  read(): Readable
}

interface Entry extends Omit<CachedObject, 'read'> {
  readonly file: string
  /** Settles once the file is whole; undefined from then on. */
  written: Promise<void> | undefined
}

/** What is kept of an answer that streams by. */
export interface Storing {
  readonly key: string
  readonly path: string
  readonly status: number
  readonly fields: readonly string[]
  readonly nowMs: number
  readonly freshUntilMs: number
}

const maxBytes = 1_073_741_824
const maxObjectBytes = 134_217_728

/** The objects that are kept on the disk; the oldest in use go when there are too many bytes. They do not outlive the process. */
export class DiskCache {
  readonly #folder: string
  readonly #entries = new Map<string, Entry>()
  #bytes = 0
  #ordinal = 0

  constructor(folder: string) {
    this.#folder = folder
    rmSync(folder, { recursive: true, force: true })
    mkdirSync(folder, { recursive: true })
  }

  /** A fresh object. */
  get(distribution: string, key: string, nowMs: number): CachedObject | undefined {
    const name = nameOf(distribution, key)
    const entry = this.#entries.get(name)
    if (!entry) return undefined
    if (nowMs >= entry.freshUntilMs) {
      this.#drop(name)
      return undefined
    }
    this.#entries.delete(name)
    this.#entries.set(name, entry)
    const { written, file, ...facts } = entry
    const read = () =>
      written === undefined ? createReadStream(file) : Readable.from(onceWritten(written, file))
    return { ...facts, read }
  }

  /** Takes a copy of an answer as it streams by; it is kept once it is whole. */
  store(distribution: string, storing: Storing): Copy {
    const name = nameOf(distribution, storing.key)
    const file = join(this.#folder, `${name.replace(' ', '-')}-${++this.#ordinal}`)
    const sink: WriteStream = createWriteStream(`${file}.part`)
    let size = 0
    let hasFailed = false
    const abandon = (): void => {
      if (hasFailed) return
      hasFailed = true
      sink.destroy()
      void rm(`${file}.part`, { force: true })
    }
    sink.on('error', abandon)
    return {
      write(chunk) {
        size += chunk.length
        if (size > maxObjectBytes) abandon()
        if (!hasFailed) sink.write(chunk)
      },
      end: () => {
        if (hasFailed) return
        const { key: _key, nowMs: storedAtMs, ...facts } = storing
        const written = new Promise<void>((resolve) => sink.end(() => resolve())).then(() =>
          rename(`${file}.part`, file),
        )
        // The next request finds it at once, and waits for the file if it has to.
        const entry: Entry = { ...facts, storedAtMs, size, file, written }
        this.#keep(name, entry)
        void written
          .then(() => {
            entry.written = undefined
            if (this.#entries.get(name) !== entry) return rm(file, { force: true })
          })
          .catch(() => {
            if (this.#entries.get(name) === entry) this.#drop(name)
            abandon()
          })
      },
      abandon,
    }
  }

  /** Drops the objects of a distribution under paths that end with a star, or are whole. */
  invalidate(distribution: string, paths: readonly string[]): void {
    for (const [name, { path }] of this.#entries) {
      if (name.startsWith(`${distribution} `) && paths.some((each) => covers(each, path))) {
        this.#drop(name)
      }
    }
  }

  #keep(name: string, entry: Entry): void {
    this.#drop(name)
    this.#entries.set(name, entry)
    this.#bytes += entry.size
    for (const oldest of this.#entries.keys()) {
      if (this.#bytes <= maxBytes) return
      this.#drop(oldest)
    }
  }

  #drop(name: string): void {
    const entry = this.#entries.get(name)
    if (!entry) return
    this.#entries.delete(name)
    this.#bytes -= entry.size
    void rm(entry.file, { force: true })
  }
}

async function* onceWritten(written: Promise<void>, file: string): AsyncGenerator<Buffer> {
  await written
  yield* createReadStream(file) as AsyncIterable<Buffer>
}

const nameOf = (distribution: string, key: string): string =>
  `${distribution} ${hash('sha256', key).slice(0, 32)}`

function covers(pattern: string, path: string): boolean {
  return pattern.endsWith('*') ? path.startsWith(pattern.slice(0, -1)) : path === pattern
}
