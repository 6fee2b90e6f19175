import type { ParameterExceptionField } from '@aws-sdk/client-wafv2'

/** What AWS WAF would refuse of a rule, in the terms of WAFInvalidParameterException. */
export interface RuleFault {
  /** Where it is: the rule's name and the members that lead to it. */
  readonly path: string
  readonly field: ParameterExceptionField
  readonly parameter: string
  readonly reason: string
}

/** AWS's own words, where they are known. */
export const reasons = {
  exactlyOne: 'You have used none or multiple values for a field that requires exactly one value.',
  reference: 'A reference in your rule statement is not valid.',
  threshold:
    "You haven't met a minimum requirement for a threshold setting. Examples include a rule group capacity setting that's too low and an OR statement with only one nested statement.",
  format: 'The parameter contains formatting that is not valid.',
  nesting:
    "Your nested statement isn't valid. You might have tried to nest a statement that can't be nested.",
} as const

/** Gathers faults on the way down a rule. */
export interface FaultList {
  readonly faults: RuleFault[]
  readonly path: string
}

/** Notes a fault at the place that has been reached. */
export function refuse(
  { faults, path }: FaultList,
  field: ParameterExceptionField,
  parameter: string,
  reason: string,
): void {
  faults.push({ path, field, parameter, reason })
}

/** One level further down. */
export function within({ faults, path }: FaultList, member: string): FaultList {
  return { faults, path: `${path} / ${member}` }
}

/** How many members of a union are there. */
export function membersOf(union: object | undefined): string[] {
  return Object.entries(union ?? {}).flatMap(([name, value]) => (value === undefined ? [] : [name]))
}

/** Refuses a union of which not exactly one member is given. */
export function requireOne(
  list: FaultList,
  union: object | undefined,
  field: ParameterExceptionField,
  parameter: string,
): void {
  if (membersOf(union).length !== 1) refuse(list, field, parameter, reasons.exactlyOne)
}
