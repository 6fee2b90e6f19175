import { compileRegex } from './conditions.ts'
import type { FilterPattern } from './pattern.ts'
import { Scanner } from './scanner.ts'

type Test = (message: string) => boolean

/**
 * Compiles terms: all must occur, those after `-` must not. Where only `?terms` stand, one of them
 * must occur; beside others they are ignored, as AWS ignores them.
 */
export function compileTerms(text: string): FilterPattern {
  const scanner = new Scanner(text)
  const required: Test[] = []
  const excluded: Test[] = []
  const optional: Test[] = []
  for (scanner.skipBlanks(); !scanner.done; scanner.skipBlanks()) {
    const sign = scanner.match(/[-?]/y)
    const test = readTerm(scanner)
    if (sign === '-') excluded.push(test)
    else if (sign === '?') optional.push(test)
    else required.push(test)
  }
  const onlyOptional = required.length + excluded.length === 0 && optional.length > 0
  const none = (): undefined => undefined
  return {
    kind: 'terms',
    match(message) {
      const agrees = onlyOptional
        ? optional.some((test) => test(message))
        : required.every((test) => test(message)) && !excluded.some((test) => test(message))
      return agrees ? none : undefined
    },
    names: () => [],
  }
}

function readTerm(scanner: Scanner): Test {
  if (scanner.peek() === '"') {
    const phrase = scanner.quoted()
    return (message) => message.includes(phrase)
  }
  if (scanner.peek() === '%') return compileRegex(scanner.regex())
  const term = scanner.match(/[^\s"]+/y)
  if (term === undefined) throw scanner.error('a term is missing')
  if (!/^[\p{L}\p{N}_*.]+$/u.test(term)) {
    throw scanner.error(
      'terms with characters other than letters, digits and underscores must be in double quotes',
    )
  }
  return (message) => message.includes(term)
}
