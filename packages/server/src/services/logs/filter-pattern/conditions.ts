import { RE2JS } from 're2js'
import { FilterPatternError } from './scanner.ts'
import type { Scanner } from './scanner.ts'

/** What a condition compares a field with. */
export type Operand =
  | { readonly kind: 'text'; readonly text: string; readonly matches: (value: string) => boolean }
  | { readonly kind: 'number'; readonly value: number; readonly text: string }
  | { readonly kind: 'regex'; readonly matches: (value: string) => boolean }

/** The comparison operators of filter patterns. */
export type Comparison = '=' | '!=' | '<' | '>' | '<=' | '>='

const allowedInRegex = /^[A-Za-z0-9_#=@/;,\-:^$?[\]{}|\\*+.\s]+$/

/**
 * A regular expression of a filter pattern, found anywhere in a text. It runs in linear time, so no
 * pattern can hold up the server. Groups are refused, as AWS refuses them.
 */
export function compileRegex(source: string): (value: string) => boolean {
  if (/[()]/.test(source.replace(/\\./g, '')) || !allowedInRegex.test(source)) {
    throw new FilterPatternError(
      `Invalid filter pattern: unsupported character in regular expression %${source}%`,
    )
  }
  try {
    const compiled = RE2JS.compile(source)
    return (value) => compiled.matcher(value).find()
  } catch {
    throw new FilterPatternError(`Invalid filter pattern: invalid regular expression %${source}%`)
  }
}

/** Text in which `*` stands for anything. */
export function wildcard(text: string): (value: string) => boolean {
  if (!text.includes('*')) return (value) => value === text
  const parts = text.split('*')
  const first = parts[0] ?? ''
  const last = parts.at(-1) ?? ''
  return (value) => {
    if (value.length < first.length + last.length) return false
    if (!value.startsWith(first) || !value.endsWith(last)) return false
    let at = first.length
    const end = value.length - last.length
    for (const part of parts.slice(1, -1)) {
      const found = value.indexOf(part, at)
      if (found < 0 || found + part.length > end) return false
      at = found + part.length
    }
    return true
  }
}

const numberForm = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/

/** Reads a comparison operator. */
export function readComparison(scanner: Scanner): Comparison | undefined {
  scanner.skipBlanks()
  return scanner.match(/!=|<=|>=|=|<|>/y) as Comparison | undefined
}

/** Reads what a field is compared with; unquoted text ends where `stop` says. */
export function readOperand(scanner: Scanner, stop: RegExp): Operand {
  scanner.skipBlanks()
  if (scanner.peek() === '"') {
    const text = scanner.quoted()
    return { kind: 'text', text, matches: wildcard(text) }
  }
  if (scanner.peek() === '%') return { kind: 'regex', matches: compileRegex(scanner.regex()) }
  const text = scanner.match(stop) ?? ''
  if (text === '') throw scanner.error('a value is missing')
  if (numberForm.test(text)) return { kind: 'number', value: Number(text), text }
  return { kind: 'text', text, matches: wildcard(text) }
}

/** Whether a comparison other than `=` and `!=` has a number to compare with. */
export function requireNumber(comparison: Comparison, operand: Operand, scanner: Scanner): void {
  if (comparison !== '=' && comparison !== '!=' && operand.kind !== 'number') {
    throw scanner.error(`${comparison} needs a number`)
  }
}

/** Decides a condition on a text or number of a log event. */
export function compare(
  comparison: Comparison,
  operand: Operand,
  value: string | number | boolean,
): boolean {
  if (comparison === '=') return equals(operand, value)
  if (comparison === '!=') return !equals(operand, value)
  if (operand.kind !== 'number') return false
  const number = typeof value === 'number' ? value : numberOf(value)
  if (number === undefined) return false
  switch (comparison) {
    case '<':
      return number < operand.value
    case '>':
      return number > operand.value
    case '<=':
      return number <= operand.value
    case '>=':
      return number >= operand.value
  }
}

function equals(operand: Operand, value: string | number | boolean): boolean {
  if (operand.kind !== 'number') return operand.matches(String(value))
  if (typeof value === 'number') return value === operand.value
  const number = numberOf(value)
  return number === undefined ? String(value) === operand.text : number === operand.value
}

function numberOf(value: string | boolean): number | undefined {
  return typeof value === 'string' && numberForm.test(value) ? Number(value) : undefined
}
