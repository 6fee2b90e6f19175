import type { Grant, Permission } from '@aws-sdk/client-s3'
import type { MatchedGrant } from '@bartizan/policy'
import type { Principal } from '../../kernel/context.ts'
import { invalidArgument, invalidRequest, malformedXml, s3Error } from './errors.ts'
import { canonicalId } from './owners.ts'
import type { GrantRow } from './store.ts'

/** What an ACL can allow, apart from everything at once. */
export type AclPermission = Exclude<Permission, 'FULL_CONTROL'>

/** Everybody, with or without a signature. */
export const allUsers = 'http://acs.amazonaws.com/groups/global/AllUsers'
/** Everybody with a signature. */
export const authenticatedUsers = 'http://acs.amazonaws.com/groups/global/AuthenticatedUsers'
/** Server access logging. */
export const logDelivery = 'http://acs.amazonaws.com/groups/s3/LogDelivery'

const groups: ReadonlySet<string> = new Set([allUsers, authenticatedUsers, logDelivery])

/** The grants of an ACL that let a principal do something. */
export function matchingGrants(
  principal: Principal,
  grants: readonly GrantRow[],
  { permission, ignoresPublic }: { permission: AclPermission; ignoresPublic: boolean },
): readonly MatchedGrant[] {
  const id = canonicalId(principal.accountId)
  const found: MatchedGrant[] = []
  for (const grant of grants) {
    if (grant.permission !== permission && grant.permission !== 'FULL_CONTROL') continue
    if ('id' in grant.grantee) {
      if (grant.grantee.id === id && principal.kind !== 'anonymous') {
        found.push({ id: 'acl', toAccount: true })
      }
    } else if (reaches(grant.grantee.uri, principal) && !ignoresPublic) found.push({ id: 'acl' })
  }
  return found
}

function reaches(uri: string, { kind, service }: Principal): boolean {
  if (uri === logDelivery) return service === 'logging.s3.amazonaws.com'
  return uri === allUsers || (uri === authenticatedUsers && kind !== 'anonymous')
}

/** Whether an ACL lets everybody, or everybody with a signature, in. */
export function isPublicAcl(grants: readonly GrantRow[] | undefined): boolean {
  return (grants ?? []).some(
    ({ grantee }) =>
      'uri' in grantee && (grantee.uri === allUsers || grantee.uri === authenticatedUsers),
  )
}

/** The ACL of whatever its owner alone may use. */
export function privateGrants(ownerAccount: string): readonly GrantRow[] {
  return [{ grantee: { id: canonicalId(ownerAccount) }, permission: 'FULL_CONTROL' }]
}

/** How a request gives an ACL. */
export interface AclInput {
  readonly ACL?: string | undefined
  readonly GrantFullControl?: string | undefined
  readonly GrantRead?: string | undefined
  readonly GrantReadACP?: string | undefined
  readonly GrantWrite?: string | undefined
  readonly GrantWriteACP?: string | undefined
}

const grantHeaders = [
  ['GrantFullControl', 'FULL_CONTROL'],
  ['GrantRead', 'READ'],
  ['GrantReadACP', 'READ_ACP'],
  ['GrantWrite', 'WRITE'],
  ['GrantWriteACP', 'WRITE_ACP'],
] as const

/** Whether a request says anything of an ACL. */
export function hasAcl(input: AclInput): boolean {
  return input.ACL !== undefined || grantHeaders.some(([member]) => input[member] !== undefined)
}

/** With ACLs disabled, only these say nothing that the bucket does not already do. */
export function isOwnersOnly(input: AclInput): boolean {
  const { ACL, ...grants } = input
  if (hasAcl(grants)) return false
  return ACL === undefined || ACL === 'private' || ACL === 'bucket-owner-full-control'
}

/** Whom an ACL is made for. */
export interface AclOwners {
  readonly owner: string
  readonly bucketOwner: string
}

/** The grants that a request asks for by canned ACL or by headers. Throws InvalidRequest and InvalidArgument. */
export function requestedGrants(input: AclInput, owners: AclOwners): readonly GrantRow[] {
  const byHeader = grantHeaders.flatMap(([member, permission]) =>
    grantees(input[member]).map((grantee) => ({ grantee, permission })),
  )
  if (input.ACL === undefined) {
    return byHeader.length > 0 ? byHeader : privateGrants(owners.owner)
  }
  if (byHeader.length > 0) {
    throw invalidRequest('Specifying both Canned ACLs and Header Grants is not allowed')
  }
  return [...privateGrants(owners.owner), ...canned(input.ACL, owners)]
}

function canned(name: string, { owner, bucketOwner }: AclOwners): readonly GrantRow[] {
  const to = (uri: string, permission: Permission): GrantRow => ({ grantee: { uri }, permission })
  const forBucket = (permission: Permission): GrantRow[] =>
    owner === bucketOwner ? [] : [{ grantee: { id: canonicalId(bucketOwner) }, permission }]
  switch (name) {
    case 'private':
      return []
    case 'public-read':
      return [to(allUsers, 'READ')]
    case 'public-read-write':
      return [to(allUsers, 'READ'), to(allUsers, 'WRITE')]
    case 'authenticated-read':
      return [to(authenticatedUsers, 'READ')]
    case 'log-delivery-write':
      return [to(logDelivery, 'WRITE'), to(logDelivery, 'READ_ACP')]
    case 'bucket-owner-read':
      return forBucket('READ')
    case 'bucket-owner-full-control':
      return forBucket('FULL_CONTROL')
    case 'aws-exec-read':
      return []
    default:
      throw invalidArgument('Argument value is invalid', 'x-amz-acl', name)
  }
}

/** Reads `id="…", uri="…"`. */
function grantees(header: string | undefined): GrantRow['grantee'][] {
  if (header === undefined) return []
  return header.split(',').map((text) => {
    const [, kind, value = ''] = /^\s*(id|uri|emailAddress)\s*=\s*"?([^"]*?)"?\s*$/.exec(text) ?? []
    if (kind === 'id') return checkedId(value)
    if (kind === 'uri') return checkedUri(value)
    throw kind === undefined
      ? invalidArgument('Argument format not recognized', 'x-amz-grant', header)
      : s3Error(
          'UnresolvableGrantByEmailAddress',
          'The email address you provided does not match any account on record.',
          400,
        )
  })
}

function checkedId(id: string): { readonly id: string } {
  if (/^[0-9a-f]{64}$/.test(id)) return { id }
  throw invalidArgument('Invalid id', 'CanonicalUser/ID', id)
}

function checkedUri(uri: string): { readonly uri: string } {
  if (groups.has(uri)) return { uri }
  throw invalidArgument('Invalid group uri', 'Group/URI', uri)
}

/** The grants of an AccessControlPolicy document. Throws MalformedACLError and InvalidArgument. */
export function documentGrants(grants: readonly Grant[] | undefined): readonly GrantRow[] {
  return (grants ?? []).map(({ Grantee: grantee, Permission: permission }) => {
    if (!grantee || !permission) throw malformedXml()
    if (grantee.URI !== undefined) return { grantee: checkedUri(grantee.URI), permission }
    return { grantee: checkedId(grantee.ID ?? ''), permission }
  })
}

/** Grants as answers show them. */
export function shownGrants(grants: readonly GrantRow[]): Grant[] {
  return grants.map(({ grantee, permission }) => ({
    Grantee:
      'id' in grantee
        ? { Type: 'CanonicalUser', ID: grantee.id }
        : { Type: 'Group', URI: grantee.uri },
    Permission: permission,
  }))
}
