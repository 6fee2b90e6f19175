import type { KeyObject } from 'node:crypto'
import { constants } from 'node:fs'
import { link, mkdir, open, readdir, rm, stat, unlink, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import type { BlobRef } from '../store.ts'
import { begin } from './beginning.ts'
import { BodyWorkers } from './body-workers.ts'
import { copyBlobs, copyNames, syncPath } from './copy-files.ts'
import { PayloadSums, type ChecksumName, type Sums } from './payload-sums.ts'
import { Together } from './together.ts'
import { fileKey, openSegments, SegmentSealer, segmentsOf } from './segments.ts'

/** How much ciphertext is read at a time. */
const batchBytes = 1_048_576
/** Bodies up to this size are summed up and encrypted at once; larger ones by threads. */
const largestAtOnce = 262_144
/** After so many bytes the disk may begin to write, not only at the end. */
const syncBytes = 67_108_864
/** Files up to this size are made durable in groups. */
const largestOfGroup = 1_048_576

/** A file whose row may or may not be committed: whoever was stopped in between left it behind. */
export interface DoubtfulFile {
  readonly account: string
  readonly id: string
}

/** What is written, and under which key. */
export interface Writing {
  readonly source: AsyncIterable<Uint8Array>
  readonly dataKey: Uint8Array
  readonly sums: readonly ChecksumName[]
  /** Called with the sums of all bytes before they become durable; what it throws undoes the writing. */
  readonly accept: (found: Sums) => void
}

/**
 * Objects' bytes on the file system, encrypted. A file is durable before its row is committed; until
 * then, and while it is being deleted, a link in `in-doubt` remembers it, so that a stop at any moment
 * leaves nothing behind that a sweep would not find.
 */
export class BlobStore {
  readonly #folder: string
  readonly #held = new Map<string, number>()
  readonly #doomed = new Map<string, string>()
  readonly #folders = new Map<string, Promise<void>>()
  readonly #together = new Together()
  readonly #workers = new BodyWorkers()
  /** What waits for the end of a backup. */
  readonly #owed: (() => void)[] = []
  #keepers = 0

  #isPrepared: Promise<void>

  /** `isInUse`: whether the store knows of any bucket; where it does not, what lies in the folder is nobody's. */
  constructor(folder: string, isInUse: Promise<boolean>) {
    this.#folder = folder
    this.#isPrepared = isInUse.then((known) => (known ? undefined : this.#clear()))
    this.#isPrepared.catch(() => {})
  }

  /** Encrypts a body of any size into a new file, durable when this resolves. Nothing is left if the source throws. */
  async write(
    account: string,
    id: string,
    { source, dataKey, sums, accept }: Writing,
  ): Promise<BlobRef> {
    await this.#isPrepared
    await this.#ensure('in-doubt')
    const draft = this.#doubtPath(account, id)
    const folder = join('blobs', id.slice(0, 2))
    await this.#ensure(folder)
    const file = await open(draft, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o600)
    try {
      // Both names come before the bytes: one journal entry makes them durable with the file.
      await link(draft, this.#path(id))
      const { size, found } = await this.#fill(file, fileKey(dataKey, id), { source, sums })
      accept(found)
      const finish = async (): Promise<void> => {
        await file.sync()
        await file.close()
        await syncPath(join(this.#folder, folder))
      }
      // A large file would hold up the small ones of its group.
      await (size > largestOfGroup ? finish() : this.#together.run(finish))
      return { id, size }
    } catch (error) {
      await rm(this.#path(id), { force: true })
      await rm(draft, { force: true })
      await file.close().catch(() => {})
      throw error
    }
  }

  /** The rows of these files are committed: nothing is in doubt any more. */
  settled(account: string, ids: readonly string[]): void {
    this.#whenFree(() => {
      for (const id of ids) unlink(this.#doubtPath(account, id)).catch(ignoreMissing)
    })
  }

  /** Remembers files that a commit is about to leave without a row. */
  async doubt(account: string, ids: readonly string[]): Promise<void> {
    if (ids.length > 0) await this.#ensure('in-doubt')
    for (const id of ids) {
      await link(this.#path(id), this.#doubtPath(account, id)).catch(ignoreKnown)
    }
  }

  /** Deletes files that no row names any more; one that is being read goes when its readers are done. */
  discard(account: string, ids: readonly string[]): void {
    for (const id of ids) {
      if (this.#held.has(id)) this.#doomed.set(id, account)
      else this.#remove(account, id)
    }
  }

  /** Keeps files from being deleted until the returned function is called. */
  hold(ids: readonly string[]): () => void {
    for (const id of ids) this.#held.set(id, (this.#held.get(id) ?? 0) + 1)
    let released = false
    return () => {
      if (!released) for (const id of ids) this.#release(id)
      released = true
    }
  }

  /** Keeps every file, and every doubt, until the returned function is called: while a backup copies them. */
  keepAll(): () => void {
    this.#keepers += 1
    let released = false
    return () => {
      if (!released) this.#keepers -= 1
      released = true
      if (this.#keepers === 0) for (const act of this.#owed.splice(0)) act()
    }
  }

  /**
   * Copies everything into another folder, durably. Files whose rows the database's copy may lack
   * are in doubt there too, by name, so that the sweep of a restored server sorts them out.
   */
  async copyTo(folder: string): Promise<void> {
    await this.#isPrepared
    const doubts = [join(this.#folder, 'in-doubt'), join(folder, 'in-doubt')] as const
    // Before and after: for uploads that fail meanwhile, and for those that begin.
    await copyNames(...doubts)
    await copyBlobs(join(this.#folder, 'blobs'), join(folder, 'blobs'))
    await copyNames(...doubts)
    await syncPath(folder)
  }

  /** Plaintext bytes `from` up to and including `to`. Throws DamagedSegment. */
  async *read(
    { id, size }: BlobRef,
    dataKey: Uint8Array,
    { from, to }: { from: number; to: number },
  ): AsyncGenerator<Buffer> {
    if (to < from) return
    const key = fileKey(dataKey, id)
    const range = segmentsOf(size, from, to)
    const file = await open(this.#path(id), constants.O_RDONLY)
    try {
      let skip = from - range.first * range.plainBytes
      let left = to - from + 1
      const step = Math.floor(batchBytes / range.sealedBytes) * range.sealedBytes
      // What was in it is decrypted when it is read into again.
      const buffer = Buffer.allocUnsafe(Math.min(step, range.end - range.start))
      for (let at = range.start, first = range.first; at < range.end; at += step) {
        const sealed = await readFully(file, at, buffer.subarray(0, range.end - at))
        for (const text of openSegments(key, sealed, first)) {
          const piece = text.subarray(skip, skip + left)
          skip = 0
          left -= piece.length
          first += 1
          yield piece
        }
      }
    } finally {
      await file.close()
    }
  }

  /** The files in doubt that nothing has touched since a time, in milliseconds. */
  async doubtful(sinceMs: number): Promise<DoubtfulFile[]> {
    await this.#isPrepared
    const folder = join(this.#folder, 'in-doubt')
    const names = await readdir(folder).catch(() => [])
    const found: DoubtfulFile[] = []
    for (const name of names) {
      const [account = '', id = ''] = name.split('_')
      const facts = await stat(join(folder, name)).catch(() => undefined)
      if (facts && Math.max(facts.mtimeMs, facts.ctimeMs) < sinceMs) {
        found.push({ account, id })
      }
    }
    return found
  }

  /** Ends the threads that were needed for large bodies. */
  stop(): Promise<void> {
    return this.#workers.stop()
  }

  async #fill(
    file: FileHandle,
    key: KeyObject,
    { source, sums }: Pick<Writing, 'source' | 'sums'>,
  ): Promise<{ readonly size: number; readonly found: Sums }> {
    const begun = await begin(source, largestAtOnce)
    if (!begun.whole) return this.#offload(file, key, { source: begun.source, sums })
    const { whole } = begun
    const running = new PayloadSums(sums)
    running.update(whole)
    const sealer = new SegmentSealer(key)
    const pieces = [...sealer.push(whole), ...sealer.end()]
    if (whole.length > 0) await file.writeFile(Buffer.concat(pieces))
    return { size: whole.length, found: running.finish() }
  }

  async #offload(
    file: FileHandle,
    key: KeyObject,
    { source, sums }: Pick<Writing, 'source' | 'sums'>,
  ): Promise<{ readonly size: number; readonly found: Sums }> {
    const body = this.#workers.begin(sums, { fd: file.fd, key })
    let size = 0
    let synced = 0
    let syncing: Promise<void> | undefined
    try {
      for await (const bytes of source) {
        size += bytes.length
        await body.take(bytes)
        if (size - synced < syncBytes || syncing) continue
        synced = size
        syncing = file.datasync().finally(() => (syncing = undefined))
        // What fails here fails again at the end.
        syncing.catch(() => {})
      }
      return { size, found: await body.finish() }
    } catch (error) {
      await body.cancel()
      throw error
    } finally {
      await syncing?.catch(() => {})
    }
  }

  #whenFree(act: () => void): void {
    if (this.#keepers > 0) this.#owed.push(act)
    else act()
  }

  async #clear(): Promise<void> {
    await rm(join(this.#folder, 'blobs'), { recursive: true, force: true })
    await rm(join(this.#folder, 'in-doubt'), { recursive: true, force: true })
  }

  #remove(account: string, id: string): void {
    this.#whenFree(() => {
      unlink(this.#path(id))
        .catch(ignoreMissing)
        .then(() => unlink(this.#doubtPath(account, id)))
        .catch(ignoreMissing)
    })
  }

  #release(id: string): void {
    const count = (this.#held.get(id) ?? 1) - 1
    if (count > 0) {
      this.#held.set(id, count)
      return
    }
    this.#held.delete(id)
    const account = this.#doomed.get(id)
    if (account === undefined) return
    this.#doomed.delete(id)
    this.#remove(account, id)
  }

  /** Folders are made once, and durable before anything is in them. */
  #ensure(name: string): Promise<void> {
    let made = this.#folders.get(name)
    if (!made) {
      const path = join(this.#folder, name)
      made = mkdir(path, { recursive: true, mode: 0o700 })
        .then(() => syncPath(join(path, '..')))
        .catch((error: unknown) => {
          this.#folders.delete(name)
          throw error
        })
      this.#folders.set(name, made)
    }
    return made
  }

  #path(id: string): string {
    return join(this.#folder, 'blobs', id.slice(0, 2), id)
  }

  #doubtPath(account: string, id: string): string {
    return join(this.#folder, 'in-doubt', `${account}_${id}`)
  }
}

async function readFully(file: FileHandle, at: number, buffer: Buffer): Promise<Buffer> {
  let done = 0
  while (done < buffer.length) {
    const { bytesRead } = await file.read(buffer, done, buffer.length - done, at + done)
    if (bytesRead === 0) break
    done += bytesRead
  }
  return buffer.subarray(0, done)
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}

function ignoreMissing(error: unknown): void {
  if (!hasCode(error, 'ENOENT')) throw error
}

function ignoreKnown(error: unknown): void {
  if (!hasCode(error, 'EEXIST') && !hasCode(error, 'ENOENT')) throw error
}
