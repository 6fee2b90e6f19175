import type { AuthorizationRequest, Decision } from './request.ts'

const DENIED_BY: Readonly<Record<Decision['by'], string>> = {
  identity: 'an identity-based policy',
  resource: 'a resource-based policy',
  session: 'a session policy',
  boundary: 'a permissions boundary',
  scp: 'a service control policy',
  rcp: 'a resource control policy',
  grant: 'a resource-based policy',
  root: 'an identity-based policy',
  'trust-anchor': 'a resource-based policy',
  none: 'an identity-based policy',
}

const NOT_ALLOWED_BY: Readonly<Record<Decision['by'], string>> = {
  identity: 'identity-based policy',
  resource: 'resource-based policy',
  session: 'session policy',
  boundary: 'permissions boundary',
  scp: 'service control policy',
  rcp: 'resource control policy',
  grant: 'resource-based policy',
  root: 'identity-based policy',
  'trust-anchor': 'resource-based policy',
  none: 'identity-based policy',
}

/**
 * The text of an AccessDenied error: who, which action, which resource, because of what.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
 */
export function accessDeniedMessage(request: AuthorizationRequest, decision: Decision): string {
  const { principal, action, resource } = request
  const who = principal.arn || principal.service || 'anonymous'
  const on = resource === '' ? '' : ` on resource: ${resource}`
  return `User: ${who} is not authorized to perform: ${action}${on} ${cause(request, decision)}`
}

function cause(request: AuthorizationRequest, decision: Decision): string {
  const { action, resourcePolicy } = request
  const { by, reason } = decision
  const isResourceSide = by === 'resource' || by === 'trust-anchor'
  const isTrust = isResourceSide && resourcePolicy?.policy.kind === 'trust'
  if (reason === 'explicit-deny') {
    const kind = isTrust ? 'the role trust policy' : DENIED_BY[by]
    return `with an explicit deny in ${kind}${shownPolicy(request, decision)}`
  }
  return `because no ${isTrust ? 'role trust policy' : NOT_ALLOWED_BY[by]} allows the ${action} action`
}

/**
 * The ARN of the organization's policy that denied: told to callers of the organization alone.
 * @see https://aws.amazon.com/blogs/security/enhanced-access-denied-error-messages-with-policy-arns
 */
function shownPolicy({ context }: AuthorizationRequest, { by, statements }: Decision): string {
  const [statement] = statements
  if (!statement?.sourceId.startsWith('arn:') || (by !== 'scp' && by !== 'rcp')) return ''
  const [own] = context.get('aws:principalorgid') ?? []
  const [resources] = context.get('aws:resourceorgid') ?? []
  return by === 'scp' || (own !== undefined && own === resources) ? `: ${statement.sourceId}` : ''
}
