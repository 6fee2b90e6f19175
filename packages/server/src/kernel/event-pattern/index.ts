import { compilePattern, isNode } from './compile.ts'
import { matchesPattern } from './match.ts'

export { readEventJson } from './event-json.ts'
export { locationOf, PatternError } from './pattern-error.ts'

/** A compiled event pattern (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern.html). */
export interface EventPattern {
  matches(event: object): boolean
  /** The only values that `source` may have, where the pattern lists them; for finding rules quickly. */
  readonly sources: ReadonlySet<string> | undefined
}

/** Compiles the text of an event pattern. Throws PatternError with EventBridge's reason. */
export function compileEventPattern(text: string): EventPattern {
  const root = compilePattern(text)
  const source = root.fields.get('source')
  const isListed =
    source && !isNode(source) && !source.present && !source.absent && source.matchers.length === 0
  const sources = isListed
    ? new Set([...source.exact].filter((value) => typeof value === 'string'))
    : undefined
  return { matches: (event) => matchesPattern(root, event), sources }
}
