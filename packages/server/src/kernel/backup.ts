import { existsSync, mkdirSync } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Config } from '../config.ts'
import { backupTarget } from './backup-place.ts'
import { commonError } from './errors.ts'
import type { Kernel } from './kernel.ts'
import type { Runtimes } from './runtime.ts'
import type { Service } from './service.ts'

/** What a service keeps in files beside the store, in a folder named after it: a part of every backup. */
export interface ServiceFiles {
  /** Keeps every file, whatever is deleted meanwhile, until the returned function is called. */
  keepAll(runtimes: Runtimes): () => void
  /** Copies the files, durably, into a folder that is laid out as the service's own. */
  copyTo(runtimes: Runtimes, folder: string): Promise<void>
}

/** The servers that are being backed up: one backup at a time. */
const running = new WeakSet<Kernel>()

/** Where the files of a backup lie, beside the copy of the database. */
export function filesOf(path: string): string {
  return `${path}.files`
}

/**
 * Copies the database and then the files that its rows name, while the server serves. A file is
 * durable before a row names it, and while this runs none is deleted, so the files that are there
 * when the database is copied are there when the files are. Throws where a copy exists already.
 */
export async function backUp(kernel: Kernel, config: Config, wanted: unknown): Promise<string> {
  const path = backupTarget(config.backupDir, wanted)
  const files = filesOf(path)
  const draft = `${files}.partial`
  if ([path, files].some((each) => existsSync(each))) {
    throw commonError('AlreadyExistsException', `${path} exists`, 409)
  }
  if (running.has(kernel)) throw commonError('Conflict', 'another backup is under way', 409)
  running.add(kernel)
  const keepers = await filesInUse(kernel, config).catch((error: unknown) => {
    running.delete(kernel)
    throw error
  })
  const releases = keepers.map(({ keep }) => keep.keepAll(kernel.runtimes))
  try {
    // What an earlier one left that was killed.
    await rm(draft, { recursive: true, force: true })
    if (keepers.length > 0) mkdirSync(draft, { mode: 0o700 })
    await kernel.store.backup(path)
    for (const { id, keep } of keepers) await keep.copyTo(kernel.runtimes, join(draft, id))
    if (keepers.length > 0) await rename(draft, files)
  } catch (error) {
    await rm(draft, { recursive: true, force: true })
    await rm(path, { force: true })
    throw error
  } finally {
    for (const release of releases) release()
    running.delete(kernel)
  }
  return path
}

interface Keeper {
  readonly id: string
  readonly keep: ServiceFiles
}

async function filesInUse({ services }: Kernel, { dataDir }: Config): Promise<Keeper[]> {
  const found: Keeper[] = []
  for (const { id } of services.entries) {
    let service: Service | undefined = services.loaded(id)
    if (!service && existsSync(join(dataDir, id))) service = await services.load(id)
    if (service?.files) found.push({ id, keep: service.files })
  }
  return found
}
