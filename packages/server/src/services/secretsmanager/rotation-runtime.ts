import { auditRecords, Draft } from '../../kernel/audit.ts'
import type { Cancel } from '../../kernel/clock.ts'
import type { Context } from '../../kernel/context.ts'
import type { Kernel } from '../../kernel/kernel.ts'
import { defineRuntime } from '../../kernel/runtime.ts'
import { serviceContext, settle } from '../../kernel/settle.ts'
import { rowOf, scopeOf } from '../../kernel/store/store.ts'
import { beginWork } from '../../kernel/unit-of-work.ts'
import { secrets } from './store.ts'
import type { SecretRow } from './store.ts'

const eventSource = 'secretsmanager.amazonaws.com'
const maxConflicts = 20
/** How long a rotation is waited for, in milliseconds: other jobs wait with it. */
const longestWaitMs = 60_000

/** Where a secret is. */
export interface SecretPlace {
  readonly account: string
  readonly region: string
  readonly name: string
}

/** What rotations need beside the unit of work that they are in. */
class Rotations {
  readonly #kernel: Kernel
  readonly #waiting = new Map<string, (() => void)[]>()
  #isStopping = false

  constructor(kernel: Kernel) {
    this.#kernel = kernel
  }

  /** A secret as it is now: reading it so does not tie the unit of work to it. */
  async current({ account, region, name }: SecretPlace): Promise<SecretRow | undefined> {
    const scope = scopeOf(secrets.scope, account, region)
    return (await rowOf(this.#kernel.store, secrets, scope, name))?.value
  }

  /** Does something to a secret in a unit of work of its own, committed when it resolves. */
  async apply<Result>(
    place: SecretPlace,
    change: (ctx: Context) => Promise<Result>,
  ): Promise<Result> {
    const kernel = this.#kernel
    for (let conflict = 1; ; conflict++) {
      const work = beginWork(kernel.store, place.account, place.region)
      const draft = new Draft()
      const ctx = serviceContext(kernel, { ...place, service: eventSource }, work, draft)
      const result = await change(ctx)
      const facts = { ...ctx, eventSource, eventName: 'RotateSecret' }
      try {
        await settle(kernel, work, auditRecords(facts, draft, undefined))
        return result
      } catch (error) {
        if (!kernel.isConflict(error) || conflict >= maxConflicts) throw error
        await kernel.store.fresh()
      }
    }
  }

  /** Says why a step failed, to the operator: callers only learn that it did. */
  failed(secret: string, step: string, reason: string): void {
    this.#kernel.log.warn({ secret, step, reason }, 'a step of a rotation failed')
  }

  /** Whether somebody may be moving the clock, job by job, which production mode refuses. */
  get mayBeMoved(): boolean {
    return this.#kernel.development
  }

  /** Resolves when a secret's rotation has come to its end, well or badly. */
  async ended(arn: string): Promise<void> {
    if (this.#isStopping) return
    let cancel: Cancel | undefined
    await new Promise<void>((resolve) => {
      this.#waiting.set(arn, [...(this.#waiting.get(arn) ?? []), resolve])
      cancel = this.#kernel.clock.after(longestWaitMs, resolve)
    })
    cancel?.()
  }

  /** Tells those who wait for a rotation's end. */
  end(arn: string): void {
    for (const resolve of this.#waiting.get(arn) ?? []) resolve()
    this.#waiting.delete(arn)
  }

  /** Lets go of everybody who waits. */
  stopping(): void {
    this.#isStopping = true
    for (const arn of this.#waiting.keys()) this.end(arn)
  }
}

/** The rotations of this server. */
export const rotations = defineRuntime('secretsmanager.rotations', ({ kernel, onStopping }) => {
  const instance = new Rotations(kernel)
  onStopping(() => instance.stopping())
  return instance
})
