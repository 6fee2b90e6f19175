import type { Job } from '../../kernel/jobs.ts'
import { changeOwner } from './owners.ts'
import { databases } from './store.ts'
import { enqueueWork, powerTask } from './work.ts'

/** Starts a server that was stopped seven days ago, as AWS does. */
export const startAgainJob: Job = {
  name: 'rds.start-again',
  async run(ctx, id) {
    const row = await ctx.store.table(databases).get(id)
    if (!row || row.isWanted) return
    await changeOwner(ctx, row, { status: 'starting' })
    enqueueWork(ctx, powerTask, { id, to: 'start' })
  },
}
