import type { Context, TableView } from '../../kernel/context.ts'
import type { Access } from '../../kernel/service.ts'
import { requestTagConditions, resourceTagConditions } from '../../kernel/tag-conditions.ts'
import { entityArn, entityKey, entityNamed } from './arns.ts'
import {
  associated,
  duplicate,
  invalidParameter,
  limitExceeded,
  lockLost,
  nonexistent,
  reasons,
} from './errors.ts'
import { entities, foreignUses, type EntityRow, type Kind, type WafScope } from './store.ts'
import { tagMap } from './tagging.ts'
import type { Tag } from '@aws-sdk/client-wafv2'

/** How requests name an entity. */
export interface Naming {
  readonly Name?: string | undefined
  readonly Scope?: string | undefined
  readonly Id?: string | undefined
  readonly ARN?: string | undefined
}

/** The entity that a request names, whether it exists or not. */
export interface EntitySubject {
  readonly arn: string
  readonly row: EntityRow | undefined
}

/** Refuses scopes that this Region does not have. Throws WAFInvalidParameterException. */
export function checkedScope(ctx: Context, scope: string | undefined): WafScope {
  if (scope === 'CLOUDFRONT' && ctx.region !== 'us-east-1') {
    throw invalidParameter('SCOPE_VALUE', scope, reasons.scope)
  }
  return scope === 'CLOUDFRONT' ? scope : 'REGIONAL'
}

/** The entities of the caller's place. */
export function entityTable(ctx: Context): TableView<EntityRow> {
  return ctx.store.table(entities)
}

/** Finds an entity of the caller's account by its name, scope and id, or by its ARN. */
export async function seekEntity(kind: Kind, naming: Naming, ctx: Context): Promise<EntitySubject> {
  const { Name = '', Id = '', ARN } = naming
  if (ARN !== undefined && naming.Name === undefined) return seekByArn(ctx, ARN, kind)
  const scope = checkedScope(ctx, naming.Scope)
  const row = await entityTable(ctx).get(entityKey({ kind, scope, name: Name }))
  const { account, region } = ctx
  const arn = entityArn({ kind, scope, account, region, name: Name, id: Id })
  return { arn, row: row?.id === Id ? row : undefined }
}

/** Finds an entity of the caller's account by its ARN. Throws WAFInvalidParameterException for what is no ARN of that kind. */
export async function seekByArn(ctx: Context, arn: string, kind?: Kind): Promise<EntitySubject> {
  const named = entityNamed(arn)
  if (!named || (kind !== undefined && named.kind !== kind)) {
    throw invalidParameter('RESOURCE_ARN', arn, reasons.arn)
  }
  if (named.account !== ctx.account) return { arn, row: undefined }
  const table = ctx.store.at({ region: named.region }).table(entities)
  const row = await table.get(entityKey(named))
  return { arn, row: row?.arn === arn ? row : undefined }
}

/** The permission for a call on an entity. */
export function entityAccess(
  { arn, row }: EntitySubject,
  conditions: NonNullable<Access['conditions']> = {},
): Access {
  return { resource: arn, conditions: { ...resourceTagConditions(row?.tags), ...conditions } }
}

/** The row of an entity. Throws WAFNonexistentItemException. */
export function required({ row }: EntitySubject): EntityRow {
  if (!row) throw nonexistent()
  return row
}

/** The row of an entity whose lock token the caller knows. Throws WAFOptimisticLockException. */
export function unlocked(subject: EntitySubject, lockToken: string | undefined): EntityRow {
  const row = required(subject)
  if (row.lockToken !== lockToken) throw lockLost()
  return row
}

/** A new entity's id and ARN, for `resolve`: so that the permission can be asked for before it is made. */
export function newEntity(kind: Kind, { Name = '', Scope }: Naming, ctx: Context): EntityRow {
  const scope = checkedScope(ctx, Scope)
  const { account, region } = ctx
  const id = ctx.ids.uuid()
  return {
    kind,
    name: Name,
    id,
    arn: entityArn({ kind, scope, account, region, name: Name, id }),
    account,
    scope,
    lockToken: ctx.ids.uuid(),
    definition: '{}',
    uses: [],
    tags: {},
  }
}

/** The permission for making an entity. */
export function creation({ arn }: EntityRow, tags: readonly Tag[] | undefined): Access {
  return { resource: arn, conditions: requestTagConditions(tagMap(tags)) }
}

/** AWS's default quotas of an account in a Region, per scope (https://docs.aws.amazon.com/waf/latest/developerguide/limits.html). */
const quotas: Readonly<Record<Kind, number>> = {
  webacl: 100,
  rulegroup: 100,
  ipset: 100,
  regexpatternset: 10,
  managedruleset: 100,
}

/** Writes a new entity. Throws WAFDuplicateItemException and WAFLimitsExceededException. */
export async function addEntity(ctx: Context, row: EntityRow): Promise<void> {
  const table = entityTable(ctx)
  const key = entityKey(row)
  if (await table.get(key)) throw duplicate()
  const others = await table.list({ prefix: `${row.kind}/${row.scope}/` })
  if (others.length >= quotas[row.kind]) throw limitExceeded()
  table.put(key, row)
  noteForeignUses(ctx, row, [])
}

/** Writes an entity anew under another lock token, which is answered. */
export function replaceEntity(
  ctx: Context,
  before: EntityRow,
  row: Omit<EntityRow, 'lockToken'>,
): string {
  const lockToken = ctx.ids.uuid()
  const replaced = { ...row, lockToken }
  entityTable(ctx).put(entityKey(row), replaced)
  noteForeignUses(ctx, replaced, before.uses)
  return lockToken
}

/** Removes an entity that nothing refers to. Throws WAFAssociatedItemException. */
export async function removeEntity(ctx: Context, row: EntityRow): Promise<void> {
  const table = entityTable(ctx)
  const users = await table.list({ index: 'uses', equals: row.arn, limit: 1 })
  if (users.length > 0) throw associated()
  const foreign = await ctx.store.table(foreignUses).list({ prefix: `${row.arn} `, limit: 1 })
  if (foreign.length > 0) throw associated()
  table.delete(entityKey(row))
  noteForeignUses(ctx, { ...row, uses: [] }, row.uses)
}

function noteForeignUses(ctx: Context, row: EntityRow, before: readonly string[]): void {
  const change = (arn: string, isUsed: boolean): void => {
    const named = entityNamed(arn)
    if (!named || named.account === row.account) return
    const { account, region } = named
    const table = ctx.store.at({ account, region }).table(foreignUses)
    if (isUsed) table.put(`${arn} ${row.arn}`, { arn, user: row.arn })
    else table.delete(`${arn} ${row.arn}`)
  }
  for (const arn of before) if (!row.uses.includes(arn)) change(arn, false)
  for (const arn of row.uses) if (!before.includes(arn)) change(arn, true)
}
