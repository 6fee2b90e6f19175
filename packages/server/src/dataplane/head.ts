/**
 * What the proxy must know of a request's head, read in one pass over its headers as they were sent
 * (RFC 9110 section 7.6, RFC 9112 section 6).
 */
export interface Head {
  readonly host: string
  /** Digits, where the body's length was given. */
  readonly contentLength: string | undefined
  readonly isChunked: boolean
  readonly connection: string | undefined
  readonly upgrade: string | undefined
  /** The sender's X-Forwarded-For, several ones joined. */
  readonly forwardedFor: string | undefined
  readonly traceId: string | undefined
  /** The header fields that go on to the target, names and values in turn. */
  readonly fields: string[]
}

/** How a head is read. */
export interface HeadOptions {
  /** Leaves out fields whose names have other characters than letters, digits and hyphens. */
  readonly dropsInvalidFields: boolean
  /** Refuses what is unusual though not dangerous. */
  readonly isStrict: boolean
}

/** A request that is not forwarded, as the next server might read it differently. */
export interface Refused {
  readonly refused: string
}

/** The parts of a request that its head is read from. */
export interface HeadSource {
  readonly method: string
  readonly target: string
  readonly httpVersion: string
  readonly rawHeaders: readonly string[]
}

interface Draft {
  host: string | undefined
  contentLength: string | undefined
  transferEncoding: string | undefined
  connection: string | undefined
  upgrade: string | undefined
  forwardedFor: string | undefined
  traceId: string | undefined
  fields: string[]
}

/** Reads a head, or says why the request is refused. */
export function readHead(source: HeadSource, options: HeadOptions): Head | Refused {
  const draft: Draft = {
    host: undefined,
    contentLength: undefined,
    transferEncoding: undefined,
    connection: undefined,
    upgrade: undefined,
    forwardedFor: undefined,
    traceId: undefined,
    fields: [],
  }
  const { rawHeaders } = source
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? ''
    const refused = take(draft, name, rawHeaders[index + 1] ?? '', options)
    if (refused !== undefined) return { refused }
  }
  const refused = targetFault(source, draft.host, options) ?? framingFault(source, draft)
  if (refused !== undefined) return { refused }
  const { host = '', transferEncoding, ...rest } = draft
  const { connection } = draft
  if (connection !== undefined && !plainConnection.test(connection)) {
    dropNamed(draft.fields, connection)
  }
  return { ...rest, host, isChunked: transferEncoding !== undefined }
}

const plainConnection = /^(?:keep-alive|close|upgrade)?$/i
const validName = /^[A-Za-z0-9-]+$/
/** Host names, addresses and a port; what else there may be in a Host field has no business in one. */
const validHost = /^(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._~%!$&'()*+,;=-]*)(?::\d{0,5})?$/
const lookalike = /^(?:transfer_encoding|content_length)$/i

/** Notes or keeps a field; says why the request is refused for it. Sorted by length, as few fields concern the proxy. */
function take(draft: Draft, name: string, value: string, options: HeadOptions): string | undefined {
  switch (name.length) {
    case 2:
      if (name.toLowerCase() === 'te') return undefined
      break
    case 4:
      if (name.toLowerCase() !== 'host') break
      if (draft.host !== undefined) return 'several Host fields'
      draft.host = value
      return undefined
    case 6:
      if (name.toLowerCase() === 'expect') return undefined
      break
    case 7:
      if (name.toLowerCase() !== 'upgrade') break
      draft.upgrade = draft.upgrade === undefined ? value : `${draft.upgrade}, ${value}`
      return undefined
    case 10:
      return takeOfTen(draft, name, value, options)
    case 14:
      return takeOfFourteen(draft, name, value, options)
    case 15:
      return takeOfFifteen(draft, name, value, options)
    case 16:
      if (/^(?:x-forwarded-port|proxy-connection)$/i.test(name)) return undefined
      break
    case 17:
      return takeOfSeventeen(draft, name, value, options)
    default:
  }
  return keep(draft, name, value, options)
}

function takeOfTen(draft: Draft, name: string, value: string, options: HeadOptions) {
  const lower = name.toLowerCase()
  if (lower === 'keep-alive') return undefined
  if (lower === ':authority') {
    if (draft.host !== undefined) return 'several Host fields'
    draft.host = value
    return undefined
  }
  if (lower !== 'connection') return keep(draft, name, value, options)
  draft.connection = draft.connection === undefined ? value : `${draft.connection}, ${value}`
  return undefined
}

function takeOfFourteen(draft: Draft, name: string, value: string, options: HeadOptions) {
  const lower = name.toLowerCase()
  if (lower === 'http2-settings') return undefined
  if (lower !== 'content-length') return keep(draft, name, value, options)
  if (draft.contentLength !== undefined) return 'several Content-Length fields'
  if (!/^\d{1,15}$/.test(value)) return 'a Content-Length that is no number'
  draft.contentLength = value
  draft.fields.push(name, value)
  return undefined
}

function takeOfFifteen(draft: Draft, name: string, value: string, options: HeadOptions) {
  const lower = name.toLowerCase()
  if (lower === 'x-forwarded-for') {
    const { forwardedFor } = draft
    draft.forwardedFor = forwardedFor === undefined ? value : `${forwardedFor}, ${value}`
    return undefined
  }
  if (lower !== 'x-amzn-trace-id') return keep(draft, name, value, options)
  draft.traceId = value
  return undefined
}

function takeOfSeventeen(draft: Draft, name: string, value: string, options: HeadOptions) {
  const lower = name.toLowerCase()
  if (lower === 'x-forwarded-proto') return undefined
  if (lower !== 'transfer-encoding') return keep(draft, name, value, options)
  if (draft.transferEncoding !== undefined) return 'several Transfer-Encoding fields'
  if (value.toLowerCase() !== 'chunked') return 'a Transfer-Encoding other than chunked'
  draft.transferEncoding = value
  draft.fields.push('Transfer-Encoding', 'chunked')
  return undefined
}

function keep(
  draft: Draft,
  name: string,
  value: string,
  { dropsInvalidFields, isStrict }: HeadOptions,
): string | undefined {
  if (name.startsWith(':')) return undefined
  if (!validName.test(name)) {
    if (lookalike.test(name)) return `a field ${name}`
    if (isStrict) return 'a field whose name is not valid'
    if (dropsInvalidFields) return undefined
  }
  draft.fields.push(name, value)
  return undefined
}

/** Faults of the request line and the host that other servers might overlook. */
function targetFault(
  { method, target, httpVersion, rawHeaders }: HeadSource,
  host: string | undefined,
  { isStrict }: HeadOptions,
): string | undefined {
  if (host === undefined && httpVersion !== '1.0') return 'no Host field'
  if (host !== undefined && !validHost.test(host)) return 'a Host field that names no host'
  if (host === '' && isStrict) return 'an empty Host field'
  if (httpVersion === '0.9') return 'a request without a version'
  if (httpVersion === '2.0' && rawHeaders[0]?.startsWith(':') !== true) return 'a wrong version'
  if (!target.startsWith('/') && !(target === '*' && method === 'OPTIONS')) {
    return 'a request target that is no path'
  }
  for (let index = 0; index < target.length; index++) {
    const unit = target.charCodeAt(index)
    if (unit <= 32 || unit === 127 || unit === 35) return 'a request target with a wrong character'
  }
  return undefined
}

function framingFault({ httpVersion }: HeadSource, draft: Draft): string | undefined {
  const { contentLength, transferEncoding } = draft
  if (transferEncoding === undefined) return undefined
  if (contentLength !== undefined) return 'both Content-Length and Transfer-Encoding'
  return httpVersion === '1.1' ? undefined : 'a Transfer-Encoding outside HTTP/1.1'
}

/** Fields that Connection names are for this connection alone (RFC 9110 section 7.6.1), unless they matter to everyone. */
function dropNamed(fields: string[], connection: string): void {
  const named = new Set(connection.split(',').map((name) => name.trim().toLowerCase()))
  for (const name of neverDropped) named.delete(name)
  for (let index = fields.length - 2; index >= 0; index -= 2) {
    if (named.has((fields[index] ?? '').toLowerCase())) fields.splice(index, 2)
  }
}

const neverDropped = ['content-length', 'transfer-encoding', 'host', 'cookie', 'authorization']

/** The origin form of an absolute target (`http://host/path`) whose host is the Host field's; else the target itself. */
export function originForm(target: string, host: string): string {
  const prefix = /^https?:\/\/([^/?#]*)/i.exec(target)
  if (prefix?.[1]?.toLowerCase() !== host.toLowerCase()) return target
  const rest = target.slice(prefix[0].length)
  return rest.startsWith('/') ? rest : `/${rest}`
}
