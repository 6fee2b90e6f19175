import type { RoutedRequest } from '../../../dataplane/route.ts'
import { selects, type Forwarding, type Parts, type Selection } from './forwarding.ts'

/** A viewer's request, as far as caches and origins are told of it. */
export interface ViewerRequest {
  readonly path: string
  readonly query: string
  /** Names in lower case. */
  readonly headers: ReadonlyMap<string, string>
}

/** Takes a request apart. */
export function viewerRequest({ target, rawHeaders }: RoutedRequest): ViewerRequest {
  const mark = target.indexOf('?')
  const headers = new Map<string, string>()
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = (rawHeaders[index] ?? '').toLowerCase()
    const before = headers.get(name)
    const value = rawHeaders[index + 1] ?? ''
    const joint = name === 'cookie' ? '; ' : ', '
    headers.set(name, before === undefined ? value : `${before}${joint}${value}`)
  }
  return {
    path: mark < 0 ? target : target.slice(0, mark),
    query: mark < 0 ? '' : target.slice(mark + 1),
    headers,
  }
}

function pairsOf(query: string, selection: Selection): string {
  if (selection.kind === 'all') return query
  const kept = query.split('&').filter((pair) => selects(selection, pair.split('=')[0] ?? ''))
  return kept.filter((pair) => pair !== '').join('&')
}

function cookiesOf(header: string | undefined, selection: Selection): string {
  if (header === undefined || selection.kind === 'none') return ''
  const kept = header.split(/;\s*/).filter((pair) => selects(selection, pair.split('=')[0] ?? ''))
  return kept.join('; ')
}

/** The encodings of a viewer that count, in one spelling. */
function encodingOf({ headers }: ViewerRequest, { encodings }: Forwarding): string {
  const asked = headers.get('accept-encoding') ?? ''
  const accepted = encodings.filter((each) =>
    new RegExp(`\\b${each}\\b(?!\\s*;\\s*q=0(?:\\.0*)?\\b)`).test(asked),
  )
  return accepted.join(', ')
}

/** What makes this request's object another one than others of its path. */
export function cacheKey(request: ViewerRequest, forwarding: Forwarding, path: string): string {
  const { key } = forwarding
  const named: string[] = []
  if (key.headers.kind === 'only') {
    for (const name of [...key.headers.names].sort()) {
      named.push(`${name}:${request.headers.get(name) ?? ''}`)
    }
  }
  return JSON.stringify([
    path,
    pairsOf(request.query, key.query),
    named,
    cookiesOf(request.headers.get('cookie'), key.cookies),
    encodingOf(request, forwarding),
  ])
}

/** The query string that the origin gets, with its question mark. */
export function originQuery(request: ViewerRequest, { query }: Parts): string {
  const kept = pairsOf(request.query, query)
  return kept === '' ? '' : `?${kept}`
}

const alwaysKept = new Set([
  'x-forwarded-for',
  'content-type',
  'content-length',
  'transfer-encoding',
  'host',
])
const neverSent = new Set([
  'x-forwarded-port',
  'x-forwarded-proto',
  'x-amzn-trace-id',
  'accept-encoding',
  'cookie',
])
const conditional = /^(?:if-(?:none-match|modified-since|match|unmodified-since|range)|range)$/

/**
 * The header fields that the origin gets, of those that the proxy would send
 * (https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/RequestAndResponseBehaviorCustomOrigin.html).
 */
export function originFields(
  fields: readonly string[],
  request: ViewerRequest,
  forwarding: Forwarding,
  facts: { readonly isCached: boolean; readonly added: readonly string[]; readonly via: string },
): string[] {
  const { headers, cookies } = forwarding.origin
  const sent: string[] = []
  let hasAgent = false
  for (let index = 0; index < fields.length; index += 2) {
    const name = (fields[index] ?? '').toLowerCase()
    const isAsked = selects(headers, name)
    if (neverSent.has(name) || (facts.isCached && conditional.test(name))) continue
    const isKept = alwaysKept.has(name) || isAsked || (!facts.isCached && conditional.test(name))
    if (!isKept) continue
    if (name === 'user-agent') hasAgent = true
    sent.push(fields[index] ?? '', fields[index + 1] ?? '')
  }
  if (!hasAgent) sent.push('User-Agent', 'Amazon CloudFront')
  const encoding = encodingOf(request, forwarding)
  if (encoding !== '') sent.push('Accept-Encoding', encoding)
  const cookie = cookiesOf(request.headers.get('cookie'), cookies)
  if (cookie !== '') sent.push('Cookie', cookie)
  sent.push('Via', facts.via, ...facts.added)
  return sent
}
