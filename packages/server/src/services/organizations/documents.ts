import { compilePolicy, PolicySyntaxError } from '@bartizan/policy'
import type { PolicyType } from '@aws-sdk/client-organizations'
import { isUnderRcps } from '../../kernel/identity/organization.ts'
import { checkManagementPolicy, InheritanceSyntaxError } from './engine/inheritance.ts'
import { constraint, malformed } from './errors.ts'
import { policyTypes } from './policy-types.ts'

/** Checks a policy's text by its type. Throws MalformedPolicyDocumentException or ConstraintViolationException. */
export function checkContent(type: PolicyType, content: string): void {
  const facts = policyTypes[type]
  if (content.length > (facts?.maxContent ?? 0)) {
    throw constraint(
      'POLICY_CONTENT_LIMIT_EXCEEDED',
      `The policy content exceeds the maximum size of ${facts?.maxContent} characters.`,
    )
  }
  try {
    if (type === 'SERVICE_CONTROL_POLICY') compilePolicy(content, 'scp')
    else if (type === 'RESOURCE_CONTROL_POLICY') checkResourceControl(content)
    else checkManagementPolicy(content, facts?.top ?? '')
  } catch (error) {
    const isSyntax = error instanceof PolicySyntaxError || error instanceof InheritanceSyntaxError
    throw isSyntax ? malformed() : error
  }
}

interface RcpStatement {
  readonly Effect?: unknown
  readonly Principal?: unknown
  readonly NotPrincipal?: unknown
  readonly Action?: unknown
  readonly NotAction?: unknown
}

/**
 * An RCP of one's own denies, to every principal, actions of the services that RCPs apply to
 * (https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps_syntax.html).
 */
function checkResourceControl(content: string): void {
  compilePolicy(content, 'rcp')
  const { Statement } = JSON.parse(content) as { Statement: RcpStatement | RcpStatement[] }
  for (const statement of [Statement].flat()) {
    const { Effect, Principal, Action } = statement
    if (Effect !== 'Deny' || 'NotAction' in statement || 'NotPrincipal' in statement) {
      throw malformed()
    }
    if (Principal !== '*') throw malformed()
    if (![Action].flat().every((action) => isUnderRcps(String(action)))) throw malformed()
  }
}
