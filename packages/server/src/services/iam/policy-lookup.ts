import type { Policy } from '@aws-sdk/client-iam'
import type { Context } from '../../kernel/context.ts'
import {
  awsManagedPolicy,
  type AwsManagedPolicyFacts,
} from '../../kernel/identity/managed-policies/index.ts'
import {
  groups,
  managedPolicies,
  roles,
  users,
  type GroupRow,
  type ManagedPolicyRow,
  type RoleRow,
  type UserRow,
} from '../../kernel/identity/tables.ts'
import { noSuchEntity } from './errors.ts'
import { allRows } from './paging.ts'
import { someTags } from './tags.ts'
import { wholeSecond } from './shapes.ts'

/** A managed policy of the caller's account or of AWS. */
export async function findPolicy(arn: string, ctx: Context): Promise<ManagedPolicyRow | undefined> {
  return awsManagedPolicy(arn) ?? (await ctx.store.table(managedPolicies).get(arn))
}

/** A managed policy that a call names, for `resolve`. */
export interface SoughtPolicy {
  readonly arn: string
  readonly row: ManagedPolicyRow | undefined
}

/** `resolve` of operations that name a managed policy. */
export async function seekPolicy(
  input: { PolicyArn?: string | undefined },
  ctx: Context,
): Promise<SoughtPolicy> {
  const arn = input.PolicyArn ?? ''
  return { arn, row: await findPolicy(arn, ctx) }
}

/** The policy, or NoSuchEntity. */
export function existingPolicy(sought: SoughtPolicy): ManagedPolicyRow {
  if (sought.row) return sought.row
  throw noSuchEntity(`Policy ${sought.arn} was not found.`)
}

/** Whether a policy is AWS's own. */
export const isAwsManaged = (arn: string): boolean => arn.startsWith('arn:aws:iam::aws:')

/** The users, groups and roles a policy is attached to, or (as `boundary`) bounds. */
export interface PolicyUses {
  readonly users: readonly UserRow[]
  readonly groups: readonly GroupRow[]
  readonly roles: readonly RoleRow[]
}

/** Which entities a policy is attached to. */
export async function attachmentsOf(arn: string, ctx: Context): Promise<PolicyUses> {
  const query = { index: 'policy', equals: arn }
  const [inUsers, inGroups, inRoles] = await Promise.all([
    ctx.store.table(users).list(query),
    ctx.store.table(groups).list(query),
    ctx.store.table(roles).list(query),
  ])
  return {
    users: inUsers.map(({ value }) => value),
    groups: inGroups.map(({ value }) => value),
    roles: inRoles.map(({ value }) => value),
  }
}

/** Which entities a policy bounds. */
export async function boundedBy(arn: string, ctx: Context): Promise<PolicyUses> {
  const query = { index: 'boundary', equals: arn }
  const [inUsers, inRoles] = await Promise.all([
    ctx.store.table(users).list(query),
    ctx.store.table(roles).list(query),
  ])
  return {
    users: inUsers.map(({ value }) => value),
    groups: [],
    roles: inRoles.map(({ value }) => value),
  }
}

/** How many entities there are. */
export function countUses(uses: PolicyUses): number {
  return uses.users.length + uses.groups.length + uses.roles.length
}

/** How often each policy of the account is attached, and how often it is a boundary, in one pass. */
export interface UseCounts {
  readonly attached: ReadonlyMap<string, number>
  readonly bounding: ReadonlyMap<string, number>
}

/** Counts the uses of all policies at once, for listings. */
export async function countAllUses(ctx: Context): Promise<UseCounts> {
  const attached = new Map<string, number>()
  const bounding = new Map<string, number>()
  const [userRows, groupRows, roleRows] = await Promise.all([
    allRows(ctx.store.table(users)),
    allRows(ctx.store.table(groups)),
    allRows(ctx.store.table(roles)),
  ])
  for (const { attachedPolicies } of [...userRows, ...groupRows, ...roleRows]) {
    for (const arn of attachedPolicies) attached.set(arn, (attached.get(arn) ?? 0) + 1)
  }
  for (const { boundary } of [...userRows, ...roleRows]) {
    if (boundary !== undefined) bounding.set(boundary, (bounding.get(boundary) ?? 0) + 1)
  }
  return { attached, bounding }
}

/** A policy as listings show it, given its uses. */
export function policyListed(
  policy: AwsManagedPolicyFacts,
  attachmentCount: number,
  boundaryCount: number,
): Policy {
  return {
    PolicyName: policy.name,
    PolicyId: policy.id,
    Arn: policy.arn,
    Path: policy.path,
    DefaultVersionId: policy.defaultVersion,
    AttachmentCount: attachmentCount,
    PermissionsBoundaryUsageCount: boundaryCount,
    IsAttachable: true,
    CreateDate: wholeSecond(policy.createdAt),
    UpdateDate: wholeSecond(policy.updatedAt),
  }
}

/** A policy as GetPolicy and CreatePolicy show it. */
export async function policyOut(policy: ManagedPolicyRow, ctx: Context): Promise<Policy> {
  const attached = countUses(await attachmentsOf(policy.arn, ctx))
  const bounding = countUses(await boundedBy(policy.arn, ctx))
  return {
    ...policyListed(policy, attached, bounding),
    ...(policy.description !== undefined && { Description: policy.description }),
    ...someTags(policy.tags),
  }
}
