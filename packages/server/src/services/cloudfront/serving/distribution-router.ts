import type {
  CacheBehavior,
  DefaultCacheBehavior,
  Origin as OriginConfig,
} from '@aws-sdk/client-cloudfront'
import type { Origin } from '../../../dataplane/origin.ts'
import type { Route, RoutedRequest, Router } from '../../../dataplane/route.ts'
import type { DistributionRow } from '../store.ts'
import type { CachedObject, DiskCache } from './disk-cache.ts'
import { forwardingOf, selects, type Forwarding } from './forwarding.ts'
import { ttlOf, valueOf } from './freshness.ts'
import { frontAnswer } from './front-answers.ts'
import { cacheKey, originFields, originQuery, viewerRequest } from './viewer-request.ts'

/** What a router needs beside the distribution. */
export interface FrontSurroundings {
  readonly cache: DiskCache
  readonly nowMs: () => number
  readonly originOf: (host: string, port: number, isTls: boolean) => Origin
  /** Whether an address is the server's own. */
  readonly isOwnAddress: (host: string, port: number) => boolean
}

interface ReadyBehavior {
  readonly pattern: RegExp | undefined
  readonly behavior: DefaultCacheBehavior
  readonly forwarding: Forwarding
  readonly origin: OriginConfig
}

/** A distribution as a function of requests: from the cache, or to the origin of the behaviour that the path has. */
export function distributionRouter(row: DistributionRow, surroundings: FrontSurroundings): Router {
  const { config } = row
  const origins = new Map((config.Origins?.Items ?? []).map((each) => [each.Id, each]))
  const behaviors = [...(config.CacheBehaviors?.Items ?? []), config.DefaultCacheBehavior]
  const ready = behaviors.flatMap((behavior): ReadyBehavior[] => {
    const origin = origins.get(behavior?.TargetOriginId)
    if (!behavior || !origin) return []
    const { PathPattern } = behavior as Partial<CacheBehavior>
    const pattern = PathPattern === undefined ? undefined : patternOf(PathPattern)
    return [{ pattern, behavior, forwarding: forwardingOf(behavior), origin }]
  })
  const root = config.DefaultRootObject ?? ''
  return (request) => {
    if (!config.Enabled) return { kind: 'answer', answer: frontAnswer(403) }
    const mark = request.target.indexOf('?')
    const asked = mark < 0 ? request.target : request.target.slice(0, mark)
    const path = asked === '/' && root !== '' ? `/${root}` : asked
    const found = ready.find(({ pattern }) => pattern?.test(path) ?? true)
    if (!found) return { kind: 'answer', answer: frontAnswer(403) }
    return byBehavior(row, found, { request, path }, surroundings)
  }
}

/** A path pattern: a star for any characters, a question mark for one. */
function patternOf(pattern: string): RegExp {
  const escaped = pattern.replace(/^\/?/, '/').replaceAll(/[.+^${}()|[\]\\]/g, String.raw`\$&`)
  return new RegExp(`^${escaped.replaceAll('*', '.*').replaceAll('?', '.')}$`, 's')
}

interface Asked {
  readonly request: RoutedRequest
  readonly path: string
}

function byBehavior(
  row: DistributionRow,
  found: ReadyBehavior,
  asked: Asked,
  surroundings: FrontSurroundings,
): Route {
  const { behavior, forwarding } = found
  const { method, isSecure, head, target } = asked.request
  const refusal = behavior.AllowedMethods?.Items?.some((each) => each === method)
    ? undefined
    : frontAnswer(
        403,
        'This distribution is not configured to allow the HTTP request method that was used for this request.',
      )
  if (refusal) return { kind: 'answer', answer: refusal }
  if (!isSecure && behavior.ViewerProtocolPolicy === 'https-only') {
    return { kind: 'answer', answer: frontAnswer(403) }
  }
  if (!isSecure && behavior.ViewerProtocolPolicy === 'redirect-to-https') {
    const location = `https://${head.host}${target}`
    const page = frontAnswer(301, '')
    return {
      kind: 'answer',
      answer: { ...page, headers: [...page.headers, 'Location', location], body: '' },
    }
  }
  const isReading = method === 'GET' || method === 'HEAD'
  if (!isReading) return toOrigin(row, found, asked, { surroundings })
  const key = cacheKey(viewerRequest(asked.request), forwarding, asked.path)
  const cached = surroundings.cache.get(row.id, key, surroundings.nowMs())
  if (cached) return fromCache(cached, asked.request, row, surroundings.nowMs())
  return toOrigin(row, found, asked, { surroundings, key })
}

function viaOf({ id }: DistributionRow): string {
  return `1.1 ${id.toLowerCase()}.cloudfront.net (CloudFront)`
}

function fromCache(
  cached: CachedObject,
  request: RoutedRequest,
  row: DistributionRow,
  nowMs: number,
): Route {
  const age = String(Math.floor((nowMs - cached.storedAtMs) / 1000))
  const told = cached.fields.filter(
    (_, at, all) => all[at - (at % 2)]?.toLowerCase() !== 'content-length',
  )
  const fields = [...told, 'Age', age, 'X-Cache', 'Hit from cloudfront', 'Via', viaOf(row)]
  const known = viewerRequest(request).headers.get('if-none-match')
  const etag = valueOf(cached.fields, 'etag')
  if (known !== undefined && etag !== undefined && known.split(/,\s*/).includes(etag)) {
    return { kind: 'answer', answer: { status: 304, headers: fields, body: '' } }
  }
  const { status, size } = cached
  return { kind: 'stream', status, fields, size, open: () => cached.read() }
}

function toOrigin(
  row: DistributionRow,
  { behavior, forwarding, origin }: ReadyBehavior,
  { request, path }: Asked,
  fetching: { readonly surroundings: FrontSurroundings; readonly key?: string },
): Route {
  const { key, surroundings } = fetching
  const { cache, nowMs, originOf, isOwnAddress } = surroundings
  const custom = origin.CustomOriginConfig
  const isTls =
    custom?.OriginProtocolPolicy === 'https-only' ||
    (custom?.OriginProtocolPolicy === 'match-viewer' && request.isSecure)
  const port = (isTls ? custom?.HTTPSPort : custom?.HTTPPort) ?? 80
  const host = origin.DomainName ?? ''
  if (isOwnAddress(host, port)) return { kind: 'answer', answer: frontAnswer(502) }
  const viewer = viewerRequest(request)
  const isCached = key !== undefined && forwarding.maxTtl > 0 && !viewer.headers.has('range')
  const added = (origin.CustomHeaders?.Items ?? []).flatMap(
    ({ HeaderName = '', HeaderValue = '' }) => [HeaderName, HeaderValue],
  )
  const isHostForwarded = selects(forwarding.origin.headers, 'host')
  const facts = { isCached, added, via: viaOf(row) }
  const stripsCookies =
    forwarding.origin.cookies.kind === 'none' && behavior.CachePolicyId !== undefined
  return {
    kind: 'forward',
    origin: originOf(host, port, isTls),
    target: `${origin.OriginPath ?? ''}${path}${originQuery(viewer, forwarding.origin)}`,
    ...(!isHostForwarded && { host: port === (isTls ? 443 : 80) ? host : `${host}:${port}` }),
    addedHeaders: ['X-Cache', 'Miss from cloudfront', 'Via', viaOf(row)],
    rewrite: (fields) => originFields(fields, viewer, forwarding, facts),
    ...(stripsCookies && isCached && { drops: ['set-cookie'] }),
    ...(isCached && {
      copy(status, fields) {
        const ttl = request.method === 'GET' ? ttlOf(status, fields, forwarding, nowMs()) : 0
        if (ttl <= 0 || valueOf(fields, 'set-cookie') !== undefined) return undefined
        const now = nowMs()
        const kept = { key, path, status, fields, nowMs: now, freshUntilMs: now + ttl * 1000 }
        return cache.store(row.id, kept)
      },
    }),
  }
}
