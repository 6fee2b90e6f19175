import type { LabelMatchStatement } from '@aws-sdk/client-wafv2'
import type { Test } from '../inspection.ts'

/**
 * Compiles a label match. A key that begins with `awswaf:` is fully qualified; any other means labels of the rule's own web ACL or
 * group, and may leave leading namespaces out.
 * https://docs.aws.amazon.com/waf/latest/developerguide/waf-rule-label-match.html
 * @param ownPrefix ends with a colon
 */
export function labelMatchTest({ Scope, Key = '' }: LabelMatchStatement, ownPrefix: string): Test {
  const matches =
    Scope === 'NAMESPACE' ? namespaceMatcher(Key, ownPrefix) : labelMatcher(Key, ownPrefix)
  return ({ labels, trace, rule }) => {
    let label: string | undefined
    for (const each of labels) if (matches(each)) label ??= each
    const matched = label !== undefined
    const why = label ?? `no label of ${labels.size} is ${Key}`
    trace?.push({ rule, statement: 'LabelMatchStatement', matched, why })
    return matched
  }
}

function labelMatcher(key: string, ownPrefix: string): (label: string) => boolean {
  if (isQualified(key)) return (label) => label === key
  return (label) => {
    if (!label.startsWith(ownPrefix)) return false
    const rest = label.length - ownPrefix.length
    return rest === key.length
      ? label.endsWith(key)
      : label.endsWith(`:${key}`) && rest > key.length
  }
}

/** Says whether a label is of a namespace, which may come without its last colon. */
export function namespaceMatcher(namespace: string, ownPrefix: string): (label: string) => boolean {
  const key = namespace.endsWith(':') ? namespace : `${namespace}:`
  if (isQualified(key)) return (label) => label.startsWith(key)
  return (label) =>
    label.startsWith(ownPrefix) &&
    (label.startsWith(key, ownPrefix.length) || label.includes(`:${key}`, ownPrefix.length - 1))
}

function isQualified(key: string): boolean {
  return key.startsWith('awswaf:')
}
