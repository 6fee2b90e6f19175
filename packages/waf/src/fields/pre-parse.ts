import type { PreParseTextTransformation } from '@aws-sdk/client-wafv2'
import type { RawPair } from '../parsed-request.ts'
import { replaced, urlDecode, urlDecodeUni } from '../transformations/decoders.ts'
import { rawPairs } from './raw-pairs.ts'

/** A statement's pre-parse text transformations: what is done to the query string before it is split into arguments. */
export interface PreParse {
  /** Tells one chain from another; empty for none. */
  readonly key: string
  arguments(queryString: string): readonly RawPair[]
}

/** Compiles a chain of pre-parse text transformations; undefined when it changes nothing. */
export function preParseOf(
  chain: readonly PreParseTextTransformation[] | undefined,
): PreParse | undefined {
  const names = (chain ?? [])
    .toSorted((a, b) => (a.Priority ?? 0) - (b.Priority ?? 0))
    .flatMap(({ Type = 'NONE' }) => (Type === 'NONE' ? [] : [Type]))
  if (names.length === 0) return undefined
  return {
    key: names.join(' '),
    arguments(queryString) {
      let text = queryString
      for (const name of names) text = steps[name](text)
      return rawPairs(text, '&')
    },
  }
}

const steps = {
  URL_DECODE: urlDecode,
  URL_DECODE_UNI: urlDecodeUni,
  REPLACE_SEMICOLONS_WITH_AMPERSANDS: (text: string) => replaced(text, ';', '&'),
  COMBINE_DUPLICATE_QUERY_ARGS_BY_COMMA: combined,
} as const

/** The values of arguments of one name joined by commas, where the first of them stood. */
function combined(queryString: string): string {
  const byName = new Map<string, string[]>()
  for (const { name, value } of rawPairs(queryString, '&')) {
    const values = byName.get(name)
    if (values === undefined) byName.set(name, [value])
    else values.push(value)
  }
  return [...byName].map(([name, values]) => `${name}=${values.join(',')}`).join('&')
}
