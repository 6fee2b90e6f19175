import { UpdateSecret$ } from '@aws-sdk/client-secrets-manager'
import type { UpdateSecretRequest, UpdateSecretResponse } from '@aws-sdk/client-secrets-manager'
import type { Context } from '../../kernel/context.ts'
import { operation } from '../../kernel/service.ts'
import { ownKey } from './create-secret.ts'
import { onReplica } from './errors.ts'
import { grantToOwner } from './managed-secrets.ts'
import { addVersion, keyIdOf } from './new-version.ts'
import { replicaArn } from './replication-task.ts'
import { answered, saveSecret } from './secret-changes.ts'
import {
  live,
  requireOwner,
  requireSharedKey,
  secretAccess,
  seekSecret,
} from './secret-reference.ts'
import type { FoundSecret, SoughtSecret } from './secret-reference.ts'
import { secrets, valueKey, values } from './store.ts'
import type { SecretRow } from './store.ts'
import { tokenOf, valueOf } from './value-input.ts'
import { kmsOf, openValue, sealValue, tryKey } from './values.ts'
import { stage } from './versions.ts'

/** A change of key encrypts the values anew that have one of AWS's labels, as AWS does. */
async function rekeyed(
  ctx: Context,
  { row, tables }: Pick<FoundSecret, 'row' | 'tables'>,
  keyId: string | undefined,
): Promise<SecretRow> {
  const { kmsKeyId: _kmsKeyId, ...rest } = row
  const next: SecretRow = { ...rest, ...(keyId !== undefined && { kmsKeyId: keyId }) }
  const kms = kmsOf(ctx)
  requireSharedKey(ctx, row)
  requireSharedKey(ctx, next)
  await tryKey(kms, next)
  const versions = []
  for (const version of row.versions) {
    const isLabelled = Object.values(stage).some((label) => version.stages.includes(label))
    const key = valueKey(row, version.id)
    const kept = isLabelled ? await tables.table(values).get(key) : undefined
    if (kept) {
      const value = await openValue(kms, row, version.id, kept)
      tables.table(values).put(key, await sealValue(kms, next, version.id, value))
    }
    versions.push(kept ? { ...version, keyId: keyIdOf(next) } : version)
  }
  return { ...next, versions }
}

/** Of a replica, only the key can change. */
async function updateReplica(
  ctx: Context,
  subject: FoundSecret,
  input: UpdateSecretRequest,
): Promise<UpdateSecretResponse> {
  const { row, tables, account } = subject
  const { Description, Type, KmsKeyId } = input
  if (valueOf(input) || Description !== undefined || Type !== undefined || KmsKeyId === undefined) {
    throw onReplica()
  }
  const keyId = ownKey(KmsKeyId)
  const next = await rekeyed(ctx, subject, keyId)
  tables.table(secrets).put(row.name, next)
  const primaries = ctx.store.at({ account, region: row.primaryRegion ?? '' }).table(secrets)
  const primary = await primaries.get(row.name)
  if (primary?.arn === replicaArn(row.arn, row.primaryRegion ?? '')) {
    const replicas = (primary.replicas ?? []).map((each) => {
      const { kmsKeyId: _kmsKeyId, ...facts } = each
      if (each.region !== row.region) return each
      return { ...facts, ...(keyId !== undefined && { kmsKeyId: keyId }) }
    })
    primaries.put(row.name, { ...primary, replicas })
  }
  return answered(ctx, { ARN: row.arn, Name: row.name })
}

/** UpdateSecret. */
export const UpdateSecret = operation<UpdateSecretRequest, UpdateSecretResponse, SoughtSecret>(
  UpdateSecret$,
  {
    check: (input) => void valueOf(input),
    resolve: (input, ctx) => seekSecret(ctx, input.SecretId),
    access: (input, ctx, sought) =>
      secretAccess(ctx, sought, {
        conditions: {
          'secretsmanager:description': input.Description,
          'secretsmanager:kmskeyid': input.KmsKeyId,
          'secretsmanager:type': input.Type,
        },
      }),
    async handle(input, ctx, sought) {
      const token = tokenOf(ctx, input.ClientRequestToken)
      const subject = live(sought)
      requireOwner(ctx, subject.row)
      if (subject.row.primaryRegion !== undefined) return updateReplica(ctx, subject, input)
      const { tables } = subject
      let { row } = subject
      const { Description, Type, KmsKeyId } = input
      const keyId = ownKey(KmsKeyId)
      if (KmsKeyId !== undefined && keyId !== row.kmsKeyId) {
        row = await rekeyed(ctx, subject, keyId)
        if (row.owningService !== undefined) await grantToOwner(ctx, row)
      }
      if (Description !== undefined) row = { ...row, description: Description }
      if (Type !== undefined) row = { ...row, type: Type }
      const value = valueOf(input)
      const { arn, name } = row
      if (!value) {
        saveSecret(ctx, tables, row)
        return answered(ctx, { ARN: arn, Name: name })
      }
      const request = { token, value, stages: [stage.current] }
      const next = await addVersion(ctx, { row, tables }, request)
      // A version that was there already leaves the rest of the request to be done.
      if (next === row && row !== subject.row) saveSecret(ctx, tables, row)
      return answered(ctx, { ARN: arn, Name: name, VersionId: token }, { versionId: token })
    },
  },
)
