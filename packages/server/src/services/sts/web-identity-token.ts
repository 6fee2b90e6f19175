import {
  createRemoteJWKSet,
  customFetch,
  decodeJwt,
  errors,
  jwtVerify,
  type JWTPayload,
} from 'jose'
import type { Context } from '../../kernel/context.ts'
import { boundedFetch } from '../../kernel/identity/bounded-fetch.ts'
import { mayFetch } from '../../kernel/identity/plain-http.ts'
import { oidcProviders, type OidcProviderRow } from '../../kernel/identity/tables.ts'
import { defineRuntime } from '../../kernel/runtime.ts'
import { expiredToken, idpUnreachable, invalidToken } from './errors.ts'

/** What a verified token says. */
export interface VerifiedToken {
  readonly provider: OidcProviderRow
  readonly subject: string
  readonly audience: string
  readonly claims: JWTPayload
}

const requestTimeoutMs = 5000
const discoveryLifeMs = 3_600_000
const maxProviders = 1000

const notAJwt =
  'The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)'
const noKey =
  "Couldn't retrieve verification key from your identity provider,  please reference AssumeRoleWithWebIdentity documentation for requirements"

/**
 * Verifies an OpenID Connect ID token for a role's account: its issuer must be a provider there, its
 * audience one of the provider's, and its signature by a key that the issuer publishes.
 * Throws InvalidIdentityToken, ExpiredTokenException or IDPCommunicationError.
 */
export async function verifyToken(
  token: string,
  account: string,
  ctx: Context,
): Promise<VerifiedToken> {
  const claimed = decode(token)
  const provider = await providerOf(claimed.iss, account, ctx)
  const audience = audienceOf(claimed)
  if (!provider.clientIds.includes(audience)) throw invalidToken('Incorrect token audience')
  if (typeof claimed.sub !== 'string') throw invalidToken('Missing a required claim: sub')
  if (claimed.exp === undefined) throw invalidToken('Missing a required claim: exp')
  if (claimed.iat === undefined) throw invalidToken('Missing a required claim: iat')
  const keys = await keysOf(provider, ctx)
  try {
    const { payload } = await jwtVerify(token, keys, {
      algorithms: ['RS256', 'RS384', 'RS512', 'ES256', 'ES384', 'ES512'],
      currentDate: ctx.machineNow,
    })
    return { provider, subject: claimed.sub, audience, claims: payload }
  } catch (error) {
    throw refusalOf(error, claimed, ctx)
  }
}

function decode(token: string): JWTPayload {
  try {
    return decodeJwt(token)
  } catch {
    throw invalidToken(notAJwt)
  }
}

async function providerOf(
  issuer: string | undefined,
  account: string,
  ctx: Context,
): Promise<OidcProviderRow> {
  const url = (issuer ?? '').replace(/^https?:\/\//, '').replace(/\/+$/, '')
  const arn = `arn:aws:iam::${account}:oidc-provider/${url}`
  const provider = await ctx.store.at({ account }).table(oidcProviders).get(arn)
  if (provider && (issuer === provider.url || issuer?.replace(/\/+$/, '') === provider.issuer)) {
    return provider
  }
  throw invalidToken(`No OpenIDConnect provider found in your account for ${issuer}`)
}

/** Where a token has an authorized party, that is who it was made for, as AWS has it. */
function audienceOf({ aud, azp }: JWTPayload): string {
  if (typeof azp === 'string') return azp
  return (Array.isArray(aud) ? aud[0] : aud) ?? ''
}

type KeySet = ReturnType<typeof createRemoteJWKSet>

/** By issuer, for as long as the server runs. */
const keySets = defineRuntime(
  'sts.key-sets',
  () => new Map<string, { readonly keys: KeySet; readonly at: number }>(),
)

/** The issuer's published keys, by its discovery document; jose keeps and refreshes them. */
async function keysOf(provider: OidcProviderRow, ctx: Context): Promise<KeySet> {
  const at = ctx.machineNow.getTime()
  const held = ctx.runtime(keySets)
  const known = held.get(provider.issuer)
  if (known && at - known.at < discoveryLifeMs) return known.keys
  const uri = await discover(provider, ctx)
  const keys = createRemoteJWKSet(uri, {
    timeoutDuration: requestTimeoutMs,
    [customFetch]: boundedFetch,
  })
  if (held.size >= maxProviders) held.clear()
  held.set(provider.issuer, { keys, at })
  return keys
}

/** The key set's address (OpenID Connect Discovery 1.0, 4). */
async function discover(provider: OidcProviderRow, ctx: Context): Promise<URL> {
  const url = `${provider.issuer}/.well-known/openid-configuration`
  if (!mayFetch(new URL(url), ctx.development)) throw invalidToken(noKey)
  let document: unknown
  try {
    const signal = AbortSignal.timeout(requestTimeoutMs)
    const response = await boundedFetch(url, { signal, redirect: 'error' })
    if (response.status >= 500) throw new Error(`status ${response.status}`)
    document = response.ok ? await response.json() : undefined
  } catch {
    throw idpUnreachable('Error on the IDP side')
  }
  const address =
    typeof document === 'object' && document !== null && 'jwks_uri' in document
      ? document.jwks_uri
      : undefined
  if (typeof address !== 'string' || !URL.canParse(address)) throw invalidToken(noKey)
  const uri = new URL(address)
  if (!mayFetch(uri, ctx.development)) throw invalidToken(noKey)
  return uri
}

function refusalOf(error: unknown, claimed: JWTPayload, ctx: Context): unknown {
  if (error instanceof errors.JWTExpired) {
    const now = Math.floor(ctx.machineNow.getTime() / 1000)
    return expiredToken(
      `Token expired: current date/time ${now} must be before the expiration date/time ${claimed.exp}`,
    )
  }
  if (error instanceof errors.JWKSTimeout) return idpUnreachable('Error on the IDP side')
  if (error instanceof errors.JWKSNoMatchingKey) return invalidToken(noKey)
  if (error instanceof errors.JOSEError && error.code === 'ERR_JOSE_GENERIC') {
    return idpUnreachable('Error on the IDP side')
  }
  if (error instanceof errors.JOSEError) {
    return invalidToken('The web identity token that was passed could not be validated')
  }
  return idpUnreachable('Error on the IDP side')
}
