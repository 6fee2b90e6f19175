import { PolicySyntaxError } from './syntax-error.ts'

/** Who makes a request. */
export interface RequestPrincipal {
  readonly kind:
    'root' | 'user' | 'assumed-role' | 'federated-user' | 'service' | 'anonymous' | 'web-identity'
  /** Twelve digits; empty for services and anonymous callers. */
  readonly accountId: string
  /** The ARN of the user, the role session, the root user or the federated user session. */
  readonly arn: string
  /** The unique id: `AIDA…` of a user, `AROA…:session` of a role session. Stored policies name ids. */
  readonly principalId?: string
  /** The IAM role's ARN, for role sessions. */
  readonly roleArn?: string
  /** The service principal, such as `ssm.amazonaws.com`. */
  readonly service?: string
  /** The OIDC provider's ARN, for web identities. */
  readonly federatedProvider?: string
}

/** One entry of a Principal element, as written. */
export interface NamedPrincipal {
  readonly type: 'AWS' | 'Service' | 'Federated' | 'CanonicalUser'
  readonly value: string
}

/**
 * How a Principal element reaches a caller: by its own name (or everyone's), by its role, or only
 * through its account, which delegates to that account's identity policies.
 */
export type PrincipalMatch = 'direct' | 'role' | 'account' | 'none'

/** A compiled Principal or NotPrincipal element. */
export interface PrincipalSet {
  readonly negated: boolean
  readonly everyone: boolean
  readonly accounts: ReadonlySet<string>
  readonly names: ReadonlySet<string>
  readonly listed: readonly NamedPrincipal[]
}

const ACCOUNT = /^\d{12}$/
const ROOT_ARN = /^arn:[a-z-]+:iam::(\d{12}):root$/
const PRINCIPAL_ARN = /^arn:[a-z-]+:(iam|sts)::[^*?]+$/
const UNIQUE_ID = /^A[A-Z]{3}[A-Z0-9]{12,124}(:[\w+=,.@-]{2,64})?$/

/**
 * Compiles the listed principals. Names are exact: IAM takes no wildcard within a principal ARN.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
 */
export function compilePrincipals(
  listed: readonly NamedPrincipal[],
  negated: boolean,
): PrincipalSet {
  const accounts = new Set<string>()
  const names = new Set<string>()
  let everyone = false
  for (const { type, value } of listed) {
    if (type !== 'AWS') names.add(`${type}:${value}`)
    else if (value === '*') everyone = true
    else {
      const account = ACCOUNT.test(value) ? value : ROOT_ARN.exec(value)?.[1]
      if (account !== undefined) accounts.add(account)
      else if (PRINCIPAL_ARN.test(value) || UNIQUE_ID.test(value)) names.add(value)
      else throw new PolicySyntaxError(`Invalid principal in policy: "AWS":"${value}"`)
    }
  }
  return { negated, everyone, accounts, names, listed }
}

/**
 * How a statement's principals reach the caller. Under NotPrincipal only an entry that names the
 * caller itself, or its role, exempts it: an account entry exempts that account's root user alone.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html
 */
export function matchPrincipal(set: PrincipalSet, principal: RequestPrincipal): PrincipalMatch {
  const match = namedMatch(set, principal)
  if (!set.negated) return match
  return match === 'none' || match === 'account' ? 'direct' : 'none'
}

function namedMatch(set: PrincipalSet, principal: RequestPrincipal): PrincipalMatch {
  const { names } = set
  if (set.everyone) return 'direct'
  switch (principal.kind) {
    case 'anonymous':
      return 'none'
    case 'service':
      return names.has(`Service:${principal.service ?? ''}`) ? 'direct' : 'none'
    case 'web-identity':
      return names.has(`Federated:${principal.federatedProvider ?? ''}`) ? 'direct' : 'none'
    case 'root':
      return set.accounts.has(principal.accountId) ? 'direct' : 'none'
    case 'user':
    case 'federated-user':
    case 'assumed-role':
      if (names.size > 0) {
        const { arn, principalId, roleArn } = principal
        if (names.has(arn) || (principalId !== undefined && names.has(principalId))) return 'direct'
        if (roleArn !== undefined && (names.has(roleArn) || names.has(roleIdOf(principal)))) {
          return 'role'
        }
      }
      return set.accounts.has(principal.accountId) ? 'account' : 'none'
  }
}

/** The role's own id in a role session's (`AROA…` of `AROA…:session`). */
function roleIdOf({ principalId = '' }: RequestPrincipal): string {
  const colon = principalId.indexOf(':')
  return colon < 0 ? principalId : principalId.slice(0, colon)
}
