import {
  RemoveRegionsFromReplication$,
  ReplicateSecretToRegions$,
  StopReplicationToReplica$,
} from '@aws-sdk/client-secrets-manager'
import type {
  RemoveRegionsFromReplicationRequest,
  RemoveRegionsFromReplicationResponse,
  ReplicateSecretToRegionsRequest,
  ReplicateSecretToRegionsResponse,
  StopReplicationToReplicaRequest,
  StopReplicationToReplicaResponse,
} from '@aws-sdk/client-secrets-manager'
import type { Context } from '../../kernel/context.ts'
import { operation } from '../../kernel/service.ts'
import { erase } from './deletion.ts'
import { invalidParameter, invalidRequest, onReplica } from './errors.ts'
import { checkReplicas, replicaConditions } from './replica-input.ts'
import { replicaArn, replicate } from './replication-task.ts'
import type { ReplicatedValue } from './replication-task.ts'
import { answered } from './secret-changes.ts'
import { live, requireSharedKey, secretAccess, seekSecret } from './secret-reference.ts'
import type { FoundSecret, SoughtSecret } from './secret-reference.ts'
import { replicationStatus } from './secret-shape.ts'
import { secrets, valueKey, values } from './store.ts'
import { kmsOf, openValue } from './values.ts'

/** The secret, whoever keeps it, for a change of its replicas. */
function primary(sought: SoughtSecret): FoundSecret {
  const subject = live(sought)
  if (subject.row.primaryRegion !== undefined) throw onReplica()
  return subject
}

/** The values that a new replica starts with: those of versions with labels, read as the caller. */
async function labelledValues(
  ctx: Context,
  { row, tables }: FoundSecret,
): Promise<ReplicatedValue[]> {
  const found: ReplicatedValue[] = []
  requireSharedKey(ctx, row)
  for (const { id, stages } of row.versions) {
    const kept = stages.length > 0 ? await tables.table(values).get(valueKey(row, id)) : undefined
    if (!kept) continue
    const { form, bytes } = await openValue(kmsOf(ctx), row, id, kept)
    found.push({ versionId: id, form, bytes: bytes.toString('base64') })
  }
  return found
}

/** ReplicateSecretToRegions. */
export const ReplicateSecretToRegions = operation<
  ReplicateSecretToRegionsRequest,
  ReplicateSecretToRegionsResponse,
  SoughtSecret
>(ReplicateSecretToRegions$, {
  resolve: (input, ctx) => seekSecret(ctx, input.SecretId),
  access: (input, ctx, sought) =>
    secretAccess(ctx, sought, { conditions: replicaConditions(input) }),
  async handle(input, ctx, sought) {
    const subject = primary(sought)
    const { row, tables } = subject
    const before = row.replicas ?? []
    const added = checkReplicas(ctx, input, before)
    const isAdded = (region: string): boolean => added.some((each) => each.region === region)
    const replicas = [...before.filter(({ region }) => !isAdded(region)), ...added]
    const sent = await labelledValues(ctx, subject)
    const next = { ...row, replicas }
    tables.table(secrets).put(row.name, next)
    for (const { region } of added) replicate(ctx, next, region, sent)
    return answered(ctx, { ARN: row.arn, ReplicationStatus: replicationStatus(replicas) })
  },
})

/** RemoveRegionsFromReplication: the replicas are deleted at once. */
export const RemoveRegionsFromReplication = operation<
  RemoveRegionsFromReplicationRequest,
  RemoveRegionsFromReplicationResponse,
  SoughtSecret
>(RemoveRegionsFromReplication$, {
  resolve: (input, ctx) => seekSecret(ctx, input.SecretId),
  access: (_input, ctx, sought) => secretAccess(ctx, sought),
  async handle(input, ctx, sought) {
    const { row, tables, account } = primary(sought)
    const removed = input.RemoveReplicaRegions ?? []
    const has = (row.replicas ?? []).map(({ region }) => region)
    const unknown = removed.find((region) => !has.includes(region))
    if (unknown !== undefined) {
      throw invalidParameter(`The secret has no replica in Region ${unknown}.`)
    }
    for (const region of removed) {
      const replica = await ctx.store.at({ account, region }).table(secrets).get(row.name)
      if (replica?.arn === replicaArn(row.arn, region) && replica.primaryRegion !== undefined) {
        erase(ctx, replica)
      }
    }
    const { replicas: before = [], ...rest } = row
    const replicas = before.filter(({ region }) => !removed.includes(region))
    tables.table(secrets).put(row.name, { ...rest, ...(replicas.length > 0 && { replicas }) })
    return answered(ctx, { ARN: row.arn, ReplicationStatus: replicationStatus(replicas) })
  },
})

/** StopReplicationToReplica: the replica becomes a secret of its own. */
export const StopReplicationToReplica = operation<
  StopReplicationToReplicaRequest,
  StopReplicationToReplicaResponse,
  SoughtSecret
>(StopReplicationToReplica$, {
  resolve: (input, ctx) => seekSecret(ctx, input.SecretId),
  access: (_input, ctx, sought) => secretAccess(ctx, sought),
  async handle(_input, ctx, sought) {
    const { row, tables, account } = live(sought)
    const { primaryRegion, rotation: _rotation, ...rest } = row
    if (primaryRegion === undefined) {
      throw invalidRequest(
        "The secret is not a replica. Call must be made in the replica's region.",
      )
    }
    tables.table(secrets).put(row.name, { ...rest, changedAt: ctx.now.toISOString() })
    const primaries = ctx.store.at({ account, region: primaryRegion }).table(secrets)
    const from = await primaries.get(row.name)
    if (from?.arn === replicaArn(row.arn, primaryRegion)) {
      const { replicas: before = [], ...others } = from
      const replicas = before.filter(({ region }) => region !== row.region)
      primaries.put(row.name, { ...others, ...(replicas.length > 0 && { replicas }) })
    }
    return answered(ctx, { ARN: row.arn })
  },
})
