import type { Context } from './context.ts'

/** Work that becomes due at a time: a rotation, a deletion, an expiry. */
export interface Job {
  /** Unique over the installation: `kms.rotate`. */
  readonly name: string
  /**
   * Does the work, as the service itself, in the account and Region that scheduled it, with `ctx.now`
   * at the due time. What it writes commits together with the removal of the due entry.
   */
  readonly run: (ctx: Context, subject: string) => Promise<void>
}

/** Schedules work by name; one entry per (job, subject): scheduling again moves it. */
export interface Schedule {
  at(job: Pick<Job, 'name'>, subject: string, due: Date, other?: OtherPlace): void
  cancel(job: Pick<Job, 'name'>, subject: string, other?: OtherPlace): void
}

/** Where the work is to run, when it is not the caller's account and Region. */
export interface OtherPlace {
  readonly account?: string
  readonly region?: string
}
