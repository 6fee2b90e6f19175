import type { JsonBody } from '@aws-sdk/client-wafv2'
import type { FieldReading } from '../inspection.ts'
import { jsonTokens } from './json-tokens.ts'
import type { JsonToken, JsonTokens } from './json-tokens.ts'

/** Reads the keys and values that a JsonBody selects; an empty body has none and is not malformed. */
export function jsonBodyReader({
  MatchPattern,
  MatchScope = 'ALL',
  InvalidFallbackBehavior,
}: JsonBody): (body: string) => FieldReading {
  const paths = MatchPattern?.IncludedPaths?.map(pointerSegments)
  return (body) => {
    if (body === '') return { texts: [] }
    const read = jsonTokens(body)
    if (!read.complete && InvalidFallbackBehavior === 'EVALUATE_AS_STRING') return { texts: [body] }
    return { texts: selected(read, paths, MatchScope), unreadable: !read.complete }
  }
}

function selected(
  { tokens }: JsonTokens,
  paths: readonly (readonly string[])[] | undefined,
  scope: 'ALL' | 'KEY' | 'VALUE',
): string[] {
  const included = paths?.map((path) => within(tokens, path))
  const texts: string[] = []
  for (const [index, { segment, text }] of tokens.entries()) {
    if (included !== undefined && !included.some((inside) => inside[index] === 1)) continue
    const isKey = typeof segment === 'string' && index > 0
    if (isKey && scope !== 'VALUE') texts.push(segment)
    if (text !== undefined && scope !== 'KEY') texts.push(text)
  }
  return texts
}

/** Which tokens are what the path points to, or within it. One pass: a token follows its parent. */
function within(tokens: readonly JsonToken[], path: readonly string[]): Uint8Array {
  const outside = 0
  const inside = 1
  const onTheWay = 2
  const states = new Uint8Array(tokens.length)
  for (const [index, { parent, depth, segment }] of tokens.entries()) {
    const above = parent < 0 ? onTheWay : (states[parent] ?? outside)
    const follows = parent < 0 || String(segment) === path[depth - 1]
    if (above === inside) states[index] = inside
    else if (above === onTheWay && follows)
      states[index] = depth === path.length ? inside : onTheWay
  }
  return states
}

/** The segments of a JSON pointer (RFC 6901), as byte strings. */
function pointerSegments(pointer: string): string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((segment) =>
      Buffer.from(segment.replaceAll('~1', '/').replaceAll('~0', '~'), 'utf8').toString('latin1'),
    )
}
