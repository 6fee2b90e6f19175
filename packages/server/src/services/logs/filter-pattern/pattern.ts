import { compileFields } from './fields-pattern.ts'
import { compileJson } from './json-pattern.ts'
import { compileTerms } from './terms-pattern.ts'

/** Gives the text of a field or property of a matched event (`$.latency`, `$size`). */
export interface Extract {
  (name: string): string | undefined
  /** Every field of a space-delimited event by name. */
  readonly all?: ReadonlyMap<string, string>
}

/**
 * A compiled filter pattern
 * (https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html).
 */
export interface FilterPattern {
  readonly kind: 'terms' | 'json' | 'fields'
  /** What can be extracted from a message that matches; undefined when it does not match. */
  match(message: string): Extract | undefined
  /** The names that the pattern gives to parts of a matched event. */
  names(extract?: Extract): readonly string[]
}

/** Compiles a filter pattern. Throws FilterPatternError. */
export function compileFilterPattern(text: string): FilterPattern {
  const trimmed = text.trim()
  if (trimmed.startsWith('{')) return compileJson(trimmed)
  if (trimmed.startsWith('[')) return compileFields(trimmed)
  return compileTerms(trimmed)
}

/** The values of a matched event that TestMetricFilter shows. */
export function extractedValues(pattern: FilterPattern, extract: Extract): Record<string, string> {
  const values: Record<string, string> = {}
  for (const name of pattern.names(extract)) {
    const value = extract(name)
    if (value !== undefined) values[name] = value
  }
  return values
}

const kept = new Map<string, FilterPattern>()
const keptPatterns = 500

/** The same, compiled once for as long as it is in use. */
export function filterPattern(text: string): FilterPattern {
  let pattern = kept.get(text)
  if (!pattern) {
    pattern = compileFilterPattern(text)
    if (kept.size >= keptPatterns) kept.clear()
    kept.set(text, pattern)
  }
  return pattern
}
