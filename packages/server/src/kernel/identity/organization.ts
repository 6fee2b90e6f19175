import { compilePolicy, type PolicySource } from '@bartizan/policy'
import type { Tables } from '../context.ts'
import { rowOf, type Store } from '../store/store.ts'
import {
  memberships,
  organizationControls,
  type ControlKind,
  type ControlledPlace,
  type MembershipRow,
  type OrganizationControlsRow,
} from './organization-tables.ts'

/** One list of policies per level: the root, each OU on the way down, the account. */
export type ControlLevels = readonly (readonly PolicySource[])[]

/** What membership in an organization means for an account. */
export interface OrganizationStanding {
  readonly organizationId: string
  /** `o-…/r-…/ou-…/`, as `aws:PrincipalOrgPaths` has it. */
  readonly path: string
  /** Limits on the account's principals; absent for the management account and while SCPs are disabled. */
  readonly scps?: ControlLevels
  /** Limits on the account's resources; absent likewise. */
  readonly rcps?: ControlLevels
  readonly isClosed: boolean
}

/**
 * An account's standing in its organization, undefined when it is in none. It is asked for with
 * every call, so that an account outside costs one look into the cache, and one inside two.
 */
export function organizationOf(
  store: Store,
  accountId: string,
): OrganizationStanding | undefined | Promise<OrganizationStanding | undefined> {
  const member = store.peek(memberships, '-', accountId)
  if (member === null) return undefined
  if (member === undefined) return readStanding(store, accountId)
  const organization = store.peek(organizationControls, '-', member.value.organizationId)
  return organization
    ? standingIn(organization.value, member.value)
    : readStanding(store, accountId)
}

async function readStanding(
  store: Store,
  accountId: string,
): Promise<OrganizationStanding | undefined> {
  const member = (await rowOf(store, memberships, '-', accountId))?.value
  if (!member) return undefined
  const organization = await rowOf(store, organizationControls, '-', member.organizationId)
  // Between two commits of two nodes; without its organization an account may do nothing.
  if (!organization) return { ...adrift, organizationId: member.organizationId }
  return standingIn(organization.value, member)
}

/** The same for whoever has tables and no store, such as a simulation. */
export async function organizationIn(
  tables: Tables,
  accountId: string,
): Promise<OrganizationStanding | undefined> {
  const member = await tables.table(memberships).get(accountId)
  const organization =
    member && (await tables.table(organizationControls).get(member.organizationId))
  return organization && member && standingIn(organization, member)
}

const adrift = { path: '', scps: [[]], rcps: [[]], isClosed: false }

interface Known {
  readonly organization: OrganizationControlsRow
  readonly standing: OrganizationStanding
}
const known = new WeakMap<MembershipRow, Known>()

function standingIn(
  organization: OrganizationControlsRow,
  member: MembershipRow,
): OrganizationStanding {
  const before = known.get(member)
  if (before?.organization === organization) return before.standing
  const standing = makeStanding(organization, member)
  known.set(member, { organization, standing })
  return standing
}

function makeStanding(
  organization: OrganizationControlsRow,
  member: MembershipRow,
): OrganizationStanding {
  const places: ControlledPlace[] = [member]
  let path = ''
  for (let id = member.parent; id !== undefined;) {
    path = `${id}/${path}`
    const place: ControlledPlace | undefined = organization.places[id]
    if (place) places.unshift(place)
    id = place?.parent
  }
  const isManagement = organization.managementAccount === member.accountId
  const levels = (kind: ControlKind): ControlLevels | undefined =>
    isManagement || !organization.enabled.includes(kind)
      ? undefined
      : places.map((place) => place[kind].map((arn) => policyOf(organization, arn, kind)))
  const [scps, rcps] = [levels('scp'), levels('rcp')]
  return {
    organizationId: organization.id,
    path: `${organization.id}/${path}`,
    ...(scps && { scps }),
    ...(rcps && { rcps }),
    isClosed: member.closed === true,
  }
}

const compiled = new WeakMap<OrganizationControlsRow, Map<string, PolicySource>>()

/** A policy of the organization, compiled once per version of its row. */
function policyOf(row: OrganizationControlsRow, arn: string, kind: ControlKind): PolicySource {
  let sources = compiled.get(row)
  if (!sources) compiled.set(row, (sources = new Map()))
  let source = sources.get(arn)
  if (!source) {
    source = { id: arn, policy: compilePolicy(row.documents[arn] ?? '', kind) }
    sources.set(arn, source)
  }
  return source
}

/**
 * The services whose resources RCPs apply to, by IAM prefix
 * (https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps.html).
 */
const underRcps: ReadonlySet<string> = new Set([
  's3',
  'sts',
  'kms',
  'sqs',
  'secretsmanager',
  'cognito-idp',
  'cognito-identity',
  'cognito-sync',
  'logs',
  'dynamodb',
  'ecr',
  'aoss',
])

/** Whether RCPs apply to an action; retiring a grant is exempt, as AWS documents. */
export function isUnderRcps(action: string): boolean {
  return underRcps.has(action.slice(0, action.indexOf(':'))) && action !== 'kms:RetireGrant'
}

const linkedRole = /^arn:aws[a-z-]*:iam::\d{12}:role\/aws-service-role\//

/** Service-linked roles are beyond the reach of SCPs and RCPs. */
export function isServiceLinked(roleArn: string | undefined): boolean {
  return roleArn !== undefined && linkedRole.test(roleArn)
}
