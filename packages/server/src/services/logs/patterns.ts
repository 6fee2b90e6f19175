import { filterPattern } from './filter-pattern/pattern.ts'
import type { FilterPattern } from './filter-pattern/pattern.ts'
import { FilterPatternError } from './filter-pattern/scanner.ts'
import { invalid } from './errors.ts'

/** A compiled filter pattern. Throws InvalidParameterException for one that cannot be read. */
export function patternOf(text: string): FilterPattern {
  try {
    return filterPattern(text)
  } catch (error) {
    if (error instanceof FilterPatternError) throw invalid(error.message)
    throw error
  }
}
