import type { Scanner } from './scanner.ts'

/** Decides something about a subject. */
export type Predicate<Subject> = (subject: Subject) => boolean

const deepest = 50

/** Reads conditions joined by `&&`, `||` and parentheses; `&&` binds tighter. */
export function readExpression<Subject>(
  scanner: Scanner,
  readCondition: () => Predicate<Subject>,
  depth = 0,
): Predicate<Subject> {
  if (depth > deepest) throw scanner.error('too many parentheses')
  const readOperand = (): Predicate<Subject> => {
    if (!scanner.take('(')) return readCondition()
    const inner = readExpression(scanner, readCondition, depth + 1)
    scanner.expect(')')
    return inner
  }
  const readAll = (): Predicate<Subject> => {
    const parts = [readOperand()]
    while (scanner.take('&&')) parts.push(readOperand())
    return (subject) => parts.every((part) => part(subject))
  }
  const choices = [readAll()]
  while (scanner.take('||')) choices.push(readAll())
  return (subject) => choices.some((choice) => choice(subject))
}
