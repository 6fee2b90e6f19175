import type { DefaultCacheBehavior } from '@aws-sdk/client-cloudfront'
import { managedCachePolicies, managedOriginRequestPolicies } from '../managed-policies.ts'

/** Which of the viewer's values count: all, none, some by name (lower-case for headers), or all but some. */
export type Selection =
  | { readonly kind: 'all' | 'none' }
  | { readonly kind: 'only' | 'except'; readonly names: ReadonlySet<string> }

/** How a behaviour caches, and what it sends to its origin. TTLs in seconds. */
export interface Forwarding {
  readonly minTtl: number
  readonly defaultTtl: number
  readonly maxTtl: number
  /** What makes objects of one path differ. */
  readonly key: Parts
  /** What the origin gets; everything in the key does. */
  readonly origin: Parts
  /** Encodings that a viewer may get are told to the origin, and are part of the key. */
  readonly encodings: readonly ('br' | 'gzip')[]
}

/** Selections of the three kinds of values. */
export interface Parts {
  readonly headers: Selection
  readonly cookies: Selection
  readonly query: Selection
}

const none: Selection = { kind: 'none' }
const all: Selection = { kind: 'all' }

function only(names: readonly string[] = []): Selection {
  return names.length === 0 ? none : { kind: 'only', names: new Set(names) }
}

const lower = (names: readonly string[] = []): string[] => names.map((name) => name.toLowerCase())

/** Whether a selection has a name. */
export function selects(selection: Selection, name: string): boolean {
  if (!('names' in selection)) return selection.kind === 'all'
  return selection.names.has(name) === (selection.kind === 'only')
}

/** How a behaviour caches and forwards: by its policies, or by the older ForwardedValues. */
export function forwardingOf(behavior: DefaultCacheBehavior): Forwarding {
  const policy = managedCachePolicies[behavior.CachePolicyId ?? '']
  if (!policy) return legacyForwarding(behavior)
  const keyed = policy.ParametersInCacheKeyAndForwardedToOrigin
  const { HeadersConfig, CookiesConfig, QueryStringsConfig } = keyed ?? {}
  const key: Parts = {
    headers: only(lower(HeadersConfig?.Headers?.Items)),
    cookies: CookiesConfig?.CookieBehavior === 'all' ? all : none,
    query:
      QueryStringsConfig?.QueryStringBehavior === 'all'
        ? all
        : only(QueryStringsConfig?.QueryStrings?.Items),
  }
  const brotli = keyed?.EnableAcceptEncodingBrotli === true
  const gzip = keyed?.EnableAcceptEncodingGzip === true
  return {
    minTtl: policy.MinTTL ?? 0,
    defaultTtl: policy.DefaultTTL ?? 0,
    maxTtl: policy.MaxTTL ?? 0,
    key,
    origin: originParts(behavior.OriginRequestPolicyId, key),
    encodings: [...(brotli ? (['br'] as const) : []), ...(gzip ? (['gzip'] as const) : [])],
  }
}

function originParts(id: string | undefined, key: Parts): Parts {
  const policy = managedOriginRequestPolicies[id ?? '']
  if (!policy) return key
  const { HeadersConfig, CookiesConfig, QueryStringsConfig } = policy
  const named = lower(HeadersConfig?.Headers?.Items)
  const behavior = HeadersConfig?.HeaderBehavior
  const headers: Selection =
    behavior === 'allViewer'
      ? all
      : behavior === 'allExcept'
        ? { kind: 'except', names: new Set(named) }
        : union(only(named), key.headers)
  return {
    headers,
    cookies: CookiesConfig?.CookieBehavior === 'all' ? all : key.cookies,
    query: QueryStringsConfig?.QueryStringBehavior === 'all' ? all : key.query,
  }
}

function union(one: Selection, other: Selection): Selection {
  const names = [one, other].flatMap((each) => (each.kind === 'only' ? [...each.names] : []))
  return only(names)
}

function legacyForwarding({
  ForwardedValues,
  MinTTL,
  DefaultTTL,
  MaxTTL,
}: DefaultCacheBehavior): Forwarding {
  const { QueryString, Cookies, Headers, QueryStringCacheKeys } = ForwardedValues ?? {}
  const named = lower(Headers?.Items)
  const keys = QueryStringCacheKeys?.Items ?? []
  const query = QueryString ? all : none
  const cookies = Cookies?.Forward === 'all' ? all : only(Cookies?.WhitelistedNames?.Items)
  const headers = named.includes('*') ? all : only(named)
  const origin: Parts = { headers, cookies, query }
  // All headers in the key would make every request another object: CloudFront caches nothing then.
  const ttl = headers.kind === 'all' ? 0 : undefined
  return {
    minTtl: ttl ?? MinTTL ?? 0,
    defaultTtl: ttl ?? DefaultTTL ?? 86_400,
    maxTtl: ttl ?? MaxTTL ?? 31_536_000,
    key: {
      headers: headers.kind === 'all' ? none : headers,
      cookies,
      query: keys.length > 0 ? only(keys) : query,
    },
    origin,
    encodings: ['gzip'],
  }
}
