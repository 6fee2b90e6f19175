import { unicodeText } from '../text/percent.ts'

/** One part of a `multipart/…` body (RFC 7578, RFC 2046). */
export interface Part {
  readonly name: string
  /** Present, if perhaps empty, when the part is a file. */
  readonly filename: string | undefined
  readonly contentType: string | undefined
  /** Headers besides Content-Disposition and Content-Type. */
  readonly headers: readonly (readonly [name: string, value: string])[]
  /** A byte string, transfer encoding taken off. */
  readonly content: string
}

const partLimit = 1000
const headerLimit = 8192

/**
 * Takes a multipart body apart, leniently: line ends may be bare line feeds, the last boundary may be missing, and text before the
 * first or after the last boundary counts as a part without a name, since some server may read it.
 */
export function multipartParts(bytes: string, boundary: string): Part[] {
  const delimiter = `--${boundary}`
  const parts: Part[] = []
  let start = 0
  let from = 0
  let inside = false
  while (parts.length < partLimit) {
    const at = bytes.indexOf(delimiter, from)
    if (at > 0 && bytes.charCodeAt(at - 1) !== 10 && bytes.charCodeAt(at - 1) !== 13) {
      from = at + delimiter.length
      continue
    }
    const piece = bytes.slice(start, at < 0 ? bytes.length : at)
    if (inside) parts.push(part(piece))
    else if (piece.trim() !== '') parts.push(outside(piece))
    if (at < 0) return parts
    start = at + delimiter.length
    inside = !bytes.startsWith('--', start)
    if (!inside) start += 2
    from = start
  }
  return [...parts, outside(bytes.slice(start))]
}

/** The boundary of a Content-Type, or, when it names none, of the body's own first line. */
export function boundaryOf(contentType: string, bytes: string): string | undefined {
  const named = /boundary\s*=\s*(?:"([^"]+)"|([^;\s]+))/i.exec(contentType)
  const boundary = named?.[1] ?? named?.[2]
  if (boundary !== undefined && bytes.includes(`--${boundary}`)) return boundary
  return /^\s{0,4}--([^\r\n]{1,200})\r?\ncontent-/i.exec(bytes)?.[1]?.trim()
}

function outside(content: string): Part {
  return { name: '', filename: undefined, contentType: undefined, headers: [], content }
}

function part(piece: string): Part {
  const head = /^[^\S\n]*\r?\n/.exec(piece)?.[0].length ?? 0
  const body = piece.replace(/\r?\n$/, '').slice(head)
  const end = /^\r?\n|\r?\n[^\S\n]*\r?\n/.exec(body.slice(0, headerLimit))
  if (end === null) return outside(body)
  const headers = partHeaders(body.slice(0, end.index))
  const disposition = headers.find(([name]) => name === 'content-disposition')?.[1] ?? ''
  const encoding = headers.find(([name]) => name === 'content-transfer-encoding')?.[1]
  return {
    name: parameter(disposition, 'name') ?? '',
    filename: parameter(disposition, 'filename'),
    contentType: headers.find(([name]) => name === 'content-type')?.[1],
    headers: headers.filter(([name]) => !usual.has(name)),
    content: withoutEncoding(body.slice(end.index + end[0].length), encoding),
  }
}

const usual = new Set(['content-disposition', 'content-type', 'content-length'])

function partHeaders(text: string): [name: string, value: string][] {
  return text
    .replace(/\r?\n[ \t]+/g, ' ')
    .split(/\r?\n/)
    .map((line) => {
      const colon = line.indexOf(':')
      return colon < 0
        ? ['', line]
        : [line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim()]
    })
}

/** A parameter of Content-Disposition; the extended form (RFC 5987) and repeated ones are joined, since servers differ. */
function parameter(disposition: string, name: string): string | undefined {
  const found: string[] = []
  const pattern = new RegExp(
    `(?:^|[;\\s])${name}(\\*)?\\s*=\\s*(?:"((?:[^"\\\\]|\\\\.)*)"?|'([^']*)'(?=\\s*(?:;|$))|([^;\\s]*))`,
    'gi',
  )
  for (const [, extended, double, single, bare] of disposition.matchAll(pattern)) {
    const value = double ?? single ?? bare ?? ''
    found.push(
      extended === undefined ? value.replaceAll('\\"', '"') : value.replace(/^[\w-]*'[\w-]*'/, ''),
    )
  }
  return found.length === 0 ? undefined : unicodeText(found.join(' '))
}

function withoutEncoding(content: string, encoding: string | undefined): string {
  const name = encoding?.toLowerCase()
  if (name === 'base64') return Buffer.from(content, 'base64').toString('latin1')
  if (name !== 'quoted-printable') return content
  return content
    .replace(/=\r?\n/g, '')
    .replace(/=([\da-f]{2})/gi, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)))
}
