import type { ServiceFiles } from '../../../kernel/backup.ts'
import { defineRuntime, type RuntimeHost } from '../../../kernel/runtime.ts'
import { scopeOf, type Table } from '../../../kernel/store/store.ts'
import { buckets, manifests, objects, parts, versions } from '../store.ts'
import { BlobStore, type DoubtfulFile } from './blob-store.ts'

/** Files in doubt that have not moved for so long are taken for left behind. */
const doubtAgeMs = 15 * 60_000
const sweepEveryMs = 60 * 60_000

/** The blob store of a server, with its sweeper. */
export interface BlobRuntime {
  readonly blobs: BlobStore
  /** Deletes files in doubt that no row names, but those that were touched since a time in milliseconds. */
  sweep(sinceMs: number): Promise<void>
}

interface Sweeping extends BlobRuntime {
  stop(): Promise<void>
}

const naming: readonly Table<object>[] = [
  objects,
  versions,
  manifests,
  parts,
] as unknown as Table<object>[]

/** The files of S3's objects, under the data directory. */
export const blobRuntime = defineRuntime<Sweeping>(
  's3',
  (host) => startBlobs(host),
  (runtime) => runtime.stop(),
)

/** Objects in a backup. */
export const objectFiles: ServiceFiles = {
  keepAll: (runtimes) => runtimes.of(blobRuntime).blobs.keepAll(),
  copyTo: (runtimes, folder) => runtimes.of(blobRuntime).blobs.copyTo(folder),
}

function startBlobs(host: RuntimeHost): Sweeping {
  const { kernel } = host
  const blobs = new BlobStore(host.folder(), hasBuckets(host))
  const sweep = async (sinceMs: number): Promise<void> => {
    for (const file of await blobs.doubtful(sinceMs)) {
      if (await isNamed(host, file)) blobs.settled(file.account, [file.id])
      else blobs.discard(file.account, [file.id])
    }
  }
  let cancel = () => {}
  const watched = (work: Promise<void>): Promise<void> =>
    work.catch((error: unknown) => kernel.log.error({ err: error }, 'sweeping objects failed'))
  const aged = (): number => kernel.clock.machine().getTime() - doubtAgeMs
  // Nothing from before the start is under way, unless other nodes share the folder.
  const atStart = kernel.store.isShared ? aged() : kernel.clock.machine().getTime()
  let running = watched(sweep(atStart))
  const again = (): void => {
    cancel = kernel.clock.after(sweepEveryMs, () => {
      running = watched(sweep(aged())).then(again)
    })
  }
  again()
  return {
    blobs,
    sweep,
    async stop() {
      cancel()
      await running
      cancel()
      await blobs.stop()
    },
  }
}

async function isNamed({ kernel }: RuntimeHost, { account, id }: DoubtfulFile): Promise<boolean> {
  for (const table of naming) {
    const scope = scopeOf(table.scope, account, '')
    const rows = await kernel.store.list(table, scope, { index: 'blob', equals: id, limit: 1 })
    if (rows.length > 0) return true
  }
  return false
}

async function hasBuckets({ kernel }: RuntimeHost): Promise<boolean> {
  return (await kernel.store.list(buckets, '-', { limit: 1 })).length > 0
}
