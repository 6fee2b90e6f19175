import { hash } from 'node:crypto'
import type { RateBasedStatement } from '@aws-sdk/client-wafv2'
import type { Inspection, Test } from '../inspection.ts'
import type { RateBasedMatch, RateKeyValue } from '../verdict.ts'
import { addressReader } from './forwarded-ip.ts'
import { rateKeyOf } from './rate-key.ts'
import type { RateKey } from './rate-key.ts'
import { statementTest } from './statement.ts'
import type { RuleContext } from './statement.ts'

const defaultWindowSec = 300

/**
 * Compiles a rate-based statement: it counts each request in its scope and matches those over the limit. Requests that lack a
 * component of the key are neither counted nor matched. Counts are exact and at once, where AWS estimates within half a minute.
 * https://docs.aws.amazon.com/waf/latest/developerguide/waf-rule-statement-type-rate-based.html
 */
export function rateBasedTest(context: RuleContext, statement: RateBasedStatement): Test {
  const { Limit = 0, EvaluationWindowSec: windowSec = defaultWindowSec } = statement
  const { ScopeDownStatement: scope } = statement
  const inScope: Test = scope ? statementTest(context, scope) : () => true
  const keys = keysOf(context, statement)
  const rate: Rate = {
    counter: counterName(context.rule, statement),
    limitKey: limitKeys[statement.AggregateKeyType ?? 'IP'],
    limit: Limit,
    windowSec,
  }
  return (inspection) => {
    if (!inScope(inspection)) return false
    const values: RateKeyValue[] = []
    for (const key of keys) {
      const value = key(inspection)
      if (typeof value === 'boolean') return told(inspection, value, fallbackTaken)
      if (value === undefined) return told(inspection, false, 'a part of the key is not there')
      values.push(value)
    }
    return counted(inspection, rate, values)
  }
}

const fallbackTaken = 'no valid value: the fallback is taken'

interface Rate {
  readonly counter: string
  readonly limitKey: string
  readonly limit: number
  readonly windowSec: number
}

function counted(inspection: Inspection, rate: Rate, values: readonly RateKeyValue[]): boolean {
  if (inspection.inapplicable) return false
  const { rates, nowMs } = inspection.surroundings
  const key = JSON.stringify(values.map(({ value }) => value))
  const count = rates.count(rate.counter, key, rate.windowSec, nowMs)
  const matched = count > rate.limit
  if (matched) inspection.rateBased.push(acted(inspection.rule, rate, values))
  return told(inspection, matched, `${count} of ${rate.limit} in ${rate.windowSec} s for ${key}`)
}

function acted(rule: string, rate: Rate, values: readonly RateKeyValue[]): RateBasedMatch {
  const [first] = values
  const single = rate.limitKey === 'IP' || rate.limitKey === 'FORWARDEDIP'
  return {
    rateBasedRuleId: rate.counter,
    rateBasedRuleName: rule,
    limitKey: rate.limitKey,
    maxRateAllowed: rate.limit,
    evaluationWindowSec: rate.windowSec,
    ...(single && first ? { limitValue: first.value } : {}),
    ...(rate.limitKey === 'CUSTOMKEYS' ? { customValues: values } : {}),
  }
}

const limitKeys = {
  IP: 'IP',
  FORWARDED_IP: 'FORWARDEDIP',
  CUSTOM_KEYS: 'CUSTOMKEYS',
  CONSTANT: 'CONSTANT',
} as const

function keysOf(context: RuleContext, statement: RateBasedStatement): RateKey[] {
  switch (statement.AggregateKeyType) {
    case 'CONSTANT':
      return []
    case 'CUSTOM_KEYS':
      return (statement.CustomKeys ?? []).map((key) => rateKeyOf(context, key, statement))
    case 'FORWARDED_IP':
      return [rateKeyOf(context, { ForwardedIP: {} }, statement)]
    default: {
      const read = addressReader(undefined)
      return [(inspection) => ({ key: 'IP', value: read(inspection) ?? '' })]
    }
  }
}

/** A name that changes with whatever AWS lets reset the counts, so that a changed rule begins anew. */
function counterName(rule: string, statement: RateBasedStatement): string {
  return `${rule} ${hash('md5', JSON.stringify(statement)).slice(0, 16)}`
}

function told({ trace, rule }: Inspection, matched: boolean, why: string): boolean {
  trace?.push({ rule, statement: 'RateBasedStatement', matched, why })
  return matched
}
