import type { SignedRequest } from './request.ts'

const UNRESERVED = /^[A-Za-z0-9\-._~]*$/
const UNRESERVED_PATH = /^[A-Za-z0-9\-._~/]*$/
const NEEDS_PATH_ENCODING = /[^A-Za-z0-9\-._~/]/gu
const ESCAPE_OR_NEEDS_ENCODING = /%[0-9A-Fa-f]{2}|[^A-Za-z0-9\-._~]/gu
const ESCAPE_OR_NEEDS_PATH_ENCODING = /%[0-9A-Fa-f]{2}|[^A-Za-z0-9\-._~/]/gu
const ROOT = ['/']
const SPACE_RUN = /[ \t\r\n]+/g
const OUTER_SPACE = /^ | $/g
const DOT_OR_EMPTY_SEGMENT = /\/(?:\/|\.{1,2}(?:\/|$))/

function hexEscape(byte: number): string {
  return `%${byte < 16 ? '0' : ''}${byte.toString(16).toUpperCase()}`
}

function escapeCharacter(character: string): string {
  const code = character.codePointAt(0) ?? 0
  if (code <= 0xff) return hexEscape(code)
  return Array.from(Buffer.from(character, 'utf8'), hexEscape).join('')
}

function encodePath(path: string): string {
  return UNRESERVED_PATH.test(path) ? path : path.replace(NEEDS_PATH_ENCODING, escapeCharacter)
}

/** An escape of an unreserved character is undone and any other written in upper case; what is bare is encoded. */
function normaliseEscape(match: string): string {
  if (match.length !== 3) return escapeCharacter(match)
  const character = String.fromCharCode(Number.parseInt(match.slice(1), 16))
  return UNRESERVED.test(character) ? character : match.toUpperCase()
}

/** Removes dot segments and duplicate slashes, as AWS's SDKs do before they sign for any service but S3. */
function normalisePath(path: string): string {
  if (!DOT_OR_EMPTY_SEGMENT.test(path)) return path
  const kept: string[] = []
  for (const segment of path.split('/')) {
    if (segment === '..') kept.pop()
    else if (segment !== '' && segment !== '.') kept.push(segment)
  }
  return `/${kept.join('/')}${kept.length > 0 && path.endsWith('/') ? '/' : ''}`
}

/** True for the services that sign the path as S3 does: as sent, encoded once. */
export function signsLikeS3(service: string): boolean {
  return service === 's3' || service.startsWith('s3-') || service === 's3express'
}

/**
 * The canonical paths that a client may have signed, likeliest first. S3: encoded once, nothing removed. Others:
 * normalised and encoded again; and, for signers that do not normalise (the Go SDK), as sent and encoded again.
 */
export function canonicalPaths(service: string, rawPath: string): readonly string[] {
  if (rawPath === '/' || rawPath === '') return ROOT
  const first = signsLikeS3(service)
    ? rawPath.replace(ESCAPE_OR_NEEDS_PATH_ENCODING, normaliseEscape)
    : encodePath(normalisePath(rawPath))
  const second = signsLikeS3(service) ? rawPath : encodePath(rawPath)
  return first === second ? [first] : [first, second]
}

/** One name or value of a query in canonical encoding; a plus sign means a space, as in a form. */
export function canonicalComponent(text: string): string {
  if (UNRESERVED.test(text)) return text
  return text.replaceAll('+', '%20').replace(ESCAPE_OR_NEEDS_ENCODING, normaliseEscape)
}

/** Splits a raw query into canonically encoded [name, value] pairs, in the order sent. */
export function queryPairs(rawQuery: string): [name: string, value: string][] {
  const pairs: [string, string][] = []
  for (const part of rawQuery.split('&')) {
    if (part === '') continue
    const equals = part.indexOf('=')
    const name = equals < 0 ? part : part.slice(0, equals)
    const value = equals < 0 ? '' : part.slice(equals + 1)
    pairs.push([canonicalComponent(name), canonicalComponent(value)])
  }
  return pairs
}

function compareText(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0
}

/** The canonical query: pairs sorted by encoded name, then value, without the names in `omit`. */
export function canonicalQuery(rawQuery: string, omit: readonly string[] = []): string {
  if (rawQuery === '') return ''
  return queryPairs(rawQuery)
    .filter(([name]) => !omit.includes(name))
    .sort((left, right) => compareText(left[0], right[0]) || compareText(left[1], right[1]))
    .map(([name, value]) => `${name}=${value}`)
    .join('&')
}

/** Blanks trimmed and collapsed; only ASCII ones, since any other byte is part of the value. */
function tidySpace(value: string): string {
  return value.replace(SPACE_RUN, ' ').replace(OUTER_SPACE, '')
}

/** True for a value with a blank at either end, two in a row, or one that is not a space. */
function isUntidy(value: string): boolean {
  let blank = true
  for (let index = 0; index < value.length; index++) {
    const code = value.charCodeAt(index)
    if (code > 0x20) blank = false
    else if (code === 0x20) {
      if (blank) return true
      blank = true
    } else if (code === 0x09 || code === 0x0a || code === 0x0d) return true
    else blank = false
  }
  return blank && value !== ''
}

/** The canonical header lines, each with its line feed; undefined when a signed header is not in the request. */
export function canonicalHeaders(
  headers: SignedRequest['headers'],
  names: readonly string[],
): string | undefined {
  let lines = ''
  for (const name of names) {
    const value = headers[name]
    // Anything but a string is a missing header or a name found on the object's prototype.
    if (typeof value !== 'string') return undefined
    lines += `${name}:${isUntidy(value) ? tidySpace(value) : value}\n`
  }
  return lines
}
