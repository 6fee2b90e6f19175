import { readExpression } from './boolean-expression.ts'
import type { Predicate } from './boolean-expression.ts'
import { compare, readComparison, readOperand, requireNumber } from './conditions.ts'
import { readSelector, shown } from './json-selector.ts'
import type { JsonSelector } from './json-selector.ts'
import type { FilterPattern } from './pattern.ts'
import { Scanner } from './scanner.ts'

/** Compiles `{ $.a = 1 && … }`. */
export function compileJson(text: string): FilterPattern {
  const scanner = new Scanner(text)
  const selectors = new Map<string, JsonSelector>()
  scanner.expect('{')
  const matches = readExpression(scanner, () => {
    const selector = readSelector(scanner)
    selectors.set(selector.text, selector)
    return readCondition(scanner, selector)
  })
  scanner.expect('}')
  scanner.skipBlanks()
  if (!scanner.done) throw scanner.error('nothing may follow the closing brace')
  return {
    kind: 'json',
    match(message) {
      const event = parsed(message)
      if (event === undefined || !matches(event)) return undefined
      return (name) => {
        const selector = selectors.get(name) ?? selectorOf(name)
        const value = selector?.valuesOf(event)[0]
        return value === undefined ? undefined : shown(value)
      }
    },
    names: () => [...selectors.keys()],
  }
}

function selectorOf(text: string): JsonSelector | undefined {
  return text.startsWith('$.') || text.startsWith('$[')
    ? readSelector(new Scanner(text))
    : undefined
}

function parsed(message: string): unknown {
  const text = message.trim()
  if (!text.startsWith('{') && !text.startsWith('[')) return undefined
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function readCondition(scanner: Scanner, { valuesOf }: JsonSelector): Predicate<unknown> {
  scanner.skipBlanks()
  const word = scanner.match(/(IS\s+(NULL|TRUE|FALSE)|NOT\s+EXISTS)\b/iy)
  if (word !== undefined) {
    const last = /\w+$/.exec(word)?.[0].toUpperCase()
    if (last === 'EXISTS') return (event) => valuesOf(event).length === 0
    const wanted = last === 'NULL' ? null : last === 'TRUE'
    return (event) => valuesOf(event).some((value) => value === wanted)
  }
  const comparison = readComparison(scanner)
  if (comparison === undefined) throw scanner.error('an operator is missing')
  const operand = readOperand(scanner, /[^\s&|(){}"%]+/y)
  requireNumber(comparison, operand, scanner)
  return (event) =>
    valuesOf(event).some(
      (value) =>
        (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') &&
        compare(comparison, operand, value),
    )
}
