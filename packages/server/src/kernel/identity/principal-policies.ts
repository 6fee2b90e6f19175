import { compilePolicy, type PolicyKind, type PolicySource } from '@bartizan/policy'
import type { Principal } from '../context.ts'
import type { Store } from '../store/store.ts'
import { awsManagedPolicy } from './managed-policies/index.ts'
import { groups, managedPolicies, roles, users } from './tables.ts'

/** The policies of IAM that bear on a principal. */
export interface PrincipalPolicies {
  readonly identityPolicies: readonly PolicySource[]
  readonly permissionsBoundary?: PolicySource
  readonly sessionPolicies?: readonly PolicySource[]
}

interface Holder {
  readonly inlinePolicies: Readonly<Record<string, string>>
  readonly attachedPolicies: readonly string[]
  readonly boundary?: string
}

const everything = compiled(
  'root',
  '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}',
  'identity',
)

const nothing: PrincipalPolicies = { identityPolicies: [] }

/** Collects the identity, boundary and session policies of a principal, compiled once per version. */
export async function policiesOf(store: Store, principal: Principal): Promise<PrincipalPolicies> {
  const { kind, accountId, session } = principal
  if (kind === 'service' || kind === 'anonymous' || kind === 'web-identity') return nothing
  const holders = await holdersOf(store, principal)
  const identityPolicies: PolicySource[] = isRootFederation(principal) ? [everything] : []
  for (const holder of holders) {
    identityPolicies.push(...inlineOf(holder))
    for (const arn of holder.attachedPolicies) {
      const source = await managedPolicy(store, accountId, arn)
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
    const role = (await store.get(roles, accountId, name.toLowerCase()))?.value
    return role ? [role] : []
  }
  if (principal.userName === undefined) return []
  const user = (await store.get(users, accountId, principal.userName.toLowerCase()))?.value
  if (!user) return []
  const memberOf = await Promise.all(
    user.groups.map((name) => store.get(groups, accountId, name.toLowerCase())),
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

const managed = new WeakMap<object, PolicySource>()

/** A managed policy by ARN, AWS's or the account's own, in its default version. */
export async function managedPolicy(
  store: Store,
  accountId: string,
  arn: string,
): Promise<PolicySource | undefined> {
  const own = (await store.get(managedPolicies, accountId, arn))?.value
  const holder = own ?? awsManagedPolicy(arn)
  if (!holder) return undefined
  let source = managed.get(holder)
  if (!source) {
    const text = own
      ? own.versions.find((version) => version.id === own.defaultVersion)?.document
      : awsManagedPolicy(arn)?.document
    if (text === undefined) return undefined
    source = compiled(arn, text, 'identity')
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
