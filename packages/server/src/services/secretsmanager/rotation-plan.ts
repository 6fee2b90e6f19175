import type { Context } from '../../kernel/context.ts'
import { isBad, readRules } from './rotation-schedule.ts'
import type { SecretRotation, SecretRow } from './store.ts'

/** The job that rotates a secret when its window opens; its subject is the secret's name. */
export const rotateJobName = 'secretsmanager.rotate'

type Place = Pick<SecretRow, 'name' | 'account' | 'region'>

/** A rotation with its next window, counted from a last rotation now; the job is set to it. */
export function planned(
  ctx: Context,
  secret: Place,
  rotation: SecretRotation,
  now: Date = ctx.now,
): SecretRotation {
  const { nextAt: _nextAt, nextBefore: _nextBefore, ...rest } = rotation
  const { name, account, region } = secret
  const schedule = readRules(rotation.rules ?? {})
  const next = rotation.enabled && !isBad(schedule) ? schedule.next(now, now) : undefined
  if (!next) {
    unplan(ctx, secret)
    return rest
  }
  ctx.schedule.at({ name: rotateJobName }, name, next.opens, { account, region })
  return { ...rest, nextAt: next.opens.toISOString(), nextBefore: next.closes.toISOString() }
}

/** Takes the job back. */
export function unplan(ctx: Context, { name, account, region }: Place): void {
  ctx.schedule.cancel({ name: rotateJobName }, name, { account, region })
}
