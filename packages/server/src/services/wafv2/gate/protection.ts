import { hash } from 'node:crypto'
import type { DataProtectionConfig, LoggingConfiguration } from '@aws-sdk/client-wafv2'

/** What of a request is hidden, and how. */
export interface Protection {
  header(name: string, value: string): string
  path(value: string): string
  query(value: string): string
  method(value: string): string
}

const redacted = 'REDACTED'

type Hide = (value: string) => string

/** Hides what a web ACL protects in all its output, and what its log is to leave out besides. */
export function protectionOf(
  data: DataProtectionConfig | undefined,
  log: Pick<LoggingConfiguration, 'RedactedFields'> = {},
): Protection {
  const headers = new Map<string, Hide>()
  const cookies = new Map<string, Hide>()
  const queryArguments = new Map<string, Hide>()
  let path: Hide = same
  let query: Hide = same
  let method: Hide = same
  for (const { Field, Action } of data?.DataProtections ?? []) {
    const hide: Hide = Action === 'HASH' ? (value) => hash('sha256', value) : () => redacted
    const keys = Field?.FieldKeys ?? []
    const into = {
      SINGLE_HEADER: headers,
      SINGLE_COOKIE: cookies,
      SINGLE_QUERY_ARGUMENT: queryArguments,
    }
    const type = Field?.FieldType
    if (type === 'QUERY_STRING') query = hide
    else if (type !== undefined && type !== 'BODY') {
      for (const key of keys) into[type].set(key.toLowerCase(), hide)
    }
  }
  for (const field of log.RedactedFields ?? []) {
    if (field.SingleHeader) headers.set(field.SingleHeader.Name?.toLowerCase() ?? '', hideAll)
    if (field.UriPath) path = hideAll
    if (field.QueryString) query = hideAll
    if (field.Method) method = hideAll
  }
  return {
    header(name, value) {
      const lower = name.toLowerCase()
      const hide = headers.get(lower)
      if (hide) return hide(value)
      return lower === 'cookie' && cookies.size > 0
        ? hiddenPairs(value, /; */, '; ', cookies)
        : value
    },
    path,
    query: (value) =>
      queryArguments.size > 0 ? query(hiddenPairs(value, /&/, '&', queryArguments)) : query(value),
    method,
  }
}

const same: Hide = (value) => value
const hideAll: Hide = () => redacted

function hiddenPairs(
  text: string,
  separator: RegExp,
  joint: string,
  hides: ReadonlyMap<string, Hide>,
): string {
  return text
    .split(separator)
    .map((pair) => {
      const end = pair.indexOf('=')
      const hide = end < 0 ? undefined : hides.get(pair.slice(0, end).toLowerCase())
      return hide ? `${pair.slice(0, end)}=${hide(pair.slice(end + 1))}` : pair
    })
    .join(joint)
}
