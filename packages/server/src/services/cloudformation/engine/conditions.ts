import { isList, isObject, sameJson, type Json } from './json.ts'
import { TemplateError } from './template-error.ts'
import { noValue, type Evaluation } from './value.ts'

/** Whether a condition of the template holds, by name. Throws TemplateError for one that is not there. */
export function isMet(name: string, at: Evaluation, open: readonly string[] = []): boolean {
  const declared = at.scope.conditions[name]
  if (declared === undefined) {
    throw new TemplateError(
      `Template format error: Unresolved dependencies [${name}]. Cannot reference resources in the Conditions block of the template`,
    )
  }
  if (open.includes(name)) {
    throw new TemplateError(
      `Template format error: Found circular condition dependency with condition ${name}`,
    )
  }
  return holds(declared, at, [...open, name])
}

/** Whether a condition expression holds. */
export function holds(expression: Json, at: Evaluation, open: readonly string[] = []): boolean {
  if (!isObject(expression)) return String(expression) === 'true'
  const [[name, argument] = ['', '']] = Object.entries(expression)
  if (name === 'Condition') return isMet(String(argument), at, open)
  const many = isList(argument) ? argument : [argument]
  switch (name) {
    case 'Fn::Equals': {
      const [one, other] = many
      if (many.length !== 2 || one === undefined || other === undefined) {
        throw new TemplateError(
          'Template error: every Fn::Equals object requires a list of 2 string parameters.',
        )
      }
      return sameJson(present(one, at), present(other, at))
    }
    case 'Fn::Not':
      checkCount(many, 'Fn::Not', 1, 1)
      return !many.some((each) => holds(each, at, open))
    case 'Fn::And':
      checkCount(many, 'Fn::And', 2, 10)
      return many.every((each) => holds(each, at, open))
    case 'Fn::Or':
      checkCount(many, 'Fn::Or', 2, 10)
      return many.some((each) => holds(each, at, open))
    case 'Fn::Contains': {
      const [list, value] = many
      const values = list === undefined ? [] : [present(list, at)].flat()
      return values.some((each) => value !== undefined && sameJson(each, present(value, at)))
    }
    default:
      throw new TemplateError(
        `Template format error: Conditions can only be boolean operations on parameters and other conditions`,
      )
  }
}

function present(value: Json, at: Evaluation): Json {
  const found = at.evaluate(value)
  return found === noValue ? '' : found
}

function checkCount(list: readonly Json[], name: string, least: number, most: number): void {
  if (list.length >= least && list.length <= most) return
  const count = least === most ? `${least}` : `at least ${least} and at most ${most}`
  throw new TemplateError(
    `Template error: every ${name} object requires a list of ${count} boolean parameters.`,
  )
}
