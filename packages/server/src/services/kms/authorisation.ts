import type { GrantOperation } from '@aws-sdk/client-kms'
import type { Context } from '../../kernel/context.ts'
import type { Access } from '../../kernel/service.ts'
import { resourceTagConditions } from '../../kernel/tag-conditions.ts'
import { matchingGrants } from './grant-matching.ts'
import { checkGrantTokens } from './grant-tokens.ts'
import type { GrantUse } from './grant-matching.ts'
import { keyPolicyOf } from './key-policy.ts'
import type { KeySubject } from './key-reference.ts'
import { isReplica } from './model.ts'
import type { KeyRow } from './store.ts'

/** Condition keys and their values, keys in lower case. */
export type Conditions = Readonly<Record<string, string | readonly string[] | undefined>>

const ofKey = new WeakMap<KeyRow, Conditions>()

/** The condition keys that depend on the key alone (KMS Developer Guide, "Condition keys"). */
function keyConditions(key: KeyRow): Conditions {
  let conditions = ofKey.get(key)
  if (!conditions) {
    conditions = {
      'kms:keyspec': key.spec,
      'kms:customermasterkeyspec': key.spec,
      'kms:keyusage': key.usage,
      'kms:customermasterkeyusage': key.usage,
      'kms:keyorigin': key.origin,
      'kms:multiregion': String(key.multiRegion !== undefined),
      ...(key.multiRegion && {
        'kms:multiregionkeytype': isReplica(key) ? 'REPLICA' : 'PRIMARY',
      }),
      ...(key.aliases.length > 0 && { 'kms:resourcealiases': key.aliases }),
      ...resourceTagConditions(key.tags),
    }
    ofKey.set(key, conditions)
  }
  return conditions
}

/** The condition keys of the call that every KMS operation has. */
export function callConditions(ctx: Context): Conditions {
  return { 'kms:calleraccount': ctx.account, 'kms:viaservice': ctx.viaService }
}

/** The condition keys of an encryption context. */
export function contextConditions(
  context: Readonly<Record<string, string>> | undefined,
): Conditions {
  const pairs = Object.entries(context ?? {})
  if (pairs.length === 0) return {}
  return {
    'kms:encryptioncontextkeys': pairs.map(([key]) => key),
    ...Object.fromEntries(
      pairs.map(([key, value]) => [`kms:encryptioncontext:${key.toLowerCase()}`, value]),
    ),
  }
}

/** What an operation adds to the permission it needs on a key. */
export interface KeyUse {
  /** What another account's caller, whom the key policy does not let in, is told it may not use. */
  readonly unseen?: string
  /** Defaults to the operation's own name. */
  readonly action?: string
  readonly conditions?: Conditions
  /** Set for operations that a grant can allow. */
  readonly grant?: GrantUse
  /** Grants work at once here, so tokens of the request are only checked. */
  readonly grantTokens?: readonly string[] | undefined
}

/**
 * The permission an operation needs on a key: key policy first, IAM where it delegates, grants.
 * It names the key in the audit record, of refused calls too.
 */
export function keyAccess(ctx: Context, subject: KeySubject, use: KeyUse = {}): Access {
  const { key, alias } = subject
  const { grant } = use
  auditKey(ctx, subject)
  if (use.grantTokens) checkGrantTokens(ctx, use.grantTokens)
  return {
    ...(use.action !== undefined && { action: `kms:${use.action}` }),
    resource: key.arn,
    resourceAccount: key.accountId,
    resourcePolicy: keyPolicyOf(key),
    trustAnchor: true,
    // Resource control policies do not affect AWS managed keys (Organizations guide, RCPs).
    isBeyondRcps: key.manager === 'AWS',
    unseen: use.unseen ?? 'this resource',
    ...(grant && { grants: () => matchingGrants(ctx, subject, grant) }),
    conditions: {
      ...keyConditions(key),
      'kms:calleraccount': ctx.account,
      'kms:viaservice': ctx.viaService,
      ...(alias !== undefined && { 'kms:requestalias': alias }),
      ...use.conditions,
    },
  }
}

/** A cryptographic use without encryption context. */
export function grantFor(operation: GrantOperation): GrantUse {
  return { operation }
}

/** Names the key in the audit record. */
export function auditKey(ctx: Context, { key }: Pick<KeySubject, 'key'>): void {
  ctx.audit.resource({ ARN: key.arn, accountId: key.accountId, type: 'AWS::KMS::Key' })
}

/** Names the key material that a symmetric operation used, as CloudTrail's records do. */
export function auditMaterial(ctx: Context, materialId: string | undefined): void {
  if (materialId !== undefined) ctx.audit.additional({ keyMaterialId: materialId })
}

/** Remembers the last successful cryptographic use of a key for GetKeyLastUsage. */
export function noteUse(ctx: Context, { key }: Pick<KeySubject, 'key'>, operation: string): void {
  ctx.lastUsed.note('kms-key', key.arn, {
    operation,
    timestampMs: ctx.now.getTime(),
    eventId: ctx.eventId,
    requestId: ctx.requestId,
  })
}
