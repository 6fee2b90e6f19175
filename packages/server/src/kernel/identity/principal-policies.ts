import { compilePolicy, type PolicyKind, type PolicySource } from '@bartizan/policy'
import type { Principal } from '../context.ts'
import { rowOf, type Store } from '../store/store.ts'
import { awsManagedPolicy } from './managed-policies/index.ts'
import {
  isServiceLinked,
  organizationOf,
  type ControlLevels,
  type OrganizationStanding,
} from './organization.ts'
import {
  groups,
  managedPolicies,
  roles,
  users,
  type ManagedPolicyRow,
  type TagRow,
} from './tables.ts'

/** What IAM has on a principal: the policies that bear on it, and its tags. */
export interface PrincipalStanding {
  readonly policies: PrincipalPolicies
  /** Session tags first, then those of the user or role. */
  readonly tags: readonly TagRow[]
  /** Of the principal's account. */
  readonly organization?: OrganizationStanding
}

/** The policies of IAM, and of its organization, that bear on a principal. */
export interface PrincipalPolicies {
  readonly identityPolicies: readonly PolicySource[]
  readonly permissionsBoundary?: PolicySource
  readonly sessionPolicies?: readonly PolicySource[]
  readonly scps?: ControlLevels
}

interface Holder {
  readonly inlinePolicies: Readonly<Record<string, string>>
  readonly attachedPolicies: readonly string[]
  readonly boundary?: string
  readonly tags?: readonly TagRow[]
}

const everything = compiled(
  'root',
  '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}',
  'identity',
)

const nothing: PrincipalStanding = { policies: { identityPolicies: [] }, tags: [] }

/** Collects the policies of a principal, compiled once per version, and its tags. */
export async function standingOf(store: Store, principal: Principal): Promise<PrincipalStanding> {
  const { kind } = principal
  if (kind === 'service' || kind === 'anonymous' || kind === 'web-identity') return nothing
  const holders = await holdersOf(store, principal)
  const policies = await policiesOf(store, principal, holders)
  const tags = tagsOf(principal, holders[0])
  const found = organizationOf(store, principal.accountId)
  const organization = found instanceof Promise ? await found : found
  if (!organization) return { policies, tags }
  const { scps } = organization
  const limited = scps && !isServiceLinked(principal.roleArn) ? { ...policies, scps } : policies
  return { policies: limited, tags, organization }
}

const noTags: readonly TagRow[] = []

function tagsOf({ session }: Principal, holder: Holder | undefined): readonly TagRow[] {
  const own = holder?.tags ?? noTags
  if (!session?.tags) return own
  return [...Object.entries(session.tags).map(([key, value]) => ({ key, value })), ...own]
}

async function policiesOf(
  store: Store,
  principal: Principal,
  holders: readonly Holder[],
): Promise<PrincipalPolicies> {
  const { accountId, session } = principal
  const identityPolicies: PolicySource[] = isRootFederation(principal) ? [everything] : []
  for (const holder of holders) {
    identityPolicies.push(...inlineOf(holder))
    for (const arn of holder.attachedPolicies) {
      const found = cachedPolicy(store, accountId, arn)
      const source = found === 'not cached' ? await managedPolicy(store, accountId, arn) : found
      if (source) identityPolicies.push(source)
    }
  }
  const boundary = holders[0]?.boundary
  const permissionsBoundary =
    boundary && ((await managedPolicy(store, accountId, boundary)) ?? allowsNothing(boundary))
  const sessionPolicies = session && (await sessionPoliciesOf(store, principal))
  return {
    identityPolicies,
    ...(permissionsBoundary && { permissionsBoundary }),
    ...(sessionPolicies && { sessionPolicies }),
  }
}

/** A federation that root issued is limited by its session policies alone. */
function isRootFederation({ kind, userName }: Principal): boolean {
  return kind === 'federated-user' && userName === undefined
}

/** The user with its groups, or the role, that a principal acts as. */
async function holdersOf(store: Store, principal: Principal): Promise<readonly Holder[]> {
  const { accountId } = principal
  if (principal.kind === 'assumed-role') {
    const name = principal.roleArn?.split('/').at(-1) ?? ''
    const role = (await rowOf(store, roles, accountId, name.toLowerCase()))?.value
    return role ? [role] : []
  }
  if (principal.userName === undefined) return []
  const user = (await rowOf(store, users, accountId, principal.userName.toLowerCase()))?.value
  if (!user) return []
  if (user.groups.length === 0) return [user]
  const memberOf = await Promise.all(
    user.groups.map((name) => rowOf(store, groups, accountId, name.toLowerCase())),
  )
  return [user, ...memberOf.flatMap((row) => (row ? [row.value] : []))]
}

const inline = new WeakMap<Holder, readonly PolicySource[]>()

function inlineOf(holder: Holder): readonly PolicySource[] {
  let sources = inline.get(holder)
  if (!sources) {
    sources = Object.entries(holder.inlinePolicies).map(([id, text]) =>
      compiled(id, text, 'identity'),
    )
    inline.set(holder, sources)
  }
  return sources
}

const awsPolicyPrefix = 'arn:aws:iam::aws:'
const managed = new WeakMap<object, PolicySource>()

/** A managed policy by ARN, AWS's or the account's own, in its default version. */
export async function managedPolicy(
  store: Store,
  accountId: string,
  arn: string,
): Promise<PolicySource | undefined> {
  const found = cachedPolicy(store, accountId, arn)
  if (found !== 'not cached') return found
  const row = await store.get(managedPolicies, accountId, arn)
  return row && ownPolicy(row.value)
}

/** The policy when no read is needed to have it: most are asked for with every call. */
function cachedPolicy(
  store: Store,
  accountId: string,
  arn: string,
): PolicySource | undefined | 'not cached' {
  if (arn.startsWith(awsPolicyPrefix)) return awsPolicy(arn)
  const row = store.peek(managedPolicies, accountId, arn)
  if (row === undefined) return 'not cached'
  return row === null ? undefined : ownPolicy(row.value)
}

function awsPolicy(arn: string): PolicySource | undefined {
  const policy = awsManagedPolicy(arn)
  return policy && compiledOnce(policy, arn, policy.document)
}

function ownPolicy(row: ManagedPolicyRow): PolicySource | undefined {
  const document = documentInForce(row)
  return document === undefined ? undefined : compiledOnce(row, row.arn, document)
}

/** The text of a managed policy's version in force. */
export function documentInForce(row: ManagedPolicyRow): string | undefined {
  return row.versions.find(({ id }) => id === row.defaultVersion)?.document
}

function compiledOnce(holder: object, id: string, text: string): PolicySource {
  let source = managed.get(holder)
  if (!source) {
    source = compiled(id, text, 'identity')
    managed.set(holder, source)
  }
  return source
}

const sessionTexts = new Map<string, PolicySource>()

async function sessionPoliciesOf(
  store: Store,
  { session, accountId }: Principal,
): Promise<readonly PolicySource[] | undefined> {
  if (!session?.policies && !session?.policyArns) return undefined
  const byArn = await Promise.all(
    (session.policyArns ?? []).map((arn) => managedPolicy(store, accountId, arn)),
  )
  const texts = (session.policies ?? []).map((text) => {
    let source = sessionTexts.get(text)
    if (!source) {
      source = compiled('session', text, 'session')
      if (sessionTexts.size >= 10_000) sessionTexts.clear()
      sessionTexts.set(text, source)
    }
    return source
  })
  return [...texts, ...byArn.flatMap((source) => (source ? [source] : []))]
}

/** A boundary that cannot be found still limits its holder, to nothing. */
function allowsNothing(id: string): PolicySource {
  return {
    id,
    policy: { kind: 'identity', version: '2012-10-17', statements: [], byAction: new Map() },
  }
}

function compiled(id: string, text: string, kind: PolicyKind): PolicySource {
  return { id, policy: compilePolicy(text, kind) }
}
