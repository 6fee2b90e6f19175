import type { Task } from '../../kernel/tasks.ts'
import { databaseHost } from './database-host.ts'
import { snapshotsOf, type SnapshotKind } from './snapshot-making.ts'

const elsewhereMs = 1_000

/** Removes the files of a snapshot that is gone, on the node that has them. */
export const removeFilesTask: Task<{ node: string; fileId: string }> = {
  name: 'rds.remove-files',
  run(ctx, { node, fileId }) {
    const host = ctx.runtime(databaseHost)
    if (node !== host.node()) {
      return Promise.resolve({ retryAt: new Date(ctx.now.getTime() + elsewhereMs) })
    }
    host.removeSnapshot(fileId)
    return Promise.resolve(undefined)
  },
}

/** Copies the files of a snapshot for another one. */
export const copyTask: Task<{ kind: SnapshotKind; from: string; identifier: string }> = {
  name: 'rds.copy-files',
  async run(ctx, { kind, from, identifier }) {
    const table = ctx.store.table(snapshotsOf(kind))
    const row = await table.get(identifier)
    if (!row) return undefined
    const host = ctx.runtime(databaseHost)
    if (row.node !== host.node()) return { retryAt: new Date(ctx.now.getTime() + elsewhereMs) }
    await host.copySnapshot(from, row.fileId)
    table.put(identifier, { ...row, status: 'available', percent: 100 })
    return undefined
  },
}
