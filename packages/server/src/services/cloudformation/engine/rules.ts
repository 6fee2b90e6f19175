import { expressionHolds } from './evaluate.ts'
import { isList, isObject, scalarText } from './json.ts'
import type { Scope } from './scope.ts'
import type { Template } from './template.ts'
import { TemplateError } from './template-error.ts'

/** Checks the assertions of the template's rules. Throws TemplateError with what they say. */
export function checkRules({ rules }: Pick<Template, 'rules'>, scope: Scope): void {
  for (const { RuleCondition, Assertions } of Object.values(rules)) {
    if (RuleCondition !== undefined && !expressionHolds(RuleCondition, scope)) continue
    for (const assertion of isList(Assertions) ? Assertions : []) {
      if (!isObject(assertion)) continue
      const { Assert, AssertDescription } = assertion
      if (Assert === undefined || expressionHolds(Assert, scope)) continue
      throw new TemplateError(
        `Template constraint error: ${scalarText(AssertDescription) ?? 'an assertion of a rule failed'}`,
      )
    }
  }
}
