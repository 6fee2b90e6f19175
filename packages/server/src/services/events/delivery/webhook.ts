import type { Context } from '../../../kernel/context.ts'
import { AwsError } from '../../../kernel/errors.ts'
import { mayFetch } from '../../../kernel/identity/plain-http.ts'
import { arnParts } from '../arns.ts'
import {
  addQuery,
  AuthorizationFailed,
  credentialHeaders,
  headersOf,
  requestToken,
} from '../connection-auth.ts'
import type { AccessToken, ConnectionParameters } from '../connection-auth.ts'
import { readParameters } from '../connection-secret.ts'
import { compileJsonPath, followJsonPath } from '../json-path.ts'
import { apiDestinations, connections } from '../store.ts'
import type { ApiDestinationRow, ConnectionRow } from '../store.ts'
import { actorOf, eventOf } from './delivery.ts'
import type { Delivery } from './delivery.ts'
import { DeliveryFailure, Postponed } from './failure.ts'
import { outbound } from './outbound.ts'

/** The longest that a webhook may take (EventBridge User Guide, "API destinations"). */
const timeoutMs = 5_000
const authorizingWaitMs = 2_000
/** How long a delivery stays away from a destination that has no room for it. */
const fullWaitMs = 1_000
const retryableStatuses: ReadonlySet<number> = new Set([401, 407, 409, 429])

interface Webhook {
  readonly destination: ApiDestinationRow
  readonly connection: ConnectionRow
}

/** Calls an API destination (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-api-destinations.html). */
export async function invokeWebhook(
  ctx: Context,
  delivery: Delivery,
  input: string,
): Promise<void> {
  const webhook = await webhookOf(ctx, delivery)
  const { arn, ratePerSecond } = webhook.destination
  const out = ctx.runtime(outbound)
  const refusal = await out.refusal(ctx, actorOf(delivery), arn)
  if (refusal !== undefined) throw new DeliveryFailure('NO_PERMISSIONS', refusal)
  if (!delivery.isAdmitted) {
    const waitMs = out.turnOf(arn, ratePerSecond)
    if (waitMs > 0) throw new Postponed(waitMs, true)
  }
  const hadRoom = await out.withRoom(arn, () => call(ctx, delivery, webhook, input))
  if (!hadRoom) throw new Postponed(fullWaitMs, true)
}

async function webhookOf(ctx: Context, { target }: Delivery): Promise<Webhook> {
  const [, name = ''] = arnParts(target.arn)?.resource.split('/') ?? []
  const destination = await ctx.store.table(apiDestinations).get(name)
  if (destination?.arn !== target.arn) {
    throw new DeliveryFailure('NO_RESOURCE', `An api-destination '${name}' does not exist.`)
  }
  const [, connectionName = ''] = arnParts(destination.connectionArn)?.resource.split('/') ?? []
  const connection = await ctx.store.table(connections).get(connectionName)
  if (connection?.arn !== destination.connectionArn) {
    throw new DeliveryFailure('NO_RESOURCE', `Connection '${connectionName}' does not exist.`)
  }
  if (connection.state === 'AUTHORIZING') throw new Postponed(authorizingWaitMs, false)
  if (connection.state !== 'AUTHORIZED') {
    throw new DeliveryFailure(
      'CONNECTION_FAILURE',
      `Connection '${connectionName}' is not authorized.`,
      { isRetryable: true },
    )
  }
  return { destination, connection }
}

async function call(
  ctx: Context,
  delivery: Delivery,
  webhook: Webhook,
  input: string,
): Promise<void> {
  const answer = await request(ctx, delivery, webhook, input)
  const isStale = webhook.connection.authorizationType === 'OAUTH_CLIENT_CREDENTIALS'
  if (isStale && (answer.status === 401 || answer.status === 407)) {
    // The token may have been revoked before its time: a new one is tried before it counts as a failure.
    await renewToken(ctx, webhook.connection)
    judge(await request(ctx, delivery, webhook, input))
  } else judge(answer)
}

function judge({ status, headers }: Response): void {
  if (status >= 200 && status < 300) return
  if (status >= 500 || retryableStatuses.has(status)) {
    const seconds = Number(headers.get('retry-after') ?? NaN)
    throw new DeliveryFailure(
      status === 429 ? 'THROTTLING' : 'ERROR_FROM_TARGET',
      `Unable to invoke ApiDestination endpoint: The request failed with status code ${status}.`,
      { isRetryable: true, ...(seconds >= 0 && { retryAfterMs: seconds * 1000 }) },
    )
  }
  throw new DeliveryFailure(
    'SDK_CLIENT_ERROR',
    `Unable to invoke ApiDestination endpoint: Request failed because of a client error. The status code was ${status}.`,
  )
}

async function request(
  ctx: Context,
  delivery: Delivery,
  webhook: Webhook,
  input: string,
): Promise<Response> {
  const { destination, connection } = webhook
  const parameters = await secretsOf(ctx, connection)
  const url = addressOf(delivery, destination, parameters)
  if (!mayFetch(url, ctx.development)) {
    throw new DeliveryFailure(
      'INVALID_PARAMETER',
      `Endpoint '${destination.endpoint}' is not valid.`,
    )
  }
  const headers = {
    'content-type': 'application/json; charset=utf-8',
    'user-agent': 'Amazon/EventBridge/ApiDestinations',
    ...lowerCased(dynamicValues(delivery, delivery.target.http?.HeaderParameters)),
    ...headersOf(parameters.InvocationHttpParameters),
    ...credentialHeaders(connection, parameters),
    ...(await tokenHeader(ctx, connection)),
  }
  const { method } = destination
  const hasBody = method !== 'GET' && method !== 'HEAD'
  const signal = AbortSignal.timeout(timeoutMs)
  const body = hasBody ? { body: bodyOf(input, parameters) } : {}
  try {
    const answer = await fetch(url, { method, headers, ...body, signal, redirect: 'manual' })
    await answer.body?.cancel()
    return answer
  } catch (error) {
    const timedOut = error instanceof Error && error.name === 'TimeoutError'
    throw new DeliveryFailure(
      timedOut ? 'TIMEOUT' : 'CONNECTION_FAILURE',
      timedOut
        ? 'Unable to invoke ApiDestination endpoint: The request timed out.'
        : 'Unable to invoke ApiDestination endpoint: API destination endpoint cannot be reached.',
      { isRetryable: true },
    )
  }
}

/** The connection's parameters; a secret that cannot be read, as its key is disabled, may be later. */
async function secretsOf(ctx: Context, connection: ConnectionRow): Promise<ConnectionParameters> {
  try {
    return await readParameters(ctx, connection)
  } catch (error) {
    if (!(error instanceof AwsError)) throw error
    const reason = `The secret of connection '${connection.name}' cannot be read. ${error.message}`
    throw new DeliveryFailure('CONNECTION_FAILURE', reason, { isRetryable: true })
  }
}

/** The endpoint with its stars filled in and its query completed. */
function addressOf(
  delivery: Delivery,
  { endpoint }: ApiDestinationRow,
  parameters: ConnectionParameters,
): URL {
  const { PathParameterValues = [], QueryStringParameters } = delivery.target.http ?? {}
  const values = PathParameterValues.map((value) => dynamicValue(delivery, value))
  let next = 0
  const filled = endpoint.replaceAll('*', (star) => {
    const value = values[next++]
    return value === undefined ? star : encodeURIComponent(value)
  })
  const url = new URL(filled)
  for (const [key, value] of Object.entries(dynamicValues(delivery, QueryStringParameters))) {
    url.searchParams.append(key, value)
  }
  addQuery(url, parameters.InvocationHttpParameters)
  return url
}

/** A value that starts with `$.` is a path into the event. */
function dynamicValue(delivery: Delivery, value: string): string {
  const path = value.startsWith('$.') ? compileJsonPath(value) : undefined
  if (!path) return value
  const found = followJsonPath(path, eventOf(delivery)) ?? ''
  return typeof found === 'string' ? found : JSON.stringify(found)
}

function dynamicValues(
  delivery: Delivery,
  values: Readonly<Record<string, string>> | undefined,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values ?? {}).map(([key, value]) => [key, dynamicValue(delivery, value)]),
  )
}

/** So that a header which the connection sets too is sent once. */
function lowerCased(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]),
  )
}

/** The input with the members that the connection adds to every body. */
function bodyOf(input: string, { InvocationHttpParameters }: ConnectionParameters): string {
  const added = InvocationHttpParameters?.BodyParameters ?? []
  if (added.length === 0) return input
  const body: unknown = JSON.parse(input)
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return input
  const members = added.map(({ Key = '', Value = '' }) => [Key, Value] as const)
  return JSON.stringify({ ...body, ...Object.fromEntries(members) })
}

/** A token belongs to a connection as it is: an update makes it void. */
function tokenKey({ arn, modifiedAt }: ConnectionRow): string {
  return `${arn}|${modifiedAt}`
}

async function tokenHeader(
  ctx: Context,
  connection: ConnectionRow,
): Promise<Record<string, string>> {
  if (connection.authorizationType !== 'OAUTH_CLIENT_CREDENTIALS') return {}
  const kept =
    ctx.runtime(outbound).tokenOf(tokenKey(connection), ctx.now) ?? firstToken(connection, ctx.now)
  return { authorization: `Bearer ${kept ?? (await renewToken(ctx, connection))}` }
}

/** The token that the connection got when it was authorised, as long as it is good. */
function firstToken({ token }: ConnectionRow, now: Date): string | undefined {
  const first = token === undefined ? undefined : (JSON.parse(token) as AccessToken)
  return first && new Date(first.expiresAt) > now ? first.value : undefined
}

async function renewToken(ctx: Context, connection: ConnectionRow): Promise<string> {
  try {
    const token = await requestToken(await secretsOf(ctx, connection), ctx)
    ctx.runtime(outbound).keepToken(tokenKey(connection), token)
    return token.value
  } catch (error) {
    if (!(error instanceof AuthorizationFailed)) throw error
    throw new DeliveryFailure('CONNECTION_FAILURE', error.message, { isRetryable: true })
  }
}
