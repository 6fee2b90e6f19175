import type { NormalizedSchema } from '@smithy/core/schema'
import { WireDecodeError, type OperationSchema, type WireRequest } from './protocol.ts'
import { inputOf, nameOf, traitsOf } from './shapes.ts'

/** An operation's `http` trait, compiled. */
export interface HttpRoute {
  readonly operation: OperationSchema
  readonly method: string
  readonly status: number
  /** The path's labels as written, still percent-encoded; undefined when the path differs. */
  labels(path: string): Record<string, string> | undefined
}

/** Finds the operation of a request among those of a REST service. */
export interface HttpRouter {
  route(request: WireRequest): HttpRoute | undefined
  /** The compiled route of an operation, whether or not it was given when the router was made. */
  of(operation: OperationSchema): HttpRoute
}

interface Candidate extends HttpRoute {
  readonly query: readonly (readonly [string, string])[]
  /** Required members in headers and query: they tell S3's CopyObject from its PutObject. */
  readonly required: readonly HttpMember[]
  readonly specificity: number
  readonly matches: (path: string) => boolean
}

/** Whether the parameters are there that an operation's URI names. */
function hasParameters({ query }: Candidate, given: URLSearchParams): boolean {
  if (query.length > 0 && given.size === 0) return false
  return query.every(([name, value]) =>
    value === '' ? given.has(name) : given.get(name) === value,
  )
}

/** The required members that travel in headers or the query string. */
function requiredOutside(input: NormalizedSchema): HttpMember[] {
  const source: unknown = input.getSchema()
  // A structure's schema ends with how many of its members, the first ones, are required.
  const count: unknown = Array.isArray(source) ? source[6] : 0
  return httpMembers(input)
    .slice(0, typeof count === 'number' ? count : 0)
    .filter(({ location }) => location === 'header' || location === 'query')
}

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&')

/** Compiles an operation; `outerLabel` (S3's Bucket) leads the path where the URI leaves it out. */
function compile(operation: OperationSchema, outerLabel: string | undefined): Candidate {
  const trait: unknown = traitsOf(operation).http
  if (!Array.isArray(trait)) throw new TypeError(`${nameOf(operation)} has no http trait`)
  const [method, uri, status] = trait as [string, string, number]
  const [ownPath = '/', search = ''] = uri.split('?')
  const input = inputOf(operation)
  const outer =
    outerLabel !== undefined &&
    input.isStructSchema() &&
    Object.hasOwn(input.getMemberSchemas(), outerLabel) &&
    !ownPath.includes(`{${outerLabel}}`)
  const path = outer ? `/{${outerLabel}}${ownPath}` : ownPath
  const names: string[] = []
  let specificity = 0
  const source = path
    .split(/(\{[^}]+\})/)
    .map((part) => {
      if (!part.startsWith('{')) {
        specificity += part.length * 100
        return escaped(part)
      }
      const greedy = part.endsWith('+}')
      names.push(part.slice(1, greedy ? -2 : -1))
      specificity += greedy ? 1 : 10
      return greedy ? '(.+)' : '([^/]+)'
    })
    .join('')
    .replace(/\\\/$/, '')
  const pattern = new RegExp(`^${source}/?$`, 's')
  // x-id only names the operation for the SDK's own logs; other clients leave it out.
  const query = [...new URLSearchParams(search)].filter(([name]) => name !== 'x-id')
  const required = requiredOutside(input)
  return {
    operation,
    method,
    status,
    query,
    required,
    specificity: specificity + query.length * 1_000_000,
    matches: (requestPath) => pattern.test(requestPath),
    labels(requestPath) {
      const match = pattern.exec(requestPath)
      if (match === null) return undefined
      return Object.fromEntries(names.map((name, index) => [name, match[index + 1] ?? '']))
    },
  }
}

/** Compiles a router over the operations' `http` traits; the most specific route wins. */
export function httpRouter(
  operations: readonly OperationSchema[],
  options: { readonly outerLabel?: string } = {},
): HttpRouter {
  const byOperation = new Map<OperationSchema, Candidate>()
  const byMethod = new Map<string, Candidate[]>()
  const of = (operation: OperationSchema): Candidate => {
    const known = byOperation.get(operation)
    if (known !== undefined) return known
    const candidate = compile(operation, options.outerLabel)
    byOperation.set(operation, candidate)
    return candidate
  }
  for (const operation of operations) {
    const candidate = of(operation)
    const siblings = byMethod.get(candidate.method) ?? []
    byMethod.set(candidate.method, [...siblings, candidate])
  }
  for (const siblings of byMethod.values()) {
    siblings.sort((a, b) => b.specificity - a.specificity || b.required.length - a.required.length)
  }
  return {
    of,
    route({ method, path, query, headers }) {
      const given = new URLSearchParams(query)
      // Among URIs alike, the one whose required members are all there; else the least demanding.
      const peers: Candidate[] = []
      for (const candidate of byMethod.get(method) ?? []) {
        const [first] = peers
        // The most specific come first.
        if (first && candidate.specificity < first.specificity) break
        if (hasParameters(candidate, given) && candidate.matches(path)) peers.push(candidate)
      }
      const complete = peers.find(({ required }) =>
        required.every(({ location, wireName }) =>
          location === 'header' ? headers[wireName] !== undefined : given.has(wireName),
        ),
      )
      return complete ?? peers.at(-1)
    },
  }
}

/** Percent-decodes a label or throws `WireDecodeError`. */
export function decodedLabel(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw new WireDecodeError('MalformedInputException', 'The path is not valid percent-encoding')
  }
}

/** Where a member travels in an HTTP message. */
export type HttpLocation =
  'label' | 'header' | 'prefixHeaders' | 'query' | 'queryParams' | 'payload' | 'status' | 'body'

/** One member of an input or output with its place in the message. */
export interface HttpMember {
  readonly name: string
  readonly schema: NormalizedSchema
  readonly location: HttpLocation
  /** The header's, prefix's or query parameter's name; headers in lower case. */
  readonly wireName: string
}

const locate = (name: string, schema: NormalizedSchema): HttpMember => {
  const traits = schema.getMergedTraits()
  const at = (location: HttpLocation, wireName = name): HttpMember => ({
    name,
    schema,
    location,
    wireName,
  })
  if (traits.httpPayload) return at('payload')
  if (traits.httpLabel) return at('label')
  if (traits.httpHeader) return at('header', traits.httpHeader.toLowerCase())
  if (typeof traits.httpPrefixHeaders === 'string') {
    return at('prefixHeaders', traits.httpPrefixHeaders.toLowerCase())
  }
  if (traits.httpQuery) return at('query', traits.httpQuery)
  if (traits.httpQueryParams) return at('queryParams')
  if (traits.httpResponseCode) return at('status')
  return at('body')
}

/** The members of a structure with their places, in schema order. */
export function httpMembers(schema: NormalizedSchema): readonly HttpMember[] {
  if (!schema.isStructSchema()) return []
  return [...schema.structIterator()].map(([name, member]) => locate(name, member))
}
