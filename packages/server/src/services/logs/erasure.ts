import type { Task } from '../../kernel/tasks.ts'
import { batches, logStreams } from './store.ts'

const batchesAtATime = 200

/** What is to be erased: a deleted group, or one deleted stream of a group. */
export interface Erasure {
  readonly groupId: string
  readonly streamId?: string
}

/** Erases what a deleted group or stream held, some rows at a time. */
export const eraseTask: Task<Erasure> = {
  name: 'logs.erase',
  async run(ctx, { groupId, streamId }) {
    const events = ctx.store.table(batches)
    const query =
      streamId === undefined
        ? { prefix: `${groupId}|` }
        : { index: 'stream', from: `${streamId}|`, upTo: `${streamId}|~` }
    const rows = await events.list({ ...query, limit: batchesAtATime })
    for (const { key } of rows) events.delete(key)
    if (streamId === undefined) {
      const streams = ctx.store.table(logStreams)
      const found = await streams.list({ prefix: `${groupId}|`, limit: batchesAtATime })
      for (const { key } of found) streams.delete(key)
      if (found.length === batchesAtATime) return { retryAt: ctx.now }
    }
    return rows.length === batchesAtATime ? { retryAt: ctx.now } : undefined
  },
}
