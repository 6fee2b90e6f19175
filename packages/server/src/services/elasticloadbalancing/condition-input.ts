import type { RuleCondition } from '@aws-sdk/client-elastic-load-balancing-v2'
import { isIP } from 'node:net'
import { RE2JS } from 're2js'
import { invalid } from './errors.ts'

const maxValues = 5
const maxWildcards = 5
const maxLength = 128

/** Conditions of a request, checked, each with the members that AWS shows. Throws ValidationError. */
export function checkedConditions(
  conditions: readonly RuleCondition[] | undefined,
): RuleCondition[] {
  if (!conditions?.length) throw invalid('A condition must be specified')
  const checked = conditions.map(checkedCondition)
  for (const field of ['host-header', 'path-pattern', 'http-request-method', 'source-ip']) {
    if (checked.filter(({ Field }) => Field === field).length > 1) {
      throw invalid(`A rule can only have one '${field}' condition`)
    }
  }
  const all = checked.flatMap(valuesOf)
  if (all.length > maxValues) throw invalid(`A rule can only have ${maxValues} condition values`)
  const wildcards = all.reduce((sum, value) => sum + (value.match(/[*?]/g)?.length ?? 0), 0)
  if (wildcards > maxWildcards)
    throw invalid(`A rule can only have ${maxWildcards} condition wildcards`)
  return checked
}

function valuesOf(condition: RuleCondition): string[] {
  const { HttpHeaderConfig, QueryStringConfig, HttpRequestMethodConfig, SourceIpConfig } = condition
  return [
    ...(condition.Values ?? []),
    ...(condition.RegexValues ?? []),
    ...(HttpHeaderConfig?.Values ?? []),
    ...(HttpRequestMethodConfig?.Values ?? []),
    ...(SourceIpConfig?.Values ?? []),
    ...(QueryStringConfig?.Values ?? []).map(({ Key = '', Value = '' }) => `${Key}${Value}`),
  ]
}

function checkedCondition(given: RuleCondition): RuleCondition {
  switch (given.Field) {
    case 'host-header':
      return withValues(given, 'HostHeaderConfig', /^[A-Za-z0-9*?.-]+$/)
    case 'path-pattern':
      return withValues(given, 'PathPatternConfig', /^[A-Za-z0-9_\-.$/~"'@:+&()!,;=*?%]+$/)
    case 'http-header':
      return checkedHeader(given)
    case 'http-request-method':
      return checkedMethods(given)
    case 'query-string':
      return checkedQuery(given)
    case 'source-ip':
      return checkedAddresses(given)
    default:
      throw invalid(
        `Condition field '${given.Field}' must be one of '[path-pattern, host-header, http-header, http-request-method, query-string, source-ip]'`,
      )
  }
}

function withValues(
  given: RuleCondition,
  name: 'HostHeaderConfig' | 'PathPatternConfig',
  form: RegExp,
): RuleCondition {
  const { Field } = given
  const expressions = given[name]?.RegexValues ?? given.RegexValues
  if (expressions?.length) {
    for (const each of expressions) checkExpression(each)
    return { Field, RegexValues: expressions, [name]: { RegexValues: expressions } }
  }
  const values = given[name]?.Values ?? given.Values
  if (!values?.length) throw invalid(`A condition value must be specified for field '${Field}'`)
  for (const value of values) {
    if (value.length > maxLength || !form.test(value)) {
      throw invalid(`Condition value '${value}' contains a character that is not valid`)
    }
  }
  return { Field, Values: values, [name]: { Values: values } }
}

function checkExpression(text: string): void {
  try {
    RE2JS.compile(text)
  } catch {
    throw invalid(`The regular expression '${text}' is not valid`)
  }
}

function checkedHeader({ Field, HttpHeaderConfig }: RuleCondition): RuleCondition {
  const { HttpHeaderName = '', Values, RegexValues } = HttpHeaderConfig ?? {}
  if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,40}$/.test(HttpHeaderName)) {
    throw invalid(`The HTTP header name '${HttpHeaderName}' is not valid`)
  }
  if (RegexValues?.length) for (const each of RegexValues) checkExpression(each)
  else if (!Values?.length || Values.some((value) => value.length > maxLength)) {
    throw invalid(`Condition values of field '${Field}' have 1 to ${maxLength} characters`)
  }
  const values = RegexValues?.length ? { RegexValues } : { Values }
  return { Field, HttpHeaderConfig: { HttpHeaderName, ...values } }
}

function checkedMethods({ Field, HttpRequestMethodConfig }: RuleCondition): RuleCondition {
  const { Values } = HttpRequestMethodConfig ?? {}
  if (!Values?.length || !Values.every((value) => /^[A-Z_-]{1,40}$/.test(value))) {
    throw invalid('The HTTP request method is not valid')
  }
  return { Field, HttpRequestMethodConfig: { Values } }
}

function checkedQuery({ Field, QueryStringConfig }: RuleCondition): RuleCondition {
  const { Values } = QueryStringConfig ?? {}
  const isGood = Values?.every(
    ({ Key = '', Value }) =>
      Value !== undefined && Value.length <= maxLength && Key.length <= maxLength,
  )
  if (!Values?.length || !isGood) throw invalid('A query string condition needs values')
  return { Field, QueryStringConfig: { Values } }
}

function checkedAddresses({ Field, SourceIpConfig }: RuleCondition): RuleCondition {
  const { Values } = SourceIpConfig ?? {}
  if (!Values?.length) throw invalid('A source IP condition needs values')
  for (const value of Values) {
    const [address = '', prefix = ''] = value.split('/')
    const family = isIP(address)
    const most = family === 6 ? 128 : 32
    if (family === 0 || !/^\d{1,3}$/.test(prefix) || Number(prefix) > most) {
      throw invalid(`The CIDR block '${value}' is not valid`)
    }
  }
  return { Field, SourceIpConfig: { Values } }
}
