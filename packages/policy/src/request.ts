import type { ConditionContext } from './context.ts'
import type { RequestPrincipal } from './principal.ts'
import type { CompiledPolicy } from './statement.ts'

/** A compiled policy with the name or ARN that explanations show for it. */
export interface PolicySource {
  readonly id: string
  readonly policy: CompiledPolicy
}

/** Everything a decision depends on. */
export interface AuthorizationRequest {
  readonly principal: RequestPrincipal
  /** Such as `kms:Encrypt`. */
  readonly action: string
  /** An ARN, or `*` for actions without a resource. */
  readonly resource: string
  /** The account that owns the resource. */
  readonly resourceAccountId: string
  readonly context: ConditionContext
  /** The policies of the user and its groups, or of the role. */
  readonly identityPolicies: readonly PolicySource[]
  readonly permissionsBoundary?: PolicySource
  /** When present the session can do only what one of these allows, so an empty list allows nothing. */
  readonly sessionPolicies?: readonly PolicySource[]
  readonly resourcePolicy?: PolicySource
  /**
   * For KMS keys and role trust: identity policies count only where the resource policy delegates
   * to the account; otherwise a statement must reach the principal itself.
   * @see https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-overview.html
   */
  readonly resourcePolicyIsTrustAnchor?: boolean
  /** Grants that already matched the principal, the operation and their constraints. */
  readonly grants?: readonly MatchedGrant[]
  /** One list per level (root, each OU, account); every level must allow. */
  readonly scps?: readonly (readonly PolicySource[])[]
  /** One list per level of the resource's account; every level must allow. */
  readonly rcps?: readonly (readonly PolicySource[])[]
}

/** A grant that allows a request: to its caller, or to the caller's account, whose policies decide. */
export interface MatchedGrant {
  readonly id: string
  /** The grantee is the account: the grant counts as a statement that names the account does. */
  readonly toAccount?: boolean
}

/** A kind of policy that takes part in a decision. */
export type Layer = 'identity' | 'resource' | 'session' | 'boundary' | 'scp' | 'rcp' | 'grant'

/** A statement (or grant) that a decision rests on; `index` counts from 0 in its document. */
export interface DecidingStatement {
  readonly sourceId: string
  readonly layer: Layer
  readonly sid?: string
  readonly index: number
  readonly effect: 'Allow' | 'Deny'
}

/** The outcome of one request. */
export interface Decision {
  readonly allowed: boolean
  readonly reason: 'explicit-deny' | 'implicit-deny' | 'allowed'
  /** The layer that decided: what denied, or what granted. */
  readonly by: Layer | 'root' | 'trust-anchor' | 'none'
  readonly statements: readonly DecidingStatement[]
  readonly crossAccount: boolean
}
