import type { Cookies, Headers } from '@aws-sdk/client-wafv2'
import type { RawPair } from '../parsed-request.ts'

/** AWS WAF inspects so many headers and cookies, and so many bytes of each. */
const countLimit = 200
const byteLimit = 8192

/** As many pairs as are inspected: the first 200, and the first 8 KB of names and values. */
export function withinLimits(pairs: readonly RawPair[]): {
  readonly pairs: readonly RawPair[]
  readonly oversize: boolean
} {
  let bytes = 0
  for (const [index, { name, value }] of pairs.entries()) {
    bytes += name.length + value.length
    if (index < countLimit && bytes <= byteLimit) continue
    const kept = pairs.slice(0, index)
    const part = value.length - (bytes - byteLimit)
    if (index < countLimit && part > 0) kept.push({ name, value: value.slice(0, part) })
    return { pairs: kept, oversize: true }
  }
  return { pairs, oversize: false }
}

/** Selects names and values of headers, whose names know no case, as a Headers component says. */
export function headersReader({ MatchPattern, MatchScope = 'ALL' }: Headers): PairsReader {
  const { IncludedHeaders, ExcludedHeaders } = MatchPattern ?? {}
  const lower = (name: string): string => name.toLowerCase()
  return pairsReader(nameFilter(IncludedHeaders, ExcludedHeaders, lower), MatchScope)
}

/** Selects names and values of cookies as a Cookies component says. */
export function cookiesReader({ MatchPattern, MatchScope = 'ALL' }: Cookies): PairsReader {
  const { IncludedCookies, ExcludedCookies } = MatchPattern ?? {}
  return pairsReader(
    nameFilter(IncludedCookies, ExcludedCookies, (name) => name),
    MatchScope,
  )
}

/** Picks texts out of headers or cookies. */
export type PairsReader = (pairs: readonly RawPair[]) => readonly string[]

function nameFilter(
  included: readonly string[] | undefined,
  excluded: readonly string[] | undefined,
  folded: (name: string) => string,
): (name: string) => boolean {
  if (included === undefined && excluded === undefined) return () => true
  const names = new Set((included ?? excluded ?? []).map(folded))
  return (name) => names.has(folded(name)) === (included !== undefined)
}

function pairsReader(
  isSelected: (name: string) => boolean,
  scope: 'ALL' | 'KEY' | 'VALUE',
): PairsReader {
  return (pairs) => {
    const texts: string[] = []
    for (const { name, value } of pairs) {
      if (!isSelected(name)) continue
      if (scope !== 'VALUE') texts.push(name)
      if (scope !== 'KEY') texts.push(value)
    }
    return texts
  }
}
