import type { Entry } from './entry.ts'

/** How named values become entries. */
export interface VariableForm {
  /** What stands before each parameter's name. */
  readonly prefix: string
  /** Text that needs no key: parameters of type String. */
  readonly plain: boolean
  /** All of them as one secret of this name, a JSON object, instead of a parameter each. */
  readonly secret?: string
}

/** Makes entries of named values, such as environment variables. */
export function entriesOf(
  variables: Readonly<Record<string, string>>,
  { prefix, plain, secret }: VariableForm,
): readonly Entry[] {
  const pairs = Object.entries(variables).sort(([a], [b]) => (a < b ? -1 : 1))
  if (secret !== undefined) {
    if (pairs.length === 0) return []
    return [{ kind: 'secret', name: secret, value: JSON.stringify(Object.fromEntries(pairs)) }]
  }
  const type = plain ? 'String' : 'SecureString'
  return pairs.map(([name, value]) => ({ kind: 'parameter', name: prefix + name, type, value }))
}

/** The variables whose names match one of the patterns, in which `*` stands for any text. */
export function matching(
  variables: Readonly<Record<string, string | undefined>>,
  patterns: readonly string[],
): Record<string, string> {
  const forms = patterns.map(
    (pattern) => new RegExp(`^${pattern.split('*').map(RegExp.escape).join('.*')}$`),
  )
  const found = Object.entries(variables).filter(([name]) => forms.some((form) => form.test(name)))
  return Object.fromEntries(found.map(([name, value]) => [name, value ?? '']))
}
