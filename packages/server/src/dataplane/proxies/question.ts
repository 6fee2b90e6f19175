import type { HttpRequest } from '@bartizan/waf'

/** The proxies that ask, by how they tell of the request that they have. */
export const proxies = ['nginx', 'traefik', 'envoy'] as const

/** A proxy that asks about requests. */
export type Proxy = (typeof proxies)[number]

/** A proxy's own request: the question, with what it carries of the body. */
export interface Question {
  readonly proxy: Proxy
  readonly method: string
  /** What follows the proxy's name in the target. */
  readonly rest: string
  /** Names and values in turn. */
  readonly rawHeaders: readonly string[]
  readonly body: Uint8Array
  readonly bodyTruncated: boolean
}

/** A question that leaves open what the client sent. */
export class UnclearQuestion extends Error {}

/** The header field by which nginx and Envoy tell the client's address. */
const addressField = 'x-bartizan-client-ip'

/** The header field that shows the token. */
export const tokenField = 'x-bartizan-waf-token'

/** Fields that belong to the question, not to the client's request. */
const questionFields: Readonly<Record<Proxy, readonly string[]>> = {
  nginx: ['x-original-uri', 'x-original-method', addressField],
  traefik: [
    'x-forwarded-for',
    'x-forwarded-host',
    'x-forwarded-method',
    'x-forwarded-port',
    'x-forwarded-proto',
    'x-forwarded-server',
    'x-forwarded-uri',
    'x-real-ip',
    'host',
  ],
  envoy: [addressField, 'x-envoy-auth-partial-body'],
}

/** The proxy's connection to here is not the client's to it. */
const connectionFields = ['connection', 'transfer-encoding', tokenField]

/**
 * The client's request as a proxy tells of it. Fields that a client could send itself count only where the proxy's
 * configuration or program always sets them.
 * @throws UnclearQuestion when what must be told is told not at all, or twice
 */
export function askedRequest(question: Question): HttpRequest {
  const { proxy, rawHeaders, body } = question
  const fields: (readonly [name: string, value: string])[] = []
  const told = new Map<string, string[]>()
  const own = questionFields[proxy]
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? ''
    const value = rawHeaders[index + 1] ?? ''
    const lower = name.toLowerCase()
    if (own.includes(lower)) told.set(lower, [...(told.get(lower) ?? []), value])
    else if (!connectionFields.includes(lower) && !(lower === 'content-length' && value === '0')) {
      fields.push([name, value])
    }
  }
  const facts = factsOf[proxy](question, told)
  const headers = [...(facts.headers ?? []), ...fields]
  const { method, target, clientIp, bodyTruncated = question.bodyTruncated } = facts
  return { method, target, httpVersion: 'HTTP/1.1', headers, body, bodyTruncated, clientIp }
}

type Facts = Pick<HttpRequest, 'method' | 'target' | 'clientIp'> &
  Partial<Pick<HttpRequest, 'headers' | 'bodyTruncated'>>

type Told = ReadonlyMap<string, readonly string[]>

const factsOf: Readonly<Record<Proxy, (question: Question, told: Told) => Facts>> = {
  nginx: (_question, told) => ({
    method: only(told, 'x-original-method'),
    target: only(told, 'x-original-uri'),
    clientIp: only(told, addressField),
  }),
  traefik: (_question, told) => {
    // Traefik appends the address of the connection that it has the request from.
    const addresses = only(told, 'x-forwarded-for').split(/ *, */)
    const clientIp = addresses.pop() ?? ''
    const host = ['Host', only(told, 'x-forwarded-host')] as const
    const before = addresses.length > 0 ? [['X-Forwarded-For', addresses.join(', ')] as const] : []
    return {
      method: only(told, 'x-forwarded-method'),
      target: only(told, 'x-forwarded-uri'),
      clientIp,
      headers: [host, ...before],
    }
  },
  envoy: ({ method, rest, bodyTruncated }, told) => ({
    method,
    target: rest === '' ? '/' : rest,
    clientIp: only(told, addressField),
    bodyTruncated: bodyTruncated || told.get('x-envoy-auth-partial-body')?.[0] === 'true',
  }),
}

function only(told: Told, name: string): string {
  const [value, ...others] = told.get(name) ?? []
  if (value === undefined || value === '' || others.length > 0) {
    throw new UnclearQuestion(`the proxy has to tell ${name}, once`)
  }
  return value
}
