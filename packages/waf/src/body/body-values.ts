import type { InspectedValue } from '../inspected-value.ts'
import type { HttpRequest } from '../request.ts'
import { marksOf } from '../readings.ts'
import { textReader } from './charset.ts'
import type { TextReader } from './charset.ts'
import { decompressed } from './compression.ts'
import { fileKind, serverCode } from './file-kind.ts'
import { formFields, joinedRepeats } from './form.ts'
import { addValue, readJson } from './nested.ts'
import { boundaryOf, multipartParts } from './multipart.ts'
import type { Part } from './multipart.ts'
import { ValueList } from './value-list.ts'
import { readXml } from './xml.ts'

/**
 * The values of a request's body, as its Content-Type and its looks say: JSON and newline-delimited JSON, forms, multipart, XML,
 * GraphQL, CSV, else one text. A body compressed by Content-Encoding is read as what it holds; of files that are not text their
 * name, type and kind alone.
 */
export function bodyValues(request: HttpRequest): readonly InspectedValue[] {
  const { body } = request
  if (body.length === 0) return []
  const list = new ValueList('body')
  const bytes = decompressed(body, headerOf(request, 'content-encoding'))
  readContent('', { bytes, contentType: headerOf(request, 'content-type') ?? '' }, list)
  return list.values
}

interface Content {
  readonly bytes: string
  readonly contentType: string
}

function headerOf({ headers }: HttpRequest, wanted: string): string | undefined {
  return headers.find(([name]) => name.toLowerCase() === wanted)?.[1]
}

function readContent(name: string, content: Content, list: ValueList): void {
  const { bytes, contentType } = content
  const type = (/^[^;,\s]*/.exec(contentType)?.[0] ?? '').toLowerCase()
  const read = textReader(/charset\s*=\s*["']?([\w.:-]+)/i.exec(contentType)?.[1], bytes)
  const boundary = /^multipart\/|^$/.test(type) ? boundaryOf(contentType, bytes) : undefined
  if (boundary !== undefined) {
    for (const part of multipartParts(bytes, boundary)) readPart(part, read, list)
    return
  }
  const kind = /^(?:text\/|application\/(?:json|xml|x-www))/.test(type)
    ? undefined
    : fileKind(bytes)
  if (kind !== undefined) readBinary(name, { bytes, type, isMedia: kind.media }, list)
  else readText(name, { bytes, type, read }, list)
}

/** A text with its type, lower case and without parameters. */
interface TypedText {
  readonly bytes: string
  readonly type: string
  readonly read: TextReader
}

function readText(name: string, { bytes, type, read }: TypedText, list: ValueList): void {
  if (isForm(type, bytes)) {
    readForm(bytes, read, list)
    return
  }
  const text = read(bytes)
  if (
    /[/+]xml\b|\/soap/.test(type) ||
    /^\ufeff?\s*<(?:\?xml|!DOCTYPE\s+(?!html)|\w+:envelope)\b/i.test(text)
  ) {
    readXml(name, text, list)
  } else if (/csv/.test(type)) readCsv(name, text, list)
  else if (/json/.test(type)) readJson(name, text, list)
  else addValue(name, text, list)
}

/** A form by its type; or by its looks, where no type or a wrong one is given. */
function isForm(type: string, bytes: string): boolean {
  if (type.endsWith('/x-www-form-urlencoded')) return !/^\s*[[{]["{[\]}\s]/.test(bytes)
  return (
    /^$|json|octet-stream|^\*|^form|text\/plain/.test(type) &&
    /^[\w.[\]%+-]+=[^\s&]*(?:&[\w.[\]%+-]+=[^\s&]*)*\s*$/.test(bytes)
  )
}

function readForm(bytes: string, read: TextReader, list: ValueList): void {
  const fields = formFields(bytes, read)
  for (const { name, value } of fields) {
    if (list.full) break
    list.addName(name)
    addValue(name, value, list)
  }
  for (const { name, value } of joinedRepeats(fields)) list.addText(name, value)
}

function readPart(part: Part, read: TextReader, list: ValueList): void {
  const { name, filename, contentType, headers, content } = part
  list.addName(name)
  for (const [header, value] of headers) list.addText(header, value)
  if (contentType !== undefined) list.addText(`${name}.content-type`, contentType)
  if (filename === undefined) {
    if (contentType === undefined || /^text\/plain/i.test(contentType)) {
      addValue(name, read(content), list)
    } else readContent(name, { bytes: content, contentType }, list)
    return
  }
  list.addText(`${name}.filename`, filename)
  readFile(name, filename, { bytes: content, contentType: contentType ?? '' }, list)
}

/** Extensions of files whose text is a program or a page in itself: it says nothing of an attack on the one who stores it. */
const sourceCode =
  /\.(?:c|cc|cpp|cs|css|diff|go|h|hpp|ini|ipynb|java|js|jsx|kt|less|lua|m|md|mjs|patch|pl|ps1|py|r|rb|rs|rst|scala|scss|sh|sql|swift|tex|toml|ts|tsx|vue|yaml|yml|log|bat|conf)$/i

function readFile(name: string, filename: string, content: Content, list: ValueList): void {
  const { bytes } = content
  const kind = fileKind(bytes)
  if (kind !== undefined) {
    readBinary(name, { bytes, type: content.contentType, isMedia: kind.media }, list)
    return
  }
  const code = serverCode(bytes, false)
  for (const excerpt of code) list.addText(name, excerpt)
  if (code.length > 0 || sourceCode.test(filename)) return
  const read = textReader(undefined, bytes)
  const type = typeOfFile(filename, content.contentType.toLowerCase())
  if (type.includes('svg')) list.addText(name, read(bytes))
  else readText(name, { bytes, type, read }, list)
}

/** A picture's type with a text inside is no hint how to read that text. */
function typeOfFile(filename: string, declared: string): string {
  const extension = /\.(\w+)$/.exec(filename)?.[1]?.toLowerCase() ?? ''
  if (extension === 'svg' || declared.includes('svg')) return 'image/svg+xml'
  if (/^(?:xml|xsd|xslt?|rss|wsdl)$/.test(extension)) return 'text/xml'
  if (extension === 'csv') return 'text/csv'
  return /^(?:image|audio|video)\//.test(declared) ? '' : declared.replace(/;.*$/, '')
}

/** Bytes that are no text. */
interface BinaryContent {
  readonly bytes: string
  readonly type: string
  readonly isMedia: boolean
}

/** Messages are made of texts, however short; of other bytes, a shorter run than this is more often chance than text. */
const messageTypes = /protobuf|grpc|msgpack|cbor/i
/** How serialised objects of Java begin. */
const javaObjects = '\xac\xed'
const shortRuns = /[\t\n\r -~]{8,}/g
const longRuns = /[\t\n\r -~]{16,}/g

/** What is looked at of bytes that are no text: server programs hidden in them, and, but for media, the strings among them. */
function readBinary(name: string, { bytes, type, isMedia }: BinaryContent, list: ValueList): void {
  for (const excerpt of serverCode(bytes, true)) list.addText(name, excerpt)
  if (isMedia) return
  if (bytes.startsWith(javaObjects)) list.addText(name, bytes.slice(0, 4))
  let count = 0
  for (const [run] of bytes.matchAll(messageTypes.test(type) ? shortRuns : longRuns)) {
    list.addText(name, run)
    count += 1
    if (count === 500) return
  }
}

function readCsv(name: string, text: string, list: ValueList): void {
  const cell = /(?:"((?:[^"]|"")*)"?|([^",;\t\r\n]*))(?:[,;\t]|\r?\n|$)/gy
  while (cell.lastIndex < text.length && !list.full) {
    const start = cell.lastIndex
    const found = cell.exec(text)
    if (found === null) {
      list.addText(name, text.slice(start))
      return
    }
    const value = found[1]?.replaceAll('""', '"') ?? found[2] ?? ''
    if (marksOf(value) !== 0) list.addText(name, value)
  }
}
