import type { Condition } from './condition.ts'
import type { CompiledPolicy, Statement } from './statement.ts'

/** Keys whose fixed values tie a statement to known callers, as S3 and Secrets Manager judge it. */
const NARROWING_KEYS = new Set([
  'aws:principalaccount',
  'aws:principalarn',
  'aws:principalorgid',
  'aws:principalorgpaths',
  'aws:sourceaccount',
  'aws:sourcearn',
  'aws:sourceip',
  'aws:sourceorgid',
  'aws:sourceorgpaths',
  'aws:sourceowner',
  'aws:sourcevpc',
  'aws:sourcevpce',
  'aws:userid',
  'aws:username',
  'kms:calleraccount',
  's3:dataaccesspointaccount',
  's3:dataaccesspointarn',
])

/**
 * Whether a resource policy lets anyone in: an Allow for everyone that no condition ties to fixed
 * callers, networks or accounts.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
 */
export function policyAllowsPublic(policy: CompiledPolicy): boolean {
  return policy.statements.some(isPublic)
}

function isPublic(statement: Statement): boolean {
  const { effect, principals, conditions } = statement
  if (effect !== 'Allow' || !principals) return false
  return (principals.everyone || principals.negated) && !conditions.some(isNarrowing)
}

function isNarrowing({ operator, key, values, variables }: Condition): boolean {
  if (!NARROWING_KEYS.has(key) || variables.length > 0 || values.length === 0) return false
  // Negated operators, and those that hold on absent keys, leave nearly everyone in.
  if (/^ForAllValues:|Not|IfExists$|^Null$/.test(operator)) return false
  if (key === 'aws:sourceip') return !values.some((value) => value.endsWith('/0'))
  const isPattern = /Like$|^(ForAnyValue:)?Arn/.test(operator)
  return !isPattern || values.every((value) => !isOpenPattern(key, value))
}

/** An ARN may have wildcards where its account is fixed; other values may have none. */
function isOpenPattern(key: string, value: string): boolean {
  if (!/[*?]/.test(value)) return false
  const account = key.endsWith('arn') ? value.split(':')[4] : undefined
  return account === undefined || !/^\d{12}$/.test(account)
}
