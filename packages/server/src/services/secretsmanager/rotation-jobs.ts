import type { Context } from '../../kernel/context.ts'
import type { Job } from '../../kernel/jobs.ts'
import { planned, rotateJobName } from './rotation-plan.ts'
import { retryJobName } from './rotation-retry.ts'
import { rotations } from './rotation-runtime.ts'
import { begin, resume } from './rotation-state.ts'
import { secrets } from './store.ts'
import type { SecretRow } from './store.ts'

/** What a job does to a secret: whether a rotation began, in a unit of work of its own. */
type Doing = (ctx: Context, row: SecretRow, at: Date) => boolean

/**
 * Does it, and where the clock can be moved waits for the rotation's end, so that a year moved over in
 * one go has all its rotations one after another.
 */
async function run(ctx: Context, name: string, doing: Doing): Promise<void> {
  const { account, region, now: at } = ctx
  const runtime = ctx.runtime(rotations)
  let ended: Promise<void> | undefined
  await runtime.apply({ account, region, name }, async (own) => {
    const row = await own.store.table(secrets).get(name)
    if (!row || row.deletion || row.primaryRegion !== undefined) return
    if (doing(own, row, at) && runtime.mayBeMoved) ended ??= runtime.ended(row.arn)
  })
  await ended
}

/** Rotates a secret whose window has opened; one under way is tried again if it has failed. */
const rotateJob: Job = {
  name: rotateJobName,
  run: (ctx, name) =>
    run(ctx, name, (own, row, at) => {
      const { rotation } = row
      if (!rotation?.enabled) return false
      const next = { ...row, rotation: planned(own, row, rotation, at) }
      const subject = { row: next, tables: own.store }
      if (rotation.running && !rotation.running.isWaiting) {
        own.store.table(secrets).put(row.name, next)
        return false
      }
      if (rotation.running) resume(own, subject, at)
      else begin(own, subject, { token: own.ids.uuid(), at })
      return true
    }),
}

/** Tries a failed rotation again. */
const retryJob: Job = {
  name: retryJobName,
  run: (ctx, name) =>
    run(ctx, name, (own, row, at) => {
      if (!row.rotation?.running?.isWaiting) return false
      resume(own, { row, tables: own.store }, at)
      return true
    }),
}

/** The jobs of rotation. */
export const rotationJobs: readonly Job[] = [rotateJob, retryJob]
