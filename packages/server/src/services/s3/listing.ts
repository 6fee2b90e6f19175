import type { TableView } from '../../kernel/context.ts'
import { invalidArgument } from './errors.ts'

/** A row with its key, as a table lists it. */
export interface Listed<Row> {
  readonly key: string
  readonly value: Row
}

/** What a listing of keys asks for. */
export interface KeyQuery {
  readonly bucket: string
  readonly prefix: string
  readonly delimiter: string | undefined
  /** Only what sorts after this key (exclusive), or after everything below it when it is a common prefix. */
  readonly after: string | undefined
  readonly limit: number
}

/** One page of keys and common prefixes together, in order. */
export interface KeyPage<Row> {
  readonly rows: readonly Listed<Row>[]
  readonly commonPrefixes: readonly string[]
  readonly isTruncated: boolean
  /** The last key or common prefix on the page. */
  readonly last: string | undefined
}

/** Sorts after every key that starts so. */
const beyond = '\u{10ffff}'
/** Rows read at a time: few while common prefixes are skipped, more and more while rows are shown. */
const leastBatch = 24
const mostBatch = 1001

/** The common prefix that a key falls under, if any. */
export function commonPrefixOf(
  key: string,
  prefix: string,
  delimiter: string | undefined,
): string | undefined {
  if (!delimiter) return undefined
  const at = key.indexOf(delimiter, prefix.length)
  return at < 0 ? undefined : key.slice(0, at + delimiter.length)
}

/**
 * One page of a table whose keys are `<bucket>/<key>`. Keys under a common prefix are skipped, not
 * read: the listing goes on behind them, so a page costs what is on it and not what it stands for.
 */
export async function pageOfKeys<Row extends object>(
  table: TableView<Row>,
  { bucket, prefix, delimiter, after, limit }: KeyQuery,
  keyOf: (row: Row) => string,
): Promise<KeyPage<Row>> {
  const rows: Listed<Row>[] = []
  const commonPrefixes: string[] = []
  const base = `${bucket}/`
  let last: string | undefined
  let from = after === undefined ? undefined : resumeAfter(after, prefix, delimiter)
  const page = (isTruncated: boolean): KeyPage<Row> => ({ rows, commonPrefixes, isTruncated, last })
  if (limit === 0) return page(false)
  let batch = delimiter === undefined ? Math.min(limit + 1, mostBatch) : leastBatch
  for (;;) {
    const found = await table.list({
      prefix: base + prefix,
      limit: batch,
      ...(from !== undefined && { after: base + from }),
    })
    let under: string | undefined
    for (const row of found) {
      const key = keyOf(row.value)
      if (under !== undefined && key.startsWith(under)) continue
      if (rows.length + commonPrefixes.length === limit) return page(true)
      under = commonPrefixOf(key, prefix, delimiter)
      if (under === undefined) rows.push(row)
      else commonPrefixes.push(under)
      last = under ?? key
    }
    if (found.length < batch) return page(false)
    const lastKey = found.at(-1)?.key.slice(base.length)
    from = under === undefined ? lastKey : under + beyond
    batch = under === undefined ? Math.min(batch * 4, mostBatch) : leastBatch
  }
}

function resumeAfter(after: string, prefix: string, delimiter: string | undefined): string {
  const under = commonPrefixOf(after, prefix, delimiter)
  return under !== undefined && after.startsWith(under) && under === after ? after + beyond : after
}

const maxPage = 1000

/** The page size that a listing asks for: 1000 at most. Throws InvalidArgument. */
export function pageSize(asked: number | undefined, name = 'max-keys'): number {
  if (asked === undefined) return maxPage
  if (!Number.isInteger(asked) || asked < 0 || asked > 2 ** 31 - 1) {
    const argument = name.replace(/-(\w)/, (_dash, letter: string) => letter.toUpperCase())
    throw invalidArgument(
      `Argument ${argument} must be an integer between 0 and 2147483647`,
      argument,
      String(asked),
    )
  }
  return Math.min(asked, maxPage)
}

/** How keys are told under `encoding-type=url`: percent-encoded, slashes kept, blanks as plus signs. */
export function encoder(encodingType: string | undefined): (text: string) => string {
  if (encodingType === undefined) return (text) => text
  if (encodingType !== 'url') {
    throw invalidArgument(
      'Invalid Encoding Method specified in Request',
      'encoding-type',
      encodingType,
    )
  }
  return (text) =>
    encodeURIComponent(text)
      .replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`)
      .replaceAll('%2F', '/')
      .replaceAll('%20', '+')
}

/** An optional text, encoded. */
export function encoded(
  encode: (text: string) => string,
  name: string,
  text: string | undefined,
): Record<string, string> {
  return text === undefined ? {} : { [name]: encode(text) }
}
