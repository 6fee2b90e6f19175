import type { GrantOperation } from '@aws-sdk/client-kms'
import type { MatchedGrant } from '@bartizan/policy'
import type { Context, Principal, Tables } from '../../kernel/context.ts'
import { grants } from './store.ts'
import type { GrantLimits, GrantRow, KeyRow } from './store.ts'

type Pairs = Readonly<Record<string, string>>

/** The use of a key that a grant may allow. */
export interface GrantUse {
  readonly operation: GrantOperation
  /** Set for operations that take an encryption context, empty when the request has none. */
  readonly context?: Pairs
  /** What a CreateGrant request asks for: no more than the grant gives. */
  readonly child?: { readonly operations: readonly GrantOperation[]; readonly limits: GrantLimits }
}

/** The names under which a grant can mean a caller, its account's last. */
export function principalNames(principal: Principal): readonly string[] {
  const { kind, principalId, accountId } = principal
  if (kind === 'service') return [principal.service ?? '']
  const account = accountGrantee(accountId)
  if (kind === 'root') return [account]
  if (kind === 'federated-user') return [principal.arn, account]
  if (kind === 'user') return [principalId, account]
  return [principalId, principalId.split(':')[0] ?? '', account]
}

/** How grants name an account as a whole. */
export function accountGrantee(accountId: string): string {
  return `arn:aws:iam::${accountId}:root`
}

/** A grant that matched, as the policy engine takes it. */
export function matched(grant: GrantRow, name: string): MatchedGrant {
  return { id: grant.id, ...(name.endsWith(':root') && { toAccount: true }) }
}

/** Whether a grant names a service: GranteePrincipal may hold one too. */
export function isServiceName(principal: string): boolean {
  return /^[a-z0-9.-]+\.amazonaws\.com(\.cn)?$/.test(principal)
}

/** Pairs compared as grant constraints compare them: keys without regard to case, values with it. */
function normal(pairs: Pairs): ReadonlyMap<string, string> {
  return new Map(Object.entries(pairs).map(([key, value]) => [key.toLowerCase(), value]))
}

function includes(context: Pairs, subset: Pairs): boolean {
  const given = normal(context)
  return [...normal(subset)].every(([key, value]) => given.get(key) === value)
}

function equal(a: Pairs, b: Pairs): boolean {
  return normal(a).size === normal(b).size && includes(a, b)
}

/** Whether a request's encryption context and source meet a grant's constraints. */
function meets(limits: GrantLimits, use: GrantUse, sourceArn: string | undefined): boolean {
  if (limits.sourceArn !== undefined && limits.sourceArn !== sourceArn) return false
  if (use.context === undefined) return true
  if (limits.contextEquals && !equal(use.context, limits.contextEquals)) return false
  return !limits.contextSubset || includes(use.context, limits.contextSubset)
}

/** Whether a child grant's constraints are at least as strict as its parent's. */
function isStricter(child: GrantLimits, parent: GrantLimits): boolean {
  if (parent.sourceArn !== undefined && child.sourceArn !== parent.sourceArn) return false
  if (parent.contextEquals) {
    return child.contextEquals !== undefined && equal(child.contextEquals, parent.contextEquals)
  }
  if (!parent.contextSubset) return true
  const pairs = child.contextEquals ?? child.contextSubset
  return pairs !== undefined && includes(pairs, parent.contextSubset)
}

function allows(grant: GrantRow, use: GrantUse, sourceArn: string | undefined): boolean {
  if (!grant.operations.includes(use.operation)) return false
  if (!meets(grant.limits, use, sourceArn)) return false
  if (!use.child) return true
  return (
    use.child.operations.every((operation) => grant.operations.includes(operation)) &&
    isStricter(use.child.limits, grant.limits)
  )
}

/** The grants of a key that allow this very use to this caller. */
export async function matchingGrants(
  ctx: Context,
  { key, tables }: { key: KeyRow; tables: Tables },
  use: GrantUse,
): Promise<readonly MatchedGrant[]> {
  const source = ctx.conditions()['aws:sourcearn']
  const sourceArn = typeof source === 'string' ? source : source?.[0]
  const isService = ctx.principal.kind === 'service'
  const found: MatchedGrant[] = []
  for (const name of principalNames(ctx.principal)) {
    const rows = await tables.table(grants).list({ index: 'grantee', equals: `${key.id} ${name}` })
    for (const { value } of rows) {
      if (isServiceName(value.grantee) === isService && allows(value, use, sourceArn))
        found.push(matched(value, name))
    }
  }
  return found
}
