import { compilePolicy, type PolicySource } from '@bartizan/policy'
import type { OperationSchema } from '@bartizan/wire'
import type { Context, Tables } from '../../kernel/context.ts'
import { memberships, organizationControls } from '../../kernel/identity/organization-tables.ts'
import { operation, type Access, type Operation } from '../../kernel/service.ts'
import { requestTagConditions } from '../../kernel/tag-conditions.ts'
import { publishControls } from './controls.ts'
import { forbidden, notInUse } from './errors.ts'
import { members, organizations, type MemberRow, type OrganizationRow } from './store.ts'

/** An organization as one of its accounts calls: everything of it, and what the account is to it. */
export interface Membership {
  readonly ctx: Context
  readonly organization: OrganizationRow
  /** The tables of the management account. */
  readonly tables: Tables
  readonly self: MemberRow
  readonly isManagement: boolean
}

/** The organization of the caller's account. */
export async function membershipOf(ctx: Context): Promise<Membership | undefined> {
  const row = await ctx.store.table(memberships).get(ctx.account)
  if (!row) return undefined
  const tables = ctx.store.at({ account: await managerOf(ctx, row.organizationId) })
  const organization = await tables.table(organizations).get(row.organizationId)
  const self = await tables.table(members).get(ctx.account)
  if (!organization || !self) return undefined
  const isManagement = organization.managementAccount === ctx.account
  return { ctx, organization, tables, self, isManagement }
}

/**
 * Who may call: the management account alone, also accounts that administer a service for the
 * organization, or every account of it.
 */
export type Callers = 'management' | 'readers' | 'members'

/** An operation within the caller's organization. */
export interface OrganizationOperation<Input, Output> {
  readonly callers: Callers
  /** Whether the organization's resource policy can let another account call it. */
  readonly delegable?: boolean
  /** Whether it changes anything that bears on other accounts' calls. */
  readonly publishes?: boolean
  /** The ARNs it acts on; none means `*`. */
  readonly resources?: (
    input: Input,
    at: Membership,
  ) => readonly string[] | Promise<readonly string[]>
  readonly conditions?: (
    input: Input,
    at: Membership,
  ) => Access['conditions'] | Promise<Access['conditions']>
  /** Further permissions that tags in the request need. */
  readonly tags?: (input: Input) => readonly { Key?: string | undefined }[] | undefined
  readonly handle: (input: Input, at: Membership) => Promise<Output> | Output
}

/** Declares an operation that needs an organization, with AWS's rules on who may call it. */
export function organizationOperation<Input extends object, Output extends object>(
  schema: OperationSchema,
  spec: OrganizationOperation<Input, Output>,
): Operation {
  return operation<Input, Output, Membership | undefined>(schema, {
    resolve: (_input, ctx) => membershipOf(ctx),
    access: (input, _ctx, at) => accessOf(spec, input, at),
    async handle(input, _ctx, at) {
      if (!at) throw notInUse()
      if (!mayCall(spec, at)) throw forbidden()
      const output = await spec.handle(input, at)
      if (spec.publishes) await publishControls(at)
      return output
    },
  })
}

async function accessOf<Input, Output>(
  spec: OrganizationOperation<Input, Output>,
  input: Input,
  at: Membership | undefined,
): Promise<Access[]> {
  if (!at) return [{ resource: '*' }]
  const named = (await spec.resources?.(input, at)) ?? []
  const tags = spec.tags?.(input)
  const conditions = { ...(await spec.conditions?.(input, at)), ...requestTagConditions(tags) }
  const side = isDelegated(spec, at)
    ? {
        resourceAccount: at.organization.managementAccount,
        resourcePolicy: resourcePolicyOf(at.organization),
      }
    : { resourceAccount: at.ctx.account }
  const targets = named.length === 0 ? ['*'] : named
  const list = targets.map((resource): Access => ({ resource, conditions, ...side }))
  if (!tags?.length) return list
  return [...list, { ...list[0], action: 'organizations:TagResource', resource: '*', conditions }]
}

/** What of an operation says who may call it. */
type Openness = Pick<OrganizationOperation<object, object>, 'callers' | 'delegable'>

/** Whether the account may call an operation of this kind at all, beside what its policies say. */
function mayCall(spec: Openness, at: Membership): boolean {
  if (at.isManagement || spec.callers === 'members') return true
  return isReader(spec, at) || isDelegated(spec, at)
}

function isReader({ callers }: Openness, at: Membership): boolean {
  return callers === 'readers' && Object.keys(at.self.delegations).length > 0
}

/** Whether only the organization's resource policy can let the account call it. */
function isDelegated(spec: Openness, at: Membership): boolean {
  if (at.isManagement || spec.callers === 'members' || isReader(spec, at)) return false
  const isOpen = spec.callers === 'readers' || spec.delegable === true
  return isOpen && at.organization.resourcePolicy !== undefined
}

const resourcePolicies = new WeakMap<OrganizationRow, PolicySource>()

function resourcePolicyOf(row: OrganizationRow): PolicySource {
  let source = resourcePolicies.get(row)
  if (!source) {
    const content = row.resourcePolicy?.content ?? ''
    source = { id: row.arn, policy: compilePolicy(content, 'resource') }
    resourcePolicies.set(row, source)
  }
  return source
}

async function managerOf(ctx: Context, organizationId: string): Promise<string> {
  const row = await ctx.store.table(organizationControls).get(organizationId)
  return row?.managementAccount ?? ''
}
