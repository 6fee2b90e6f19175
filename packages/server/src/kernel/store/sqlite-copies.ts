import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, rmSync } from 'node:fs'
import { extname } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { fileURLToPath } from 'node:url'
import { checkpointPages } from './sqlite-open.ts'
import { scrubDatabase } from './sqlite-scrub.ts'
import type { ScrubReport } from './store.ts'

/** What reads the database file as a whole while the store goes on: backups and scrubs, one at a time. */
export class SqliteCopies {
  readonly #path: string
  readonly #database: DatabaseSync
  #running: Promise<unknown> | undefined

  constructor(path: string, database: DatabaseSync) {
    this.#path = path
    this.#database = database
  }

  /** Writes a consistent copy of everything to a new file. */
  async backup(path: string): Promise<void> {
    if (existsSync(path)) throw new Error(`${path} exists already`)
    const draft = `${path}.partial`
    await this.#alone(async () => {
      rmSync(draft, { force: true })
      if (this.#path !== ':memory:') return this.#atRest(() => finishCopy(this.#path, draft, path))
      this.#database.prepare('VACUUM INTO ?').run(draft)
      return finishCopy('', draft, path)
    })
  }

  /** Reads everything back from disk. */
  scrub(): Promise<ScrubReport> {
    return this.#alone(async () => {
      // What is in memory cannot rot on disk and is small: it is read in one go.
      if (this.#path === ':memory:') return scrubDatabase(this.#database)
      return this.#atRest(async () => JSON.parse(await run('scrub-process', [this.#path])))
    })
  }

  /** Resolves when nothing reads the file any more. */
  async settled(): Promise<void> {
    await this.#running?.catch(() => {})
  }

  async #alone<T>(work: () => Promise<T>): Promise<T> {
    if (this.#running) throw new Error('another backup or scrub is under way')
    const running = work()
    this.#running = running
    try {
      return await running
    } finally {
      this.#running = undefined
    }
  }

  /** Between checkpoints only the log is written, so the file itself is a snapshot that can be read. */
  async #atRest<T>(work: () => Promise<T>): Promise<T> {
    const outcome = this.#database.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get()
    if (outcome?.['busy'] !== 0) throw new Error('the store could not be brought to rest')
    this.#database.exec('PRAGMA wal_autocheckpoint = 0')
    try {
      return await work()
    } finally {
      this.#database.exec(`PRAGMA wal_autocheckpoint = ${checkpointPages}`)
    }
  }
}

/** Copies `source` (or takes the draft that is there), checks every page, and gives it its name. */
async function finishCopy(source: string, draft: string, path: string): Promise<void> {
  try {
    await run('backup-copy', [source, draft, path])
  } catch (error) {
    throw new Error(`the backup failed: ${error instanceof Error ? error.message : String(error)}`)
  }
}

/** Runs a program beside this file; resolves to what it wrote, or throws what it complained about. */
async function run(program: string, values: readonly string[]): Promise<string> {
  const url = new URL(`./${program}${extname(import.meta.url)}`, import.meta.url)
  const child = spawn(process.execPath, [fileURLToPath(url), ...values], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  let complaint = ''
  child.stdout.on('data', (text: Buffer) => (output += text.toString()))
  child.stderr.on('data', (text: Buffer) => (complaint += text.toString()))
  const [code] = await once(child, 'close')
  if (code !== 0) throw new Error(complaint)
  return output
}
