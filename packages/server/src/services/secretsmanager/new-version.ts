import type { Context } from '../../kernel/context.ts'
import { limitExceeded, versionExists } from './errors.ts'
import { announce, saveSecret } from './secret-changes.ts'
import { planned } from './rotation-plan.ts'
import { requireSharedKey } from './secret-reference.ts'
import type { FoundSecret } from './secret-reference.ts'
import { valueKey, values } from './store.ts'
import type { SecretRow, SecretRotation } from './store.ts'
import { kmsOf, openValue, sealValue } from './values.ts'
import type { PlainValue } from './values.ts'
import { holderOf, labelled, pruned, stage, versionOf, withoutLabel } from './versions.ts'

/** A version that a request asks for. */
export interface VersionRequest {
  readonly token: string
  readonly value: PlainValue
  readonly stages: readonly string[]
}

const maxStages = 20

/** What ListSecretVersionIds names as the key of a version. */
export function keyIdOf({ kmsKeyId }: Pick<SecretRow, 'kmsKeyId'>): string {
  return kmsKeyId ?? 'DefaultEncryptionKey'
}

/**
 * Whether a version is there already with this very value, which makes a request idempotent. Throws
 * ResourceExistsException when it has another.
 */
export async function isThere(
  ctx: Context,
  { row, tables }: Pick<FoundSecret, 'row' | 'tables'>,
  { token, value }: Pick<VersionRequest, 'token' | 'value'>,
): Promise<boolean> {
  const kept = versionOf(row.versions, token)
    ? await tables.table(values).get(valueKey(row, token))
    : undefined
  if (!kept) return false
  const known = await openValue(kmsOf(ctx), row, token, kept)
  if (known.form === value.form && known.bytes.equals(value.bytes)) return true
  throw versionExists(token, row.arn)
}

/** Adds a version with its labels to a secret, and writes it; nothing changes when it is there already. */
export async function addVersion(
  ctx: Context,
  subject: Pick<FoundSecret, 'row' | 'tables'>,
  request: VersionRequest,
): Promise<SecretRow> {
  const { row, tables } = subject
  const { token, value } = request
  requireSharedKey(ctx, row)
  if (await isThere(ctx, subject, request)) return row
  const sealed = await sealValue(kmsOf(ctx), row, token, value)
  tables.table(values).put(valueKey(row, token), sealed)
  const isFirst = !holderOf(row.versions, stage.current)
  const wanted = isFirst ? [...new Set([stage.current, ...request.stages])] : request.stages
  const known = versionOf(row.versions, token)
  const facts = { ...(known ?? { id: token, stages: [], createdAt: ctx.now.toISOString() }) }
  const others = row.versions.filter(({ id }) => id !== token)
  const added = [...others, { ...facts, keyId: keyIdOf(row) }]
  const all = labelled(abandoning(ctx, row, { ...request, stages: wanted }, added), token, wanted)
  if ((versionOf(all, token)?.stages.length ?? 0) > maxStages) {
    throw limitExceeded(`A version can have at most ${maxStages} staging labels.`)
  }
  const { kept, removed } = pruned(all, ctx.now)
  for (const { id } of removed) tables.table(values).delete(valueKey(row, id))
  const rotation = rotationAfter(ctx, row, request, wanted)
  const next: SecretRow = { ...row, versions: kept, ...(rotation && { rotation }) }
  const bytes = value.bytes.toString('base64')
  return saveSecret(ctx, tables, next, [{ versionId: token, form: value.form, bytes }])
}

/** A new current value by hand gives up the rotation under way: its version loses AWSPENDING. */
function abandoning(
  ctx: Context,
  row: SecretRow,
  { token, stages }: Pick<VersionRequest, 'token' | 'stages'>,
  versions: SecretRow['versions'],
): SecretRow['versions'] {
  if (!isAbandoned(row, { token, stages })) return versions
  announce(ctx, row, 'RotationAbandoned')
  return withoutLabel(versions, stage.pending)
}

function isAbandoned(
  row: SecretRow,
  { token, stages }: Pick<VersionRequest, 'token' | 'stages'>,
): boolean {
  const pending = holderOf(row.versions, stage.pending)
  const isOther = pending !== undefined && pending.id !== token
  return isOther && stages.includes(stage.current) && !pending.stages.includes(stage.current)
}

/** The schedule counts from a new current value, by whomever it was made. */
function rotationAfter(
  ctx: Context,
  row: SecretRow,
  { token }: VersionRequest,
  stages: readonly string[],
): SecretRotation | undefined {
  const { rotation } = row
  if (!rotation || !stages.includes(stage.current)) return rotation
  const { running, ...rest } = rotation
  const isGivenUp = running === undefined || isAbandoned(row, { token, stages })
  return planned(ctx, row, isGivenUp ? rest : rotation)
}
