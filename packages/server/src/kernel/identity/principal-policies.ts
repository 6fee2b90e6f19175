import { compilePolicy, type PolicyKind, type PolicySource } from '@bartizan/policy'
import type { Principal } from '../context.ts'
import { rowOf, type Store, type StoredRow } from '../store/store.ts'
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
  readonly groups?: readonly string[]
  readonly boundary?: string
  readonly tags?: readonly TagRow[]
}

const everything = compiled(
  'root',
  '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}',
  'identity',
)

const nothing: PrincipalStanding = { policies: { identityPolicies: [] }, tags: [] }

/**
 * Collects the policies of a principal, compiled once per version, and its tags. It is asked for with every call,
 * so that it is kept until something of it changes.
 */
export function standingOf(
  store: Store,
  principal: Principal,
): PrincipalStanding | Promise<PrincipalStanding> {
  const { kind, session } = principal
  if (kind === 'service' || kind === 'anonymous' || kind === 'web-identity') return nothing
  const held = heldBy(store, principal)
  const organization = organizationOf(store, principal.accountId)
  const isAtHand = !(held instanceof Promise) && !(organization instanceof Promise)
  return isAtHand && !session
    ? withOrganization(held, principal, organization)
    : readStanding(store, principal, { held, organization })
}

async function readStanding(
  store: Store,
  principal: Principal,
  reading: {
    readonly held: Held | Promise<Held>
    readonly organization: ReturnType<typeof organizationOf>
  },
): Promise<PrincipalStanding> {
  const [held, organization] = await Promise.all([reading.held, reading.organization])
  const sessionPolicies = await sessionPoliciesOf(store, principal)
  const standing = {
    policies: sessionPolicies ? { ...held.policies, sessionPolicies } : held.policies,
    tags: tagsOf(principal, held.tags),
  }
  return withOrganization(standing, principal, organization)
}

function withOrganization(
  standing: PrincipalStanding,
  { roleArn }: Principal,
  organization: OrganizationStanding | undefined,
): PrincipalStanding {
  if (!organization) return standing
  const { scps } = organization
  const { policies, tags } = standing
  const limited = scps && !isServiceLinked(roleArn) ? { ...policies, scps } : policies
  return { policies: limited, tags, organization }
}

const noTags: readonly TagRow[] = []

function tagsOf({ session }: Principal, own: readonly TagRow[]): readonly TagRow[] {
  if (!session?.tags) return own
  return [...Object.entries(session.tags).map(([key, value]) => ({ key, value })), ...own]
}

/** What a user with its groups, or a role, brings along, whatever the session is like. */
interface Held extends PrincipalStanding {
  /** Of the tables it was made from. */
  readonly changes: number
}

const holdings = new WeakMap<Holder, Held>()
const withoutHolder: Held = { ...nothing, changes: 0 }

function heldBy(store: Store, principal: Principal): Held | Promise<Held> {
  if (isRootFederation(principal)) return ofRoot
  const own = ownRow(store, principal)
  if (own instanceof Promise) {
    return own.then((row) => (row ? heldByRow(store, principal, row.value) : withoutHolder))
  }
  return own ? heldByRow(store, principal, own.value) : withoutHolder
}

function heldByRow(store: Store, { accountId }: Principal, own: Holder): Held | Promise<Held> {
  const changes = store.changesOf(groups) + store.changesOf(managedPolicies)
  const kept = holdings.get(own)
  if (kept?.changes === changes) return kept
  return readHeld(store, accountId, own).then((standing) => {
    const held = { ...standing, changes }
    holdings.set(own, held)
    return held
  })
}

async function readHeld(store: Store, accountId: string, own: Holder): Promise<PrincipalStanding> {
  const memberOf = await Promise.all(
    (own.groups ?? []).map((name) => rowOf(store, groups, accountId, name.toLowerCase())),
  )
  const holders: Holder[] = [own, ...memberOf.flatMap((row) => (row ? [row.value] : []))]
  const identityPolicies: PolicySource[] = []
  for (const holder of holders) {
    identityPolicies.push(...inlineOf(holder))
    for (const arn of holder.attachedPolicies) {
      const source = await managedPolicy(store, accountId, arn)
      if (source) identityPolicies.push(source)
    }
  }
  const { boundary, tags = noTags } = own
  const permissionsBoundary =
    boundary && ((await managedPolicy(store, accountId, boundary)) ?? allowsNothing(boundary))
  return {
    policies: { identityPolicies, ...(permissionsBoundary && { permissionsBoundary }) },
    tags,
  }
}

/** A federation that root issued is limited by its session policies alone. */
function isRootFederation({ kind, userName }: Principal): boolean {
  return kind === 'federated-user' && userName === undefined
}

const ofRoot: Held = { policies: { identityPolicies: [everything] }, tags: noTags, changes: 0 }

type OwnRow = StoredRow<Holder> | undefined

/** The user or the role that a principal acts as. */
function ownRow(
  store: Store,
  { accountId, kind, roleArn, userName }: Principal,
): OwnRow | Promise<OwnRow> {
  if (kind === 'assumed-role') {
    const name = roleArn?.split('/').at(-1) ?? ''
    return rowOf(store, roles, accountId, name.toLowerCase())
  }
  return userName === undefined ? undefined : rowOf(store, users, accountId, userName.toLowerCase())
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
  if (arn.startsWith(awsPolicyPrefix)) return awsPolicy(arn)
  const row = await rowOf(store, managedPolicies, accountId, arn)
  return row && ownPolicy(row.value)
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
