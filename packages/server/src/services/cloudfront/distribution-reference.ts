import type { Context } from '../../kernel/context.ts'
import type { Access } from '../../kernel/service.ts'
import { resourceTagConditions } from '../../kernel/tag-conditions.ts'
import { invalidIfMatch, noSuchDistribution, preconditionFailed } from './errors.ts'
import { distributions, type DistributionRow } from './store.ts'

/** A distribution that a request names, whether it exists or not. */
export interface DistributionSubject {
  readonly id: string
  readonly row: DistributionRow | undefined
}

/** A distribution's ARN. */
export function distributionArn(account: string, id: string): string {
  return `arn:aws:cloudfront::${account}:distribution/${id}`
}

/** Finds a distribution of the caller's account. */
export async function seekDistribution(ctx: Context, id = ''): Promise<DistributionSubject> {
  return { id, row: await ctx.store.table(distributions).get(id) }
}

/** The permission that a call on a distribution needs. */
export function distributionAccess(
  ctx: Context,
  { id, row }: DistributionSubject,
  conditions: NonNullable<Access['conditions']> = {},
): Access {
  return {
    resource: distributionArn(ctx.account, id),
    conditions: { ...resourceTagConditions(row?.tags), ...conditions },
  }
}

/** The row of a distribution. Throws NoSuchDistribution. */
export function required({ row }: DistributionSubject): DistributionRow {
  if (!row) throw noSuchDistribution()
  return row
}

/** The row, if it is still the version that the caller knows. Throws InvalidIfMatchVersion and PreconditionFailed. */
export function atVersion(
  subject: DistributionSubject,
  ifMatch: string | undefined,
): DistributionRow {
  const row = required(subject)
  if (ifMatch === undefined || ifMatch === '') throw invalidIfMatch()
  if (ifMatch !== row.etag) throw preconditionFailed()
  return row
}

/** An id as CloudFront makes them: `E` and thirteen capitals and digits. */
export const newId = (ctx: Context, prefix = 'E'): string => ctx.ids.unique(prefix, 13)
