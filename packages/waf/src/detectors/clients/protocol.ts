import type { ParsedRequest } from '../../parsed-request.ts'

/**
 * What breaks HTTP in a way that neither browsers nor ordinary programs do, and that tools do to be seen differently by a proxy and
 * by the application behind it.
 * @returns the part of the request that says so.
 */
export function protocolBreach(request: ParsedRequest): string | undefined {
  return (
    framing(request) ??
    ranges(request) ??
    types(request) ??
    encodings(request) ??
    escapes(request) ??
    smuggled(request)
  )
}

function framing(request: ParsedRequest): string | undefined {
  const lengths = request.headerValues('content-length')
  const bad = lengths.find((length) => !/^\d{1,18}$/.test(length.trim()))
  if (bad !== undefined) return `content-length: ${bad.slice(0, 60)}`
  if (new Set(lengths.map((length) => length.trim())).size > 1)
    return `content-length: ${lengths.join(', ')}`
  const [transfer] = request.headerValues('transfer-encoding')
  if (transfer !== undefined) {
    if (
      !/^\s*(?:(?:gzip|deflate|compress|identity)\s*,\s*)*(?:chunked|identity)\s*$/i.test(transfer)
    )
      return `transfer-encoding: ${transfer.slice(0, 60)}`
    if (lengths.length > 0 || /^(?:GET|HEAD)$/.test(request.request.method))
      return `transfer-encoding: ${transfer.slice(0, 60)}`
  }
  const connection = request.headerValues('connection').join(',').toLowerCase()
  if (/keep-alive/.test(connection) && /close/.test(connection))
    return `connection: ${connection.slice(0, 60)}`
  return /keep-alive.*keep-alive|close.*close/.test(connection.slice(0, 400))
    ? `connection: ${connection.slice(0, 60)}`
    : undefined
}

function ranges(request: ParsedRequest): string | undefined {
  const range = request.header('range') ?? request.header('request-range')
  if (range === undefined) return undefined
  const parts = range.split(',')
  if (parts.length > 5) return `range: ${range.slice(0, 60)}`
  for (const part of parts) {
    const bounds = /(?<!\d)(\d+)\s*-\s*(\d+)/.exec(part)
    if (bounds !== null && Number(bounds[1]) > Number(bounds[2]))
      return `range: ${range.slice(0, 60)}`
    if (bounds !== null && (bounds[2]?.length ?? 0) > 16) return `range: ${range.slice(0, 60)}`
  }
  return undefined
}

const mediaType =
  /^[\w!#$&^.+*-]+\/[\w!#$&^.+*-]+(?:\s*;(?:\s*[\w!#$&^.+*-]+\s*=\s*(?:"(?:[^"\\]|\\.)*"|[^\s";,]*))?)*\s*$/
const knownCharset =
  /charset\s*=\s*["']?(?:utf-?8|utf-?16(?:le|be)?|iso-8859-\d{1,2}|windows-\d{3,4}|us-ascii|ascii|shift_jis|sjis|euc-(?:jp|kr)|gb\w+|big5|koi8-[ru]|latin-?1)["']?/i

function types(request: ParsedRequest): string | undefined {
  const all = request.headerValues('content-type')
  if (all.length > 1) return `content-type: ${all.join(', ').slice(0, 60)}`
  const [type] = all
  if (type === undefined || type === '') return undefined
  if (!mediaType.test(type)) return `content-type: ${type.slice(0, 60)}`
  const charsets = type.match(/charset/gi) ?? []
  return charsets.length > 1 || (charsets.length === 1 && !knownCharset.test(type))
    ? `content-type: ${type.slice(0, 60)}`
    : undefined
}

function encodings(request: ParsedRequest): string | undefined {
  const accepted = request.header('accept')
  const charset = accepted === undefined ? null : /charset\s*=\s*["']?([\w-]+)/i.exec(accepted)
  if (charset !== null && !knownCharset.test(`charset=${charset[1]}`))
    return `accept: ${accepted?.slice(0, 60)}`
  const encoding = request.header('accept-encoding')
  if (encoding !== undefined && encoding.length > 200)
    return `accept-encoding: ${encoding.slice(0, 60)}`
  for (const name of [
    'x-up-devcap-post-charset',
    'lock-token',
    'content-range',
    'proxy',
    'x-http-method-override',
    'x-http-method',
    'x-method-override',
  ]) {
    const value = request.header(name)
    if (value === undefined) continue
    if (name === 'content-range' && /^(?:PUT|PATCH|POST)$/.test(request.request.method)) continue
    if (/method/.test(name) && /^(?:PUT|PATCH|DELETE|GET)$/i.test(value)) continue
    return `${name}: ${value.slice(0, 60)}`
  }
  return undefined
}

/** An escape that is begun and is none, letters of full width in it, and what no keyboard enters. */
const brokenEscape = /%(?!u?[\da-f]{2})[\da-z]|%uff[0-5]|%(?:0[1-8bcef]|1[\da-f]|7f)/i
const bodiless = /^(?:GET|HEAD)$/

function escapes(request: ParsedRequest): string | undefined {
  const found = brokenEscape.exec(request.queryString)
  if (found !== null) return `an escape that is none: ${found[0]}`
  if (request.uriFragment !== undefined) return 'a fragment, which clients keep to themselves'
  const { method, body } = request.request
  const form = /json|graphql/.test(request.header('content-type') ?? '')
  return body.length > 0 && bodiless.test(method) && !form ? `${method} with a body` : undefined
}

const requestLine =
  /(?:^|[\r\n])(?:GET|POST|HEAD|PUT|DELETE|OPTIONS|TRACE|CONNECT|PATCH)\s+(?:\/|https?:\/\/)[^\r\n]{0,1000}\sHTTP\/[\d.]+/

/** A second request within the body of the first, which a proxy that counts otherwise would take for one. */
function smuggled(request: ParsedRequest): string | undefined {
  if (request.request.body.length === 0 || request.request.body.length > 16_384) return undefined
  if (/message\/http|multipart/.test(request.header('content-type') ?? '')) return undefined
  return requestLine.exec(request.bodyText)?.[0].slice(0, 60)
}
