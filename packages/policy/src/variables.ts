import type { ConditionContext } from './context.ts'
import { appendLiteral, appendPattern, compileGlob, matchesGlob } from './wildcard.ts'

/** One piece of a policy value: text with wildcards, text without, or a variable. */
export type TemplatePart =
  | { readonly kind: 'pattern'; readonly text: string }
  | { readonly kind: 'literal'; readonly text: string }
  | { readonly kind: 'variable'; readonly key: string; readonly fallback?: string }

/** Tests a text against a template, resolving its variables from the request. */
export type TemplateTest = (text: string, context: ConditionContext) => boolean

/** A policy value with its variables found. */
export interface Template {
  readonly parts: readonly TemplatePart[]
  readonly variables: readonly string[]
}

const VARIABLE = /\$\{([^{}]*)\}/g
const SPECIAL = /^[*?$]$/
const WITH_DEFAULT = /^([^,]+),\s*'([^']*)'\s*$/

/**
 * Finds `${key}`, `${key, 'default'}`, `${*}`, `${?}` and `${$}`. Only Version 2012-10-17 has
 * variables; in older policies the text stands for itself.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
 */
export function parseTemplate(text: string, withVariables: boolean): Template {
  if (!withVariables || !text.includes('${')) {
    return { parts: [{ kind: 'pattern', text }], variables: [] }
  }
  const parts: TemplatePart[] = []
  let start = 0
  for (const found of text.matchAll(VARIABLE)) {
    if (found.index > start) parts.push({ kind: 'pattern', text: text.slice(start, found.index) })
    parts.push(variablePart(found[1] ?? ''))
    start = found.index + found[0].length
  }
  if (start < text.length) parts.push({ kind: 'pattern', text: text.slice(start) })
  const variables = parts.flatMap((part) => (part.kind === 'variable' ? [part.key] : []))
  return { parts, variables }
}

function variablePart(body: string): TemplatePart {
  if (SPECIAL.test(body)) return { kind: 'literal', text: body }
  const [, key, fallback] = WITH_DEFAULT.exec(body) ?? []
  if (key !== undefined && fallback !== undefined) {
    return { kind: 'variable', key: key.trim().toLowerCase(), fallback }
  }
  return { kind: 'variable', key: body.trim().toLowerCase() }
}

/** The text of a template; `undefined` when a variable has no single value, so that nothing equals it. */
export function resolveText(template: Template, context: ConditionContext): string | undefined {
  let text = ''
  for (const part of template.parts) {
    const piece = pieceOf(part, context)
    if (piece === undefined) return undefined
    text += piece
  }
  return text
}

/** Compiles a template to an equality test; the transform (such as lower-casing) is applied to both sides. */
export function compileEquality(
  template: Template,
  transform: (text: string) => string,
): TemplateTest {
  if (template.variables.length === 0) {
    const wanted = transform(template.parts.map(staticText).join(''))
    return (text) => transform(text) === wanted
  }
  return (text, context) => {
    const wanted = resolveText(template, context)
    return wanted !== undefined && transform(wanted) === transform(text)
  }
}

/** Compiles a template to a wildcard test; values of variables are never wildcards. */
export function compileTemplate(template: Template): TemplateTest {
  if (template.variables.length === 0) {
    return compileGlob(globOf(template, (part) => staticText(part)) ?? [])
  }
  return (text, context) => {
    const glob = globOf(template, (part) => pieceOf(part, context))
    return glob !== undefined && matchesGlob(glob, text)
  }
}

/** Splits a template at the first five colons outside variables, for comparing ARNs field by field. */
export function splitTemplate(template: Template): Template[] {
  const fields: TemplatePart[][] = [[]]
  for (const part of template.parts) {
    if (part.kind !== 'pattern') {
      fields.at(-1)?.push(part)
      continue
    }
    const pieces = part.text.split(':')
    const last = 6 - fields.length
    const kept = [...pieces.slice(0, last), pieces.slice(last).join(':')].slice(0, pieces.length)
    kept.forEach((text, index) => {
      if (index > 0) fields.push([])
      if (text !== '') fields.at(-1)?.push({ kind: 'pattern', text })
    })
  }
  return fields.map((parts) => ({
    parts,
    variables: parts.flatMap((part) => (part.kind === 'variable' ? [part.key] : [])),
  }))
}

function globOf(
  template: Template,
  piece: (part: TemplatePart) => string | undefined,
): number[] | undefined {
  const glob: number[] = []
  for (const part of template.parts) {
    const text = piece(part)
    if (text === undefined) return undefined
    if (part.kind === 'pattern') appendPattern(glob, text)
    else appendLiteral(glob, text)
  }
  return glob
}

function staticText(part: TemplatePart): string {
  return part.kind === 'variable' ? '' : part.text
}

function pieceOf(part: TemplatePart, context: ConditionContext): string | undefined {
  if (part.kind !== 'variable') return part.text
  const values = context.get(part.key)
  if (values === undefined || values.length === 0) return part.fallback
  return values.length === 1 ? values[0] : undefined
}
