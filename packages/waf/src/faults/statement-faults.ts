import type {
  AndStatement,
  OrStatement,
  RateBasedStatement,
  RateBasedStatementCustomKey,
  Statement,
} from '@aws-sdk/client-wafv2'
import { membersOf, reasons, refuse, requireOne, within } from './fault.ts'
import type { FaultList } from './fault.ts'
import { checkField } from './field-faults.ts'

/** Where a statement stands. */
export interface StatementPlace {
  readonly home: 'web ACL' | 'rule group'
  readonly isTop: boolean
}

/** Checks a statement and all within it. */
export function checkStatement(list: FaultList, statement: Statement, place: StatementPlace): void {
  requireOne(list, statement, 'STATEMENT', 'Statement')
  const nested: StatementPlace = { home: place.home, isTop: false }
  const { AndStatement, OrStatement, NotStatement, RateBasedStatement: rateBased } = statement
  const { ManagedRuleGroupStatement: managed, RuleGroupReferenceStatement: own } = statement
  if (AndStatement) checkList(list, AndStatement, 'And', nested)
  if (OrStatement) checkList(list, OrStatement, 'Or', nested)
  if (NotStatement) {
    checkStatement(within(list, 'NotStatement'), NotStatement.Statement ?? {}, nested)
  }
  if (rateBased) {
    if (!place.isTop) refuse(list, 'RATE_BASED_STATEMENT', 'RateBasedStatement', reasons.nesting)
    checkRateBased(within(list, 'RateBasedStatement'), rateBased, nested)
  }
  if (managed ?? own) {
    const [name = ''] = membersOf({
      ManagedRuleGroupStatement: managed,
      RuleGroupReferenceStatement: own,
    })
    const field = managed ? 'MANAGED_RULE_SET_STATEMENT' : 'RULE_GROUP_REFERENCE_STATEMENT'
    if (!place.isTop || place.home === 'rule group') refuse(list, field, name, reasons.nesting)
  }
  if (managed?.ScopeDownStatement) {
    checkStatement(within(list, 'ScopeDownStatement'), managed.ScopeDownStatement, nested)
  }
  checkField(list, statement)
}

function checkList(
  list: FaultList,
  { Statements = [] }: AndStatement | OrStatement,
  kind: 'And' | 'Or',
  place: StatementPlace,
): void {
  const name = `${kind}Statement`
  if (Statements.length < 2) {
    refuse(list, kind === 'And' ? 'AND_STATEMENT' : 'OR_STATEMENT', name, reasons.threshold)
  }
  for (const [index, statement] of Statements.entries()) {
    checkStatement(within(list, `${name} ${index + 1}`), statement, place)
  }
}

const windows = [60, 120, 300, 600]

function checkRateBased(list: FaultList, rate: RateBasedStatement, place: StatementPlace): void {
  const { EvaluationWindowSec: window = 300, ScopeDownStatement: scope } = rate
  const { AggregateKeyType: type, CustomKeys: keys = [], ForwardedIPConfig } = rate
  const wrong = (parameter: string, reason: string): void =>
    refuse(list, 'RATE_BASED_STATEMENT', parameter, reason)
  if (!windows.includes(window)) {
    wrong('EvaluationWindowSec', `The evaluation window is not one of ${windows.join(', ')}.`)
  }
  if (type === 'CONSTANT' && scope === undefined) {
    refuse(
      list,
      'SCOPE_DOWN',
      'ScopeDownStatement',
      'The key type CONSTANT needs a scope-down statement.',
    )
  }
  const usesHeader = type === 'FORWARDED_IP' || keys.some(({ ForwardedIP }) => ForwardedIP)
  if (usesHeader && ForwardedIPConfig === undefined) {
    refuse(list, 'FORWARDED_IP_CONFIG', 'ForwardedIPConfig', reasons.exactlyOne)
  }
  if (type === 'CUSTOM_KEYS') checkKeys(list, keys)
  else if (keys.length > 0) wrong('CustomKeys', `The key type ${type} takes no custom keys.`)
  if (scope) checkStatement(within(list, 'ScopeDownStatement'), scope, place)
}

function checkKeys(list: FaultList, keys: readonly RateBasedStatementCustomKey[]): void {
  if (keys.length === 0 || keys.length > 5) {
    refuse(list, 'CUSTOM_KEYS', 'CustomKeys', 'There must be one to five custom keys.')
  }
  for (const key of keys) requireOne(list, key, 'CUSTOM_KEYS', 'CustomKeys')
  const [only] = keys
  if (keys.length === 1 && (only?.IP ?? only?.ForwardedIP)) {
    const reason = 'An IP address as the only key is the key type IP or FORWARDED_IP.'
    refuse(list, 'CUSTOM_KEYS', 'CustomKeys', reason)
  }
}
