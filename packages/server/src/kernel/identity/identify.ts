import {
  parseAuthorization,
  SigV4Error,
  verifySignature,
  type Authorization,
  type SignedRequest,
  type SigningKeyCache,
} from '@bartizan/wire'
import type { Clock } from '../clock.ts'
import type { Principal } from '../context.ts'
import { commonError, type AwsError } from '../errors.ts'
import type { IncomingBody } from '../incoming-body.ts'
import { rowOf, type Store } from '../store/store.ts'
import type { SessionCache, SessionToken } from './session-token.ts'
import { accessKeys, roles, users, type AccessKeyRow, type UserRow } from './tables.ts'

/** What identification needs to know. */
export interface IdentityDeps {
  readonly store: Store
  readonly clock: Clock
  readonly signingKeys: SigningKeyCache
  readonly sessions: SessionCache
}

/** The code family of a protocol: JSON services say `…Exception`, query services do not. */
export type ErrorFamily = 'json' | 'query'

/** Nobody in particular: calls that need no signature. */
export const anonymous: Principal = {
  kind: 'anonymous',
  accountId: '',
  arn: '',
  principalId: 'ANONYMOUS',
}

/** Reads the credential scope and signature of a request; undefined when it carries none. */
export function readAuthorization(
  request: SignedRequest,
  family: ErrorFamily,
): Authorization | undefined {
  try {
    return parseAuthorization(request)
  } catch (error) {
    if (error instanceof SigV4Error && error.code === 'MissingAuthenticationToken') return undefined
    throw signatureError(error, family)
  }
}

/** Verifies a signature over the raw request and says who made it. Throws AWS's authentication errors. */
export async function identify(
  deps: IdentityDeps,
  request: SignedRequest & { readonly incoming?: Pick<IncomingBody, 'verified'> },
  authorization: Authorization,
  family: ErrorFamily,
): Promise<Principal> {
  const session = authorization.sessionToken
    ? openBearer(deps, authorization, authorization.sessionToken, family)
    : undefined
  const known = session ? undefined : await longTermKey(deps, authorization.accessKeyId, family)
  const secretAccessKey = session?.secretAccessKey ?? known?.secret ?? ''
  try {
    const cache = deps.signingKeys
    const now = deps.clock.machine()
    const key = verifySignature({ request, authorization, secretAccessKey, now, cache })
    if (key) request.incoming?.verified(authorization, key)
  } catch (error) {
    throw signatureError(error, family)
  }
  if (session) return sessionPrincipal(deps, session, family)
  if (!known) throw invalidToken(family)
  return keyPrincipal(deps, known, family)
}

/** Throws AWS's error when there are no such credentials: nobody unknown has a large body read. */
export async function knownCaller(
  deps: IdentityDeps,
  authorization: Authorization,
  family: ErrorFamily,
): Promise<void> {
  const { sessionToken, accessKeyId } = authorization
  if (sessionToken) openBearer(deps, authorization, sessionToken, family)
  else await longTermKey(deps, accessKeyId, family)
}

/** Says who signed something other than a request, such as a form's policy; `verify` throws SigV4Error. */
export async function identifyBy(
  deps: IdentityDeps,
  authorization: Pick<Authorization, 'accessKeyId' | 'sessionToken'>,
  family: ErrorFamily,
  verify: (secretAccessKey: string) => void,
): Promise<Principal> {
  const { sessionToken } = authorization
  const session = sessionToken ? openBearer(deps, authorization, sessionToken, family) : undefined
  const known = session ? undefined : await longTermKey(deps, authorization.accessKeyId, family)
  try {
    verify(session?.secretAccessKey ?? known?.secret ?? '')
  } catch (error) {
    throw signatureError(error, family)
  }
  if (session) return sessionPrincipal(deps, session, family)
  if (!known) throw invalidToken(family)
  return keyPrincipal(deps, known, family)
}

async function longTermKey(
  { store }: IdentityDeps,
  id: string,
  family: ErrorFamily,
): Promise<AccessKeyRow> {
  const row = (await rowOf(store, accessKeys, '-', id))?.value
  if (!row || row.status !== 'Active') throw invalidToken(family)
  return row
}

interface KeyHolder {
  readonly user: UserRow | undefined
  readonly principal: Principal
}
const holders = new WeakMap<AccessKeyRow, KeyHolder>()

/** Whose key it is, made once of the rows that say so. */
async function keyPrincipal(
  { store }: IdentityDeps,
  row: AccessKeyRow,
  family: ErrorFamily,
): Promise<Principal> {
  const { accountId, userName } = row
  const user =
    userName === undefined
      ? undefined
      : (await rowOf(store, users, accountId, userName.toLowerCase()))?.value
  const known = holders.get(row)
  if (known && known.user === user) return known.principal
  if (userName !== undefined && !user) throw invalidToken(family)
  const principal = user ? userPrincipal(row, user) : rootPrincipal(row)
  holders.set(row, { user, principal })
  return principal
}

function rootPrincipal({ accountId, id: accessKeyId }: AccessKeyRow): Principal {
  const arn = `arn:aws:iam::${accountId}:root`
  return { kind: 'root', accountId, arn, principalId: accountId, accessKeyId }
}

function userPrincipal({ accountId, id: accessKeyId }: AccessKeyRow, user: UserRow): Principal {
  const { arn, id: principalId, name: userName } = user
  return { kind: 'user', accountId, arn, principalId, userName, accessKeyId }
}

function openBearer(
  deps: IdentityDeps,
  { accessKeyId }: Pick<Authorization, 'accessKeyId'>,
  text: string,
  family: ErrorFamily,
): SessionToken {
  const session = deps.sessions.open(text)
  if (session?.accessKeyId !== accessKeyId) throw invalidToken(family)
  if (Date.parse(session.session.expiresAt) <= deps.clock.now().getTime()) {
    deps.sessions.forget(text)
    const code = family === 'json' ? 'ExpiredTokenException' : 'ExpiredToken'
    throw denied(code, 'The security token included in the request is expired', family)
  }
  return session
}

/** A session lives only as long as the user or role behind it. */
async function sessionPrincipal(
  deps: IdentityDeps,
  token: SessionToken,
  family: ErrorFamily,
): Promise<Principal> {
  const { principal, session, accessKeyId } = token
  const { accountId } = principal
  if (principal.kind === 'assumed-role') {
    const roleName = principal.roleArn?.split('/').at(-1) ?? ''
    const role = (await rowOf(deps.store, roles, accountId, roleName.toLowerCase()))?.value
    if (role?.id !== principal.principalId.split(':')[0]) throw invalidToken(family)
  } else if (principal.userName !== undefined) {
    const user = (await rowOf(deps.store, users, accountId, principal.userName.toLowerCase()))
      ?.value
    // A user of the same name that was made later is somebody else.
    if (!user || user.createdAt > session.issuedAt) throw invalidToken(family)
    if (principal.kind === 'user' && user.id !== principal.principalId) throw invalidToken(family)
  }
  return { ...principal, accessKeyId, session }
}

const invalidTokenMessage = 'The security token included in the request is invalid.'

function invalidToken(family: ErrorFamily): AwsError {
  const code = family === 'json' ? 'UnrecognizedClientException' : 'InvalidClientTokenId'
  return denied(code, invalidTokenMessage, family)
}

/** Codes as JSON and query services spell them for what SigV4 verification found. */
const signatureCodes: Readonly<Record<string, readonly [json: string, query: string]>> = {
  MissingAuthenticationToken: ['MissingAuthenticationTokenException', 'MissingAuthenticationToken'],
  IncompleteSignature: ['IncompleteSignatureException', 'IncompleteSignature'],
  InvalidToken: ['UnrecognizedClientException', 'InvalidClientTokenId'],
}

function signatureError(error: unknown, family: ErrorFamily): unknown {
  if (!(error instanceof SigV4Error)) return error
  const [json, query] = signatureCodes[error.code] ?? [
    'InvalidSignatureException',
    'SignatureDoesNotMatch',
  ]
  return denied(family === 'json' ? json : query, error.message, family)
}

/** The error of a call that carries no signature where one is needed. */
export function missingToken(family: ErrorFamily): AwsError {
  return family === 'json'
    ? denied('MissingAuthenticationTokenException', 'Missing Authentication Token', family)
    : denied('MissingAuthenticationToken', 'Request is missing Authentication Token', family)
}

// JSON services answer 400 to authentication failures, query services 403 (KMS and IAM Common Errors pages).
function denied(code: string, message: string, family: ErrorFamily): AwsError {
  return commonError(code, message, family === 'json' ? 400 : 403)
}
