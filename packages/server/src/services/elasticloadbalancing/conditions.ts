import type { RuleCondition } from '@aws-sdk/client-elastic-load-balancing-v2'
import { BlockList, isIP } from 'node:net'
import { RE2JS } from 're2js'

/** What conditions look at. */
export interface ConditionSubject {
  readonly method: string
  /** Without a port, in lower case. */
  readonly host: string
  readonly path: string
  /** Without `?`. */
  readonly query: string
  readonly rawHeaders: readonly string[]
  readonly clientIp: string
}

/** Whether a request meets a condition. */
export type Test = (subject: ConditionSubject) => boolean

/** Whether a text matches a pattern of `*` (anything) and `?` (one character); never slower than their product. */
export function matchesWildcard(pattern: string, text: string): boolean {
  let at = 0
  let inPattern = 0
  let star = -1
  let resume = 0
  while (at < text.length) {
    const wanted = pattern[inPattern]
    if (wanted === '*') {
      star = inPattern++
      resume = at
    } else if (wanted === '?' || (wanted !== undefined && wanted === text[at])) {
      inPattern++
      at++
    } else if (star >= 0) {
      inPattern = star + 1
      at = ++resume
    } else return false
  }
  while (pattern[inPattern] === '*') inPattern++
  return inPattern === pattern.length
}

/** A condition as a function. Conditions that are not valid are never kept, and match nothing. */
export function testOf(condition: RuleCondition): Test {
  const { Field, RegexValues } = condition
  switch (Field) {
    case 'host-header': {
      const config = condition.HostHeaderConfig
      const any = anyOf(
        config?.Values ?? condition.Values,
        config?.RegexValues ?? RegexValues,
        true,
      )
      return ({ host }) => any(host)
    }
    case 'path-pattern': {
      const config = condition.PathPatternConfig
      const values = config?.Values ?? condition.Values
      const any = anyOf(values, config?.RegexValues ?? RegexValues, false)
      return ({ path }) => any(path)
    }
    case 'http-header':
      return headerTest(condition)
    case 'http-request-method': {
      const values = condition.HttpRequestMethodConfig?.Values ?? []
      return ({ method }) => values.includes(method)
    }
    case 'query-string':
      return queryTest(condition)
    case 'source-ip':
      return addressTest(condition.SourceIpConfig?.Values ?? [])
    default:
      return () => false
  }
}

function anyOf(
  patterns: readonly string[] = [],
  expressions: readonly string[] = [],
  ignoresCase: boolean,
): (text: string) => boolean {
  const wanted = ignoresCase ? patterns.map((each) => each.toLowerCase()) : patterns
  const compiled = expressions.map((each) =>
    RE2JS.compile(each, ignoresCase ? RE2JS.CASE_INSENSITIVE : 0),
  )
  return (text) => {
    const own = ignoresCase ? text.toLowerCase() : text
    return (
      wanted.some((pattern) => matchesWildcard(pattern, own)) ||
      compiled.some((expression) => expression.matcher(text).find())
    )
  }
}

function headerTest({ HttpHeaderConfig, RegexValues }: RuleCondition): Test {
  const name = HttpHeaderConfig?.HttpHeaderName?.toLowerCase() ?? ''
  const any = anyOf(HttpHeaderConfig?.Values, HttpHeaderConfig?.RegexValues ?? RegexValues, true)
  return ({ rawHeaders }) => {
    for (let index = 0; index < rawHeaders.length; index += 2) {
      const own = rawHeaders[index] ?? ''
      if (own.length !== name.length || own.toLowerCase() !== name) continue
      if (any(rawHeaders[index + 1] ?? '')) return true
    }
    return false
  }
}

function queryTest({ QueryStringConfig }: RuleCondition): Test {
  const wanted = (QueryStringConfig?.Values ?? []).map(({ Key, Value = '' }) => ({
    key: Key?.toLowerCase(),
    value: Value.toLowerCase(),
  }))
  return ({ query }) => {
    if (query === '') return false
    const pairs = query.toLowerCase().split('&')
    return wanted.some(({ key, value }) =>
      pairs.some((pair) => {
        const mark = pair.indexOf('=')
        const [name, own] = mark < 0 ? [pair, ''] : [pair.slice(0, mark), pair.slice(mark + 1)]
        if (key !== undefined) return matchesWildcard(key, name) && matchesWildcard(value, own)
        return matchesWildcard(value, name) || matchesWildcard(value, own)
      }),
    )
  }
}

function addressTest(ranges: readonly string[]): Test {
  const list = new BlockList()
  for (const range of ranges) {
    const [address = '', prefix = ''] = range.split('/')
    list.addSubnet(address, Number(prefix), isIP(address) === 6 ? 'ipv6' : 'ipv4')
  }
  return ({ clientIp }) => list.check(clientIp, isIP(clientIp) === 6 ? 'ipv6' : 'ipv4')
}
