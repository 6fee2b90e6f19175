import { GetSecretValue$ } from '@aws-sdk/client-secrets-manager'
import type { GetSecretValueRequest, GetSecretValueResponse } from '@aws-sdk/client-secrets-manager'
import type { Context } from '../../kernel/context.ts'
import { operation } from '../../kernel/service.ts'
import type { Access } from '../../kernel/service.ts'
import { invalidRequest, noValue } from './errors.ts'
import { live, requireSharedKey, secretAccess, seekSecret } from './secret-reference.ts'
import type { FoundSecret, SoughtSecret } from './secret-reference.ts'
import { accessNote, versionAccessNote } from './secret-shape.ts'
import { valueKey, values } from './store.ts'
import type { VersionFacts } from './store.ts'
import { shownValue } from './value-input.ts'
import { kmsOf, openValue } from './values.ts'
import { holderOf, stage, versionOf } from './versions.ts'

/** How a request names a version; AWSCURRENT when it does not. */
export interface VersionInput {
  readonly VersionId?: string | undefined
  readonly VersionStage?: string | undefined
}

/** The condition keys of a version in a request. */
export function versionConditions(input: VersionInput): NonNullable<Access['conditions']> {
  const { VersionId, VersionStage = VersionId === undefined ? stage.current : undefined } = input
  return { 'secretsmanager:versionid': VersionId, 'secretsmanager:versionstage': VersionStage }
}

/** The version that a request means. Throws ResourceNotFoundException and InvalidRequestException. */
function chosenVersion({ row }: FoundSecret, input: VersionInput): VersionFacts {
  const { VersionId: versionId, VersionStage } = input
  if (versionId === undefined) {
    const label = VersionStage ?? stage.current
    const holder = holderOf(row.versions, label)
    if (!holder) throw noValue({ stage: label })
    return holder
  }
  const version = versionOf(row.versions, versionId)
  if (!version) throw noValue({ versionId })
  if (VersionStage !== undefined && !version.stages.includes(VersionStage)) {
    throw invalidRequest(
      'You provided a VersionStage that is not associated to the provided VersionId.',
    )
  }
  return version
}

/** A version's value, decrypted as the caller; that it was read is noted by the day. */
export async function readVersion(
  ctx: Context,
  subject: FoundSecret,
  input: VersionInput,
): Promise<GetSecretValueResponse> {
  const { row, tables } = subject
  requireSharedKey(ctx, row)
  const version = chosenVersion(subject, input)
  const kept = await tables.table(values).get(valueKey(row, version.id))
  if (!kept) {
    const { VersionId: versionId, VersionStage = stage.current } = input
    throw noValue(versionId === undefined ? { stage: VersionStage } : { versionId })
  }
  const value = await openValue(kmsOf(ctx), row, version.id, kept)
  const facts = { day: ctx.now.toISOString().slice(0, 10) }
  ctx.lastUsed.note(accessNote, row.arn, facts)
  ctx.lastUsed.note(versionAccessNote, `${row.arn} ${version.id}`, facts)
  return {
    ARN: row.arn,
    Name: row.name,
    VersionId: version.id,
    ...shownValue(value),
    ...(version.stages.length > 0 && { VersionStages: [...version.stages] }),
    CreatedDate: new Date(version.createdAt),
  }
}

/** GetSecretValue. */
export const GetSecretValue = operation<
  GetSecretValueRequest,
  GetSecretValueResponse,
  SoughtSecret
>(GetSecretValue$, {
  resolve: (input, ctx) => seekSecret(ctx, input.SecretId),
  access: (input, ctx, sought) =>
    secretAccess(ctx, sought, { conditions: versionConditions(input) }),
  handle: (input, ctx, sought) => readVersion(ctx, live(sought), input),
})
