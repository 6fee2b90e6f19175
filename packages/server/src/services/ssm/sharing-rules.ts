import { compilePolicy, policyAllowsPublic, PolicySyntaxError } from '@bartizan/policy'
import { malformedPolicy, policyLimit } from './errors.ts'

const maxPolicyBytes = 1024

/** What can be shared of a parameter: reading it (RAM's managed permissions for `ssm:Parameter`). */
const shareable = [
  'ssm:describeparameters',
  'ssm:getparameter',
  'ssm:getparameterhistory',
  'ssm:getparameters',
]

interface Statement {
  readonly Effect?: unknown
  readonly Action?: unknown
  readonly Resource?: unknown
}

const listOf = (value: unknown): readonly string[] =>
  (Array.isArray(value) ? value : [value]).map(String)

/**
 * Checks the policy that shares a parameter: it lets named principals read this one. Throws
 * MalformedResourcePolicyDocumentException and ResourcePolicyLimitExceededException.
 */
export function checkSharing(policy: string, arn: string): void {
  if (Buffer.byteLength(policy, 'utf8') > maxPolicyBytes) {
    const message = `A policy can't be greater than ${maxPolicyBytes} bytes in size.`
    throw policyLimit('PolicySize', maxPolicyBytes, message)
  }
  try {
    if (policyAllowsPublic(compilePolicy(policy, 'resource'))) {
      throw malformedPolicy('A parameter cannot be shared with everybody.')
    }
  } catch (error) {
    throw error instanceof PolicySyntaxError ? malformedPolicy(error.message) : error
  }
  const { Statement: statements } = JSON.parse(policy) as { Statement: Statement | Statement[] }
  for (const { Effect, Action, Resource } of [statements].flat()) {
    const isReading = listOf(Action).every((each) => shareable.includes(each.toLowerCase()))
    if (Effect !== 'Allow' || !isReading) {
      throw malformedPolicy(
        'A policy that shares a parameter allows ssm:GetParameter, ssm:GetParameters, ssm:GetParameterHistory and ssm:DescribeParameters.',
      )
    }
    if (!listOf(Resource).every((each) => each === arn)) {
      throw malformedPolicy(`The resource of the policy must be ${arn}.`)
    }
  }
}
