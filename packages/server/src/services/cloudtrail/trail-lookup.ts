import type { Context, Tables } from '../../kernel/context.ts'
import { memberships, organizationControls } from '../../kernel/identity/organization-tables.ts'
import { partitionOf } from '../../kernel/partition.ts'
import type { Access } from '../../kernel/service.ts'
import { resourceTagConditions } from '../../kernel/tag-conditions.ts'
import { trailNotFound, wrongRegion, checkTrailName } from './trail-errors.ts'
import { trailKey, trails } from './trail-store.ts'
import type { TrailRow } from './trail-store.ts'

/** A trail's ARN. */
export function trailArn(
  { account, region }: { readonly account: string; readonly region: string },
  name: string,
): string {
  return `arn:${partitionOf(region)}:cloudtrail:${region}:${account}:trail/${name}`
}

/** The account in a trail's ARN. */
export function ownerOf({ arn }: Pick<TrailRow, 'arn'>): string {
  return arn.split(':')[4] ?? ''
}

/** The management account of the caller's organization, when the caller's account is a member only. */
async function managementOf(ctx: Context): Promise<string | undefined> {
  const member = await ctx.store.table(memberships).get(ctx.account)
  if (!member) return undefined
  const organization = await ctx.store.table(organizationControls).get(member.organizationId)
  const account = organization?.managementAccount
  return account === ctx.account ? undefined : account
}

/** Every trail that bears on the account: its own, and its organization's. */
export async function allTrails(ctx: Context): Promise<readonly TrailRow[]> {
  const own = await ctx.store.table(trails).list()
  const management = await managementOf(ctx)
  const theirs =
    management === undefined ? [] : await ctx.store.at({ account: management }).table(trails).list()
  const ofOrganization = theirs.filter(({ value }) => value.organizationId !== undefined)
  return [...own, ...ofOrganization].map(({ value }) => value)
}

/** The trails that are seen in a Region: those at home there, and multi-Region ones. */
export function seenIn(region: string, { homeRegion, isMultiRegion }: TrailRow): boolean {
  return homeRegion === region || isMultiRegion
}

/** A trail by its name or ARN, as seen from the caller's Region; undefined when there is none. */
export async function seekTrail(ctx: Context, reference: string): Promise<TrailRow | undefined> {
  const all = await allTrails(ctx)
  if (reference.startsWith('arn:')) return all.find(({ arn }) => arn === reference)
  const named = all.filter((trail) => trail.name === reference && seenIn(ctx.region, trail))
  return named.find(({ homeRegion }) => homeRegion === ctx.region) ?? named[0]
}

/** A trail that must be there. Throws TrailNotFoundException. */
export async function findTrail(ctx: Context, reference: string | undefined): Promise<TrailRow> {
  const name = reference ?? ''
  if (!name.startsWith('arn:')) checkTrailName(name)
  const trail = await seekTrail(ctx, name)
  if (trail) return trail
  throw trailNotFound(name.startsWith('arn:') ? name : trailArn(ctx, name), ctx.account)
}

/** A trail that the caller is about to change. Throws InvalidHomeRegionException away from its home. */
export async function ownTrail(ctx: Context, reference: string | undefined): Promise<TrailRow> {
  const trail = await findTrail(ctx, reference)
  if (ownerOf(trail) !== ctx.account) throw trailNotFound(trail.arn, ctx.account)
  if (trail.homeRegion !== ctx.region) throw wrongRegion(trail.arn, trail.homeRegion)
  return trail
}

/** The permission for an operation on a trail. */
export function trailAccess(ctx: Context, trail: Pick<TrailRow, 'arn' | 'tags'>): Access {
  const accountId = ownerOf(trail)
  ctx.audit.resource({ ARN: trail.arn, accountId, type: 'AWS::CloudTrail::Trail' })
  return { resource: trail.arn, conditions: resourceTagConditions(trail.tags) }
}

/** The tables of the account that owns a trail. */
export function tablesOf(ctx: Context, trail: TrailRow): Tables {
  return ctx.store.at({ account: ownerOf(trail) })
}

/** Replaces a trail's row. */
export function putTrail(ctx: Context, trail: TrailRow): void {
  tablesOf(ctx, trail).table(trails).put(trailKey(trail), trail)
}
