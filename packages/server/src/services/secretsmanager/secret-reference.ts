import { compilePolicy } from '@bartizan/policy'
import type { PolicySource } from '@bartizan/policy'
import type { Context, Tables } from '../../kernel/context.ts'
import type { Access, AccessNeeded } from '../../kernel/service.ts'
import { invalidRequest, managedElsewhere, markedDeleted, noSecret, onReplica } from './errors.ts'
import { arnOf, readReference } from './names.ts'
import { secrets } from './store.ts'
import type { SecretRow } from './store.ts'

/** A secret that a request names, whether it exists or not. */
export interface SoughtSecret {
  /** What permission is asked for. */
  readonly arn: string
  readonly account: string
  /** Whether the request did not give the whole ARN of it. */
  readonly isGuessed: boolean
  readonly row?: SecretRow
  readonly tables: Tables
}

/** A secret that exists. */
export interface FoundSecret extends SoughtSecret {
  readonly row: SecretRow
}

/** Looks for the secret that a request names. Throws ValidationException for what names none. */
export async function seekSecret(ctx: Context, id: string | undefined): Promise<SoughtSecret> {
  const text = id ?? ''
  const { place, candidates } = readReference(text)
  const account = place?.account ?? ctx.account
  const tables = account === ctx.account ? ctx.store : ctx.store.at({ account })
  if (!place || place.region === ctx.region) {
    for (const { name, arn } of candidates) {
      const row = await tables.table(secrets).get(name)
      if (!row || (arn !== undefined && row.arn !== arn)) continue
      ctx.audit.resource({ ARN: row.arn, accountId: account, type: 'AWS::SecretsManager::Secret' })
      return { arn: row.arn, account, isGuessed: row.arn !== text, row, tables }
    }
  }
  const arn = text.startsWith('arn:') ? text : arnOf(ctx.region, account, text)
  return { arn, account, isGuessed: !/-[A-Za-z0-9]{6}$/.test(text), tables }
}

/** What an operation adds to the permission that it needs on a secret. */
export interface SecretUse {
  /** Defaults to the operation's own name. */
  readonly action?: string
  readonly conditions?: Access['conditions']
}

const policies = new WeakMap<SecretRow, PolicySource>()

function policyOf(row: SecretRow): PolicySource | undefined {
  if (row.policy === undefined) return undefined
  let source = policies.get(row)
  if (!source) {
    source = { id: row.arn, policy: compilePolicy(row.policy, 'resource') }
    policies.set(row, source)
  }
  return source
}

type Conditions = NonNullable<Access['conditions']>

const ofRow = new WeakMap<SecretRow, Conditions>()

/**
 * The condition keys that depend on the secret alone
 * (https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssecretsmanager.html).
 */
function rowConditions(row: SecretRow): Conditions {
  const known = ofRow.get(row)
  if (known) return known
  const tags = Object.entries(row.tags).flatMap(([key, value]) => [
    [`aws:resourcetag/${key.toLowerCase()}`, value],
    [`secretsmanager:resourcetag/${key.toLowerCase()}`, value],
  ])
  const conditions: Conditions = {
    ...Object.fromEntries(tags),
    'secretsmanager:secretid': row.arn,
    'secretsmanager:secretprimaryregion': row.primaryRegion ?? row.region,
    'secretsmanager:resource/allowrotationlambdaarn': row.rotation?.lambdaArn,
    'secretsmanager:resource/type': row.type,
  }
  ofRow.set(row, conditions)
  return conditions
}

/** The service that makes a call: itself, or through which somebody calls. */
export function callingService({ viaService, principal }: Context): string | undefined {
  const name = viaService ?? (principal.kind === 'service' ? principal.service : undefined)
  return name?.split('.')[0]
}

/** Whether a service itself calls for a secret of its own. */
function isOwner(ctx: Context, { row, account }: SoughtSecret): boolean {
  const { kind, service } = ctx.principal
  if (kind !== 'service' || !row || account !== ctx.account) return false
  return row.owningService !== undefined && service === `${row.owningService}.amazonaws.com`
}

/** The permission that an operation needs on a secret; the service that keeps it needs none. */
export function secretAccess(
  ctx: Context,
  sought: SoughtSecret,
  use: SecretUse = {},
): AccessNeeded {
  return isOwner(ctx, sought) ? 'authenticated' : accessTo(sought, use)
}

/** The permission that somebody needs on a secret. */
export function accessTo(sought: SoughtSecret, use: SecretUse = {}): Access {
  const { row, arn, account, isGuessed } = sought
  const policy = row && policyOf(row)
  return {
    ...(use.action !== undefined && { action: `secretsmanager:${use.action}` }),
    resource: arn,
    resourceAccount: account,
    ...(policy && { resourcePolicy: policy }),
    ...(isGuessed && { unseen: 'this resource' }),
    conditions: { ...(row && rowConditions(row)), ...use.conditions },
  }
}

/** The secret. Throws ResourceNotFoundException. */
export function found(sought: SoughtSecret): FoundSecret {
  const { row } = sought
  if (!row) throw noSecret()
  return { ...sought, row }
}

/** The secret, unless it waits for its deletion. Throws InvalidRequestException. */
export function live(sought: SoughtSecret): FoundSecret {
  const subject = found(sought)
  if (subject.row.deletion) throw markedDeleted()
  return subject
}

/** The secret, for a change of it: no replica, and nobody else's to change. */
export function changeable(ctx: Context, sought: SoughtSecret): FoundSecret {
  const subject = live(sought)
  if (subject.row.primaryRegion !== undefined) throw onReplica()
  requireOwner(ctx, subject.row)
  return subject
}

/** Refuses other accounts the values of secrets under the AWS managed key, which nobody can share. */
export function requireSharedKey(
  ctx: Context,
  { account, kmsKeyId }: Pick<SecretRow, 'account' | 'kmsKeyId'>,
): void {
  if (account === ctx.account || kmsKeyId !== undefined) return
  throw invalidRequest(
    "You can't access a secret from a different AWS account if you encrypt the secret with the default KMS service key.",
  )
}

/** Refuses to change a secret that another service keeps. */
export function requireOwner(ctx: Context, { owningService }: SecretRow): void {
  if (owningService !== undefined && callingService(ctx) !== owningService) throw managedElsewhere()
}
