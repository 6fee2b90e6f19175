/** A policy document that IAM would refuse; the message is MalformedPolicyDocument's. */
export class PolicySyntaxError extends Error {
  override readonly name = 'PolicySyntaxError'
}

/** What IAM says about documents whose structure is wrong. */
export const SYNTAX = 'Syntax errors in policy.'

/** What IAM says about values that its older parser cannot read. */
export const LEGACY = 'The policy failed legacy parsing'
