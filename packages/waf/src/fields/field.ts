import type { FieldToMatch } from '@aws-sdk/client-wafv2'
import type { FieldReading, Inspection } from '../inspection.ts'
import type { ParsedRequest, RawPair } from '../parsed-request.ts'
import { percentDecoded } from '../text/percent.ts'
import { jsonBodyReader } from './json-body.ts'
import { cookiesReader, headersReader, withinLimits } from './pairs.ts'
import type { PairsReader } from './pairs.ts'
import type { PreParse } from './pre-parse.ts'

/** A component of requests, ready to be read; what statements do with one too large or unreadable is no part of it. */
export interface Field {
  /** Says what is read: equal keys, equal readings. */
  readonly key: string
  /** Where it is, as AWS WAF's log names it. */
  readonly location: string
  /** The name of the header or argument, where the component is one. */
  readonly name?: string
  read(inspection: Inspection): FieldReading
}

interface Source {
  readonly location: string
  readonly name?: string
  /** What tells it from another at the same location. */
  readonly detail?: unknown
  read(parsed: ParsedRequest): FieldReading
}

/** A field whose readings are kept in `slot` for the rest of an inspection. */
export function fieldOf(component: FieldToMatch, slot: number, preParse?: PreParse): Field {
  const source = sourceOf(component, preParse)
  const { location, name } = source
  return {
    key: JSON.stringify([location, name, source.detail, preParse?.key]),
    location,
    ...(name === undefined ? {} : { name }),
    read: (inspection) => (inspection.readings[slot] ??= source.read(inspection.parsed)),
  }
}

function sourceOf(component: FieldToMatch, preParse: PreParse | undefined): Source {
  return (
    simpleSource(component) ??
    argumentSource(component, preParse) ??
    listSource(component) ??
    bodySource(component) ??
    nothing
  )
}

/** Statements without a component do not get past the service. */
const nothing: Source = { location: 'NONE', read: () => reading([]) }

function simpleSource({
  UriPath,
  UriFragment,
  QueryString,
  Method,
  JA3Fingerprint,
  JA4Fingerprint,
}: FieldToMatch): Source | undefined {
  if (UriPath) return { location: 'URI', read: ({ uriPath }) => reading([uriPath]) }
  if (QueryString) {
    return { location: 'QUERY_STRING', read: ({ queryString }) => reading([queryString]) }
  }
  if (Method) return { location: 'METHOD', read: ({ request }) => reading([request.method]) }
  if (UriFragment) return optional('URI_FRAGMENT', ({ uriFragment }) => uriFragment)
  if (JA3Fingerprint) return optional('JA3_FINGERPRINT', ({ request }) => request.ja3)
  if (JA4Fingerprint) return optional('JA4_FINGERPRINT', ({ request }) => request.ja4)
  return undefined
}

function argumentSource(
  { SingleQueryArgument, AllQueryArguments }: FieldToMatch,
  preParse: PreParse | undefined,
): Source | undefined {
  const all = ({ queryArguments, queryString }: ParsedRequest): readonly RawPair[] =>
    preParse === undefined ? queryArguments : preParse.arguments(queryString)
  if (SingleQueryArgument) {
    const name = (SingleQueryArgument.Name ?? '').toLowerCase()
    const read = (parsed: ParsedRequest): FieldReading => reading(argumentValues(all(parsed), name))
    return { location: 'SINGLE_QUERY_ARG', name, read }
  }
  if (AllQueryArguments) {
    const read = (parsed: ParsedRequest): FieldReading =>
      reading(all(parsed).map(({ value }) => value))
    return { location: 'ALL_QUERY_ARGS', read }
  }
  return undefined
}

function listSource({
  SingleHeader,
  Headers,
  Cookies,
  HeaderOrder,
}: FieldToMatch): Source | undefined {
  if (SingleHeader) {
    const name = (SingleHeader.Name ?? '').toLowerCase()
    return { location: 'HEADER', name, read: (parsed) => reading(parsed.headerValues(name)) }
  }
  if (Headers) {
    const { MatchPattern, MatchScope } = Headers
    const select = headersReader(Headers)
    const read = ({ request }: ParsedRequest): FieldReading =>
      sized('REQUEST_HEADERS', headerPairs(request.headers), select)
    return { location: 'ALL_HEADERS', detail: [MatchPattern, MatchScope], read }
  }
  if (Cookies) {
    const { MatchPattern, MatchScope } = Cookies
    const select = cookiesReader(Cookies)
    const read = ({ cookies }: ParsedRequest): FieldReading =>
      sized('REQUEST_COOKIES', cookies, select)
    return { location: 'COOKIE', detail: [MatchPattern, MatchScope], read }
  }
  return HeaderOrder ? { location: 'HEADER_ORDER', read: headerOrder } : undefined
}

function bodySource({ Body, JsonBody }: FieldToMatch): Source | undefined {
  if (Body) {
    const read = ({ bodyText, request }: ParsedRequest): FieldReading => ({
      texts: [bodyText],
      ...(request.bodyTruncated && { oversize: 'REQUEST_BODY' }),
    })
    return { location: 'BODY', read }
  }
  if (!JsonBody) return undefined
  const { MatchPattern, MatchScope, InvalidFallbackBehavior } = JsonBody
  const asText = InvalidFallbackBehavior === 'EVALUATE_AS_STRING'
  const select = jsonBodyReader(JsonBody)
  const read = ({ bodyText, request }: ParsedRequest): FieldReading => ({
    ...select(bodyText),
    ...(request.bodyTruncated && { oversize: 'REQUEST_JSON_BODY' }),
  })
  return { location: 'JSON_BODY', detail: [MatchPattern, MatchScope, asText], read }
}

function optional(location: string, read: (parsed: ParsedRequest) => string | undefined): Source {
  return {
    location,
    read(parsed) {
      const text = read(parsed)
      return text === undefined ? { texts: [], unreadable: true } : { texts: [text] }
    },
  }
}

function reading(texts: readonly string[]): FieldReading {
  return { texts }
}

/** The values of an argument, whose name knows no case and may be percent-encoded. */
function argumentValues(all: readonly RawPair[], lowerName: string): readonly string[] {
  return all
    .filter(({ name }) => percentDecoded(name, true).toLowerCase() === lowerName)
    .map(({ value }) => value)
}

/** AWS WAF joins the lower-case names of the headers, in the order in which they came, with colons. */
function headerOrder({ request }: ParsedRequest): FieldReading {
  return sized('REQUEST_HEADERS', headerPairs(request.headers), (pairs) => [
    pairs.map(({ name }) => name.toLowerCase()).join(':'),
  ])
}

function sized(
  field: 'REQUEST_HEADERS' | 'REQUEST_COOKIES',
  all: readonly RawPair[],
  select: PairsReader,
): FieldReading {
  const { pairs, oversize } = withinLimits(all)
  return { texts: select(pairs), ...(oversize && { oversize: field }) }
}

function headerPairs(headers: readonly (readonly [string, string])[]): RawPair[] {
  return headers.map(([name, value]) => ({ name, value }))
}
