import { TemplateError } from './template-error.ts'

const variable = /\$\{([^!{}][^{}]*)\}|\$\{!([^{}]*)\}/g

/** Fills in `${Name}`; `${!Name}` stays as `${Name}`. */
export function substitute(text: string, valueOf: (name: string) => string): string {
  return text.replace(variable, (_whole, name: string | undefined, literal: string | undefined) =>
    name === undefined ? `\${${literal ?? ''}}` : valueOf(checked(name.trim())),
  )
}

/** The names that a text for `Fn::Sub` holds. */
export function namesIn(text: string): string[] {
  return [...text.matchAll(variable)].flatMap(([, name]) =>
    name === undefined ? [] : [checked(name.trim())],
  )
}

function checked(name: string): string {
  if (/^[A-Za-z0-9_.:]+$/.test(name)) return name
  throw new TemplateError(
    'Template error: variable names in Fn::Sub syntax must contain only alphanumeric characters, underscores, periods, and colons',
  )
}
