import { ListSecretVersionIds$, UpdateSecretVersionStage$ } from '@aws-sdk/client-secrets-manager'
import type {
  ListSecretVersionIdsRequest,
  ListSecretVersionIdsResponse,
  UpdateSecretVersionStageRequest,
  UpdateSecretVersionStageResponse,
} from '@aws-sdk/client-secrets-manager'
import { operation } from '../../kernel/service.ts'
import type { Context } from '../../kernel/context.ts'
import { invalidParameter, limitExceeded } from './errors.ts'
import { pageOf } from './paging.ts'
import { answered, saveSecret } from './secret-changes.ts'
import { changeable, found, secretAccess, seekSecret } from './secret-reference.ts'
import type { SoughtSecret } from './secret-reference.ts'
import { accessedOn, versionAccessNote } from './secret-shape.ts'
import type { SecretRow, VersionFacts } from './store.ts'
import { holderOf, labelled, stage, versionOf, withoutLabel } from './versions.ts'
import type { Versions } from './versions.ts'

const maxStages = 20

/** The versions after a label has moved. Throws InvalidParameterException and LimitExceededException. */
function moved(versions: Versions, input: UpdateSecretVersionStageRequest): Versions {
  const { VersionStage: label = '', RemoveFromVersionId: from, MoveToVersionId: to } = input
  if (from === undefined && to === undefined) {
    throw invalidParameter('You must specify RemoveFromVersionId or MoveToVersionId.')
  }
  for (const id of [from, to]) {
    if (id !== undefined && !versionOf(versions, id)) {
      throw invalidParameter(`Not a valid version: ${id}`)
    }
  }
  const holder = holderOf(versions, label)
  if (from !== undefined && holder?.id !== from) {
    throw invalidParameter(`Version stage ${label} not found in version ${from}`)
  }
  if (holder && from === undefined && holder.id !== to) {
    throw invalidParameter(
      `The parameter RemoveFromVersionId can't be empty. Staging label ${label} is currently attached to version ${holder.id}, so you must explicitly reference that version in RemoveFromVersionId.`,
    )
  }
  if (to === undefined) {
    if (label === stage.current) {
      throw invalidParameter(
        `You can only move staging label ${stage.current} to a different secret version. It can't be completely removed.`,
      )
    }
    return withoutLabel(versions, label)
  }
  const after = labelled(versions, to, [label])
  if ((versionOf(after, to)?.stages.length ?? 0) > maxStages) {
    throw limitExceeded(`A version can have at most ${maxStages} staging labels.`)
  }
  return after
}

/** UpdateSecretVersionStage. */
export const UpdateSecretVersionStage = operation<
  UpdateSecretVersionStageRequest,
  UpdateSecretVersionStageResponse,
  SoughtSecret
>(UpdateSecretVersionStage$, {
  resolve: (input, ctx) => seekSecret(ctx, input.SecretId),
  access: (input, ctx, sought) =>
    secretAccess(ctx, sought, {
      conditions: { 'secretsmanager:versionstage': input.VersionStage },
    }),
  handle(input, ctx, sought) {
    const { row, tables } = changeable(ctx, sought)
    saveSecret(ctx, tables, { ...row, versions: moved(row.versions, input) })
    return answered(ctx, { ARN: row.arn, Name: row.name })
  },
})

async function versionEntry(ctx: Context, row: SecretRow, version: VersionFacts) {
  const { id, stages, createdAt, keyId } = version
  const accessed = await accessedOn(ctx, versionAccessNote, `${row.arn} ${id}`)
  return {
    VersionId: id,
    ...(stages.length > 0 && { VersionStages: [...stages] }),
    ...(accessed && { LastAccessedDate: accessed }),
    CreatedDate: new Date(createdAt),
    ...(keyId !== undefined && { KmsKeyIds: [keyId] }),
  }
}

/** ListSecretVersionIds. */
export const ListSecretVersionIds = operation<
  ListSecretVersionIdsRequest,
  ListSecretVersionIdsResponse,
  SoughtSecret
>(ListSecretVersionIds$, {
  resolve: (input, ctx) => seekSecret(ctx, input.SecretId),
  access: (_input, ctx, sought) => secretAccess(ctx, sought),
  async handle(input, ctx, sought) {
    const { row } = found(sought)
    const wanted = row.versions.filter(({ stages }) => input.IncludeDeprecated || stages.length > 0)
    const list = {
      name: `versions ${row.arn}`,
      items: wanted,
      order: 'desc' as const,
      placeOf: ({ createdAt, id }: VersionFacts) => `${createdAt} ${id}`,
    }
    const page = { limit: input.MaxResults ?? 100, token: input.NextToken }
    const { items, next } = pageOf(ctx, list, page)
    return {
      Versions: await Promise.all(items.map((version) => versionEntry(ctx, row, version))),
      ARN: row.arn,
      Name: row.name,
      ...(next !== undefined && { NextToken: next }),
    }
  },
})
