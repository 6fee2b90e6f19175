import type { PolicySourceType } from '@aws-sdk/client-iam'
import {
  compilePolicy,
  PolicySyntaxError,
  type PolicyKind,
  type PolicySource,
} from '@bartizan/policy'
import type { Context } from '../../kernel/context.ts'
import { documentInForce } from '../../kernel/identity/principal-policies.ts'
import {
  groups,
  roles,
  users,
  type PolicyHolder,
  type TagRow,
} from '../../kernel/identity/tables.ts'
import { invalidInput, noSuchEntity } from './errors.ts'
import { groupsOf } from './groups.ts'
import { findPolicy, isAwsManaged } from './policy-lookup.ts'

/** A policy with its text and where it came from, for simulations. */
export interface NamedPolicy {
  readonly source: PolicySource
  readonly text: string
  readonly type: PolicySourceType
}

/** A user, group or role whose policies a simulation is about. */
export interface SoughtSource {
  readonly arn: string
  readonly kind: 'user' | 'group' | 'role'
  readonly row: SourceRow | undefined
}

type SourceRow = PolicyHolder & {
  readonly boundary?: string
  readonly tags?: readonly TagRow[]
}

/** Finds the entity of a PolicySourceArn. Throws InvalidInput when the ARN is none of an entity. */
export async function seekSource(arn: string, ctx: Context): Promise<SoughtSource> {
  const [, account, kind] = /^arn:aws:iam::(\d{12}):(user|group|role)\/.+$/.exec(arn) ?? []
  if (account !== ctx.account || (kind !== 'user' && kind !== 'group' && kind !== 'role')) {
    throw invalidInput(`Invalid Entity Arn: ${arn} does not clearly define entity type and name.`)
  }
  const key = arn.slice(arn.lastIndexOf('/') + 1).toLowerCase()
  const tables = { user: users, group: groups, role: roles }
  const row: SourceRow | undefined =
    kind === 'user'
      ? await ctx.store.table(tables.user).get(key)
      : kind === 'group'
        ? await ctx.store.table(tables.group).get(key)
        : await ctx.store.table(tables.role).get(key)
  return { arn, kind, row: row?.arn === arn ? row : undefined }
}

/** The policies of a simulation's entity: its own, its groups', and its boundary. */
export async function principalPolicies(
  sought: SoughtSource,
  ctx: Context,
): Promise<{ readonly identity: readonly NamedPolicy[]; readonly boundary?: NamedPolicy }> {
  const { kind, row } = sought
  if (!row) throw noSuchEntity(`The ${kind} with ARN ${sought.arn} cannot be found.`)
  const identity = [...inlineOf(row, kind), ...(await attachedTo(row, ctx))]
  const user =
    kind === 'user' ? await ctx.store.table(users).get(row.name.toLowerCase()) : undefined
  for (const group of user ? await groupsOf(user, ctx) : []) {
    identity.push(...inlineOf(group, 'group'), ...(await attachedTo(group, ctx)))
  }
  const boundary = row.boundary === undefined ? undefined : await managed(row.boundary, ctx)
  return { identity, ...(boundary && { boundary }) }
}

/** Policies that a request brings itself, named as AWS names them. Throws InvalidInput. */
export function givenPolicies(
  list: string,
  texts: readonly string[] | undefined,
  kind: PolicyKind = 'identity',
): NamedPolicy[] {
  return (texts ?? []).map((text, index) => {
    const id = `${list}.${index + 1}`
    return { source: compiled(id, text, kind), text, type: 'none' }
  })
}

/** A resource policy that a request brings. */
export function givenResourcePolicy(text: string): NamedPolicy {
  return { source: compiled('ResourcePolicy', text, 'resource'), text, type: 'resource' }
}

function compiled(id: string, text: string, kind: PolicyKind): PolicySource {
  try {
    return { id, policy: compilePolicy(text, kind) }
  } catch (error) {
    if (error instanceof PolicySyntaxError) throw invalidInput(error.message)
    throw error
  }
}

function inlineOf(row: SourceRow, kind: SoughtSource['kind']): NamedPolicy[] {
  return Object.entries(row.inlinePolicies).map(([name, text]) => ({
    source: compiled(`${kind}_${row.name}_${name}`, text, 'identity'),
    text,
    type: kind,
  }))
}

async function attachedTo(row: SourceRow, ctx: Context): Promise<NamedPolicy[]> {
  const found = await Promise.all(row.attachedPolicies.map((arn) => managed(arn, ctx)))
  return found.filter((policy) => policy !== undefined)
}

async function managed(arn: string, ctx: Context): Promise<NamedPolicy | undefined> {
  const policy = await findPolicy(arn, ctx)
  const text = policy && documentInForce(policy)
  if (!policy || text === undefined) return undefined
  return {
    source: compiled(policy.name, text, 'identity'),
    text,
    type: isAwsManaged(arn) ? 'aws-managed' : 'user-managed',
  }
}
