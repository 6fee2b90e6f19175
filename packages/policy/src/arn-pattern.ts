import { splitArn } from './arn.ts'
import type { ConditionContext } from './context.ts'
import { compileTemplate, splitTemplate } from './variables.ts'
import type { Template, TemplateTest } from './variables.ts'

/** Tests an ARN (whole and already split) against a pattern compiled earlier. */
export type ArnTest = (
  text: string,
  fields: readonly string[],
  context: ConditionContext,
) => boolean

/**
 * Compiles an ARN pattern. Wildcards stay within one of the first five fields and span everything,
 * `:` and `/` included, in the resource field; an incomplete ARN is completed with `*`.
 * What is no ARN is matched as one text.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
 */
export function compileArnPattern(template: Template): ArnTest {
  const fields = splitTemplate(template)
  if (literalOf(fields[0]) !== 'arn' || fields.length === 1) {
    const whole = compileTemplate(template)
    return (text, _fields, context) => whole(text, context)
  }
  const isStatic = template.variables.length === 0 && !fields.some(hasWildcard)
  if (isStatic && fields.length === 6) {
    const whole = compileTemplate(template)
    return (text, _fields, context) => whole(text, context)
  }
  const tests = fields.map(compileTemplate)
  return (_text, given, context) => given.length === 6 && matchesFields(tests, given, context)
}

/** Compiles one ARN pattern for condition values, splitting the tested text itself. */
export function compileArnCondition(template: Template): TemplateTest {
  const test = compileArnPattern(template)
  return (text, context) => test(text, splitArn(text), context)
}

function matchesFields(
  tests: readonly TemplateTest[],
  given: readonly string[],
  context: ConditionContext,
): boolean {
  // From the end: the resource is what differs most often.
  for (let i = tests.length - 1; i >= 0; i--) {
    if (tests[i]?.(given[i] ?? '', context) !== true) return false
  }
  return true
}

function literalOf(field: Template | undefined): string {
  return field?.parts.map((part) => (part.kind === 'variable' ? '' : part.text)).join('') ?? ''
}

function hasWildcard(field: Template): boolean {
  return field.parts.some((part) => part.kind === 'pattern' && /[*?]/.test(part.text))
}
