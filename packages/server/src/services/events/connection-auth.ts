import type {
  ConnectionHttpParameters,
  CreateConnectionAuthRequestParameters,
} from '@aws-sdk/client-eventbridge'
import { mayFetch } from '../../kernel/identity/plain-http.ts'
import type { ConnectionRow } from './store.ts'

/** What a connection was told, secrets among it. */
export type ConnectionParameters = CreateConnectionAuthRequestParameters

/** An access token, and until when it is good (ISO 8601). */
export interface AccessToken {
  readonly value: string
  readonly expiresAt: string
}

/** An authorisation endpoint that refused, or answered with no token. */
export class AuthorizationFailed extends Error {
  constructor(reason: string) {
    super(reason)
    this.name = 'AuthorizationFailed'
  }
}

/** How long an authorisation endpoint may take, and how long a token lasts that does not say. */
const timeoutMs = 5_000
const defaultLifeSeconds = 3_600
/** Tokens are renewed a little before they end. */
const marginSeconds = 30
const maxAnswerBytes = 1_048_576

/** Gets an access token by OAuth's client credentials grant (RFC 6749, section 4.4). */
export async function requestToken(
  parameters: ConnectionParameters,
  { now, development }: { readonly now: Date; readonly development: boolean },
): Promise<AccessToken> {
  const { OAuthParameters: oauth } = parameters
  const endpoint = URL.parse(oauth?.AuthorizationEndpoint ?? '')
  if (!oauth || !endpoint || !mayFetch(endpoint, development)) {
    throw new AuthorizationFailed('The authorization endpoint is not valid.')
  }
  const { ClientID = '', ClientSecret = '' } = oauth.ClientParameters ?? {}
  const form = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: ClientID,
    client_secret: ClientSecret,
  })
  const { OAuthHttpParameters: http } = oauth
  for (const { Key = '', Value = '' } of http?.BodyParameters ?? []) form.set(Key, Value)
  addQuery(endpoint, http)
  const method = oauth.HttpMethod ?? 'POST'
  const headers = new Headers({ accept: 'application/json', ...headersOf(http) })
  if (method === 'GET') for (const [key, value] of form) endpoint.searchParams.set(key, value)
  const body = method === 'GET' ? {} : { body: form }
  const request = { method, headers, ...body, redirect: 'manual' as const }
  const signal = AbortSignal.timeout(timeoutMs)
  const answer = await fetch(endpoint, { ...request, signal }).catch((error: unknown) => {
    throw new AuthorizationFailed(`The authorization endpoint cannot be reached. ${String(error)}`)
  })
  const text = (await answer.text()).slice(0, maxAnswerBytes)
  if (!answer.ok) {
    throw new AuthorizationFailed(`The authorization endpoint answered with ${answer.status}.`)
  }
  return tokenIn(text, now)
}

function tokenIn(text: string, now: Date): AccessToken {
  let answer: unknown
  try {
    answer = JSON.parse(text)
  } catch {
    throw new AuthorizationFailed('The authorization endpoint answered with no JSON.')
  }
  const { access_token: value, expires_in: life } = (answer ?? {}) as Record<string, unknown>
  if (typeof value !== 'string' || value === '') {
    throw new AuthorizationFailed('The authorization endpoint answered with no access token.')
  }
  const given = Number(life)
  const seconds = given > 0 ? given : defaultLifeSeconds
  const lastsMs = Math.max(seconds - marginSeconds, 1) * 1000
  return { value, expiresAt: new Date(now.getTime() + lastsMs).toISOString() }
}

/** The headers that a connection adds to requests. */
export function headersOf(http: ConnectionHttpParameters | undefined): Record<string, string> {
  return Object.fromEntries(
    (http?.HeaderParameters ?? []).map(({ Key = '', Value = '' }) => [Key.toLowerCase(), Value]),
  )
}

/** Adds the query parameters of a connection to an address. */
export function addQuery(url: URL, http: ConnectionHttpParameters | undefined): void {
  for (const { Key = '', Value = '' } of http?.QueryStringParameters ?? []) {
    url.searchParams.append(Key, Value)
  }
}

/** The header by which a connection proves who it is, OAuth's access token apart. */
export function credentialHeaders(
  { authorizationType }: ConnectionRow,
  { BasicAuthParameters: basic, ApiKeyAuthParameters: apiKey }: ConnectionParameters,
): Record<string, string> {
  if (authorizationType === 'BASIC' && basic) {
    const pair = `${basic.Username ?? ''}:${basic.Password ?? ''}`
    return { authorization: `Basic ${Buffer.from(pair).toString('base64')}` }
  }
  if (authorizationType === 'API_KEY' && apiKey) {
    return { [(apiKey.ApiKeyName ?? '').toLowerCase()]: apiKey.ApiKeyValue ?? '' }
  }
  return {}
}
