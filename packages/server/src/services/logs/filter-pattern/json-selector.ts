import type { Scanner } from './scanner.ts'

type Step = string | number | '*'

/** A property of a JSON log event: `$.users[0].name`, `$['key.with.dots']`, `$.list[*].id`. */
export interface JsonSelector {
  readonly text: string
  /** Every value that the selector finds; none when there is no such property. */
  valuesOf(event: unknown): readonly unknown[]
}

/** Reads a selector that begins with `$`. */
export function readSelector(scanner: Scanner): JsonSelector {
  scanner.skipBlanks()
  const start = scanner.at
  scanner.expect('$')
  const steps: { readonly step: Step; readonly any: boolean }[] = []
  for (;;) {
    if (scanner.peek() === '.') {
      scanner.at += 1
      const name = scanner.match(/[^\s.[\]=!<>&|(){}",]+/y)
      if (name === undefined && scanner.peek() !== '[') throw scanner.error('a property is missing')
      if (name !== undefined) steps.push({ step: name, any: name === '*' })
    } else if (scanner.peek() === '[') {
      const index = scanner
        .match(/\[\s*(\d+|\*|'[^']*'|"[^"]*")\s*\]/y)
        ?.slice(1, -1)
        .trim()
      if (index === undefined) throw scanner.error('an index is not valid')
      if (/^['"]/.test(index)) steps.push({ step: index.slice(1, -1), any: false })
      else steps.push({ step: index === '*' ? '*' : Number(index), any: index === '*' })
    } else break
  }
  if (steps.length === 0) throw scanner.error('a property selector is missing')
  return {
    text: scanner.text.slice(start, scanner.at),
    valuesOf: (event) =>
      steps.reduce<readonly unknown[]>(
        (values, { step, any }) => values.flatMap((value) => descend(value, step, any)),
        [event],
      ),
  }
}

function descend(value: unknown, step: Step, any: boolean): readonly unknown[] {
  if (typeof value !== 'object' || value === null) return []
  if (any) return Object.values(value)
  if (Array.isArray(value))
    return typeof step === 'number' && step < value.length ? [value[step]] : []
  return typeof step === 'string' && Object.hasOwn(value, step)
    ? [(value as Record<string, unknown>)[step]]
    : []
}

/** A value as metric filters and TestMetricFilter show it. */
export function shown(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}
