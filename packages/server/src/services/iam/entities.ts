import type { Context } from '../../kernel/context.ts'
import {
  groups,
  roles,
  users,
  type GroupRow,
  type PolicyHolder,
  type RoleRow,
  type TagRow,
  type UserRow,
} from '../../kernel/identity/tables.ts'
import type { Access } from '../../kernel/service.ts'
import type { Table } from '../../kernel/store/store.ts'
import { resourceTagConditions } from '../../kernel/tag-conditions.ts'
import { noSuchEntity, unmodifiable, validationError } from './errors.ts'
import { type Conditions } from './tags.ts'

/** A kind of entity that holds policies, with what differs between users, groups and roles. */
export interface EntityKind<Row extends PolicyHolder> {
  readonly noun: 'user' | 'group' | 'role'
  /** As quotas name it: `PoliciesPerUser`. */
  readonly title: 'User' | 'Group' | 'Role'
  readonly table: Table<Row>
  /** Of all inline policies together, without whitespace. */
  readonly maxInlineBytes: number
}

/** IAM users. */
export const userKind: EntityKind<UserRow> = {
  noun: 'user',
  title: 'User',
  table: users,
  maxInlineBytes: 2048,
}
/** IAM groups. */
export const groupKind: EntityKind<GroupRow> = {
  noun: 'group',
  title: 'Group',
  table: groups,
  maxInlineBytes: 5120,
}
/** IAM roles. */
export const roleKind: EntityKind<RoleRow> = {
  noun: 'role',
  title: 'Role',
  table: roles,
  maxInlineBytes: 10240,
}

/** What a call names: the row is undefined when there is none, which only `existing` tells. */
export interface Sought<Row> {
  readonly name: string
  readonly row: Row | undefined
}

/** Names are unique without regard to case, so keys are lower-case. */
export const keyOf = (name: string): string => name.toLowerCase()

/** Looks an entity up by name. */
export async function seek<Row extends PolicyHolder>(
  kind: EntityKind<Row>,
  name: string | undefined,
  ctx: Context,
): Promise<Sought<Row>> {
  const sought = name ?? ''
  return { name: sought, row: await ctx.store.table(kind.table).get(keyOf(sought)) }
}

/** `resolve` of operations that name a user. */
export const seekUser = (input: { UserName?: string | undefined }, ctx: Context) =>
  seek(userKind, input.UserName, ctx)
/** `resolve` of operations that name a group. */
export const seekGroup = (input: { GroupName?: string | undefined }, ctx: Context) =>
  seek(groupKind, input.GroupName, ctx)
/** `resolve` of operations that name a role. */
export const seekRole = (input: { RoleName?: string | undefined }, ctx: Context) =>
  seek(roleKind, input.RoleName, ctx)

/** The entity, or NoSuchEntity in AWS's wording. */
export function existing<Row extends PolicyHolder>(
  kind: EntityKind<Row>,
  sought: Sought<Row>,
): Row {
  if (sought.row) return sought.row
  throw noSuchEntity(`The ${kind.noun} with name ${sought.name} cannot be found.`)
}

/** The user, or NoSuchEntity. */
export const existingUser = (sought: Sought<UserRow>): UserRow => existing(userKind, sought)
/** The group, or NoSuchEntity. */
export const existingGroup = (sought: Sought<GroupRow>): GroupRow => existing(groupKind, sought)
/** The role, or NoSuchEntity. */
export const existingRole = (sought: Sought<RoleRow>): RoleRow => existing(roleKind, sought)

/** The entity, if callers may change it: service-linked roles belong to their service. */
export function modifiable<Row extends PolicyHolder & { readonly linkedService?: string }>(
  kind: EntityKind<Row>,
  sought: Sought<Row>,
): Row {
  const row = existing(kind, sought)
  if (row.linkedService !== undefined) throw protectedRole(row.name)
  return row
}

/** The role, if callers may change it. */
export const modifiableRole = (sought: Sought<RoleRow>): RoleRow => modifiable(roleKind, sought)

/** UnmodifiableEntity as AWS words it for service-linked roles. */
export function protectedRole(name: string) {
  return unmodifiable(
    `Cannot perform the operation on the protected role '${name}' - this role is only modifiable by AWS`,
  )
}

/** The ARN of something of the caller's account. Paths begin and end with a slash. */
export function arnOf(ctx: Context, type: string, path: string | undefined, name: string): string {
  return `arn:aws:iam::${ctx.account}:${type}${path ?? '/'}${name}`
}

/** The permission a call needs on an entity; one that does not exist is taken to have no path. */
export function accessTo<Row extends PolicyHolder & { tags?: readonly TagRow[] }>(
  kind: EntityKind<Row>,
  ctx: Context,
  sought: Sought<Row>,
  conditions: Conditions = {},
): Access {
  return {
    resource: sought.row?.arn ?? arnOf(ctx, kind.noun, '/', sought.name),
    conditions: { ...resourceTagConditions(sought.row?.tags, 'iam'), ...conditions },
  }
}

/** `access` of operations on a user. */
export const accessToUser = (_input: unknown, ctx: Context, sought: Sought<UserRow>): Access =>
  accessTo(userKind, ctx, sought)
/** `access` of operations on a group. */
export const accessToGroup = (_input: unknown, ctx: Context, sought: Sought<GroupRow>): Access =>
  accessTo(groupKind, ctx, sought)
/** `access` of operations on a role. */
export const accessToRole = (_input: unknown, ctx: Context, sought: Sought<RoleRow>): Access =>
  accessTo(roleKind, ctx, sought)

/** `access` of listings, which know no resource. */
export const accessToAll = (): Access => ({ resource: '*' })

/** Who a call with an optional UserName is about: a user, or the account's root. */
export type UserOrRoot = Sought<UserRow> & { readonly root: boolean }

/** `resolve` of operations whose UserName defaults to the caller. */
export async function seekUserOrCaller(
  input: { UserName?: string | undefined },
  ctx: Context,
): Promise<UserOrRoot> {
  const name = input.UserName ?? ctx.principal.userName
  if (name !== undefined) return { ...(await seek(userKind, name, ctx)), root: false }
  if (ctx.principal.arn === rootArn(ctx)) return { name: '', row: undefined, root: true }
  throw validationError('Must specify userName when calling with non-User credentials')
}

/** `access` of operations whose UserName defaults to the caller. */
export const accessToUserOrRoot = (_input: unknown, ctx: Context, sought: UserOrRoot): Access =>
  sought.root ? { resource: rootArn(ctx) } : accessTo(userKind, ctx, sought)

/** The ARN of the account's root user. */
export const rootArn = (ctx: Context): string => `arn:aws:iam::${ctx.account}:root`

/** Who holds a policy: one of the three names is given, by the operation's model. */
export interface HolderInput {
  readonly UserName?: string | undefined
  readonly GroupName?: string | undefined
  readonly RoleName?: string | undefined
}

/** The name that a call gives of a policy's holder. */
export function holderName(input: HolderInput): string | undefined {
  return input.UserName ?? input.GroupName ?? input.RoleName
}

/** A user, group or role, as far as its policies are concerned. */
export type Holder = PolicyHolder & {
  readonly tags?: readonly TagRow[]
  readonly boundary?: string
  readonly linkedService?: string
}
