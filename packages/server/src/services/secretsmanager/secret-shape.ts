import type { DescribeSecretResponse, SecretListEntry } from '@aws-sdk/client-secrets-manager'
import type { Context } from '../../kernel/context.ts'
import { replicaArn } from './replication-task.ts'
import { isBad, readRules } from './rotation-schedule.ts'
import type { ReplicaFacts, SecretRotation, SecretRow } from './store.ts'
import { shownTags } from './tagging.ts'

/** The kind under which the server notes when a secret was last read. */
export const accessNote = 'secret'

/** The kind of a version's note; its id is the secret's ARN, a space, and the version's id. */
export const versionAccessNote = 'secret-version'

/** The day on which something was last read, as AWS shows it: without a time. */
export async function accessedOn(
  ctx: Context,
  kind: string,
  id: string,
): Promise<Date | undefined> {
  const facts = await ctx.lastUsed.of(kind, id)
  return facts?.['day'] === undefined ? undefined : new Date(facts['day'])
}

const dayMs = 86_400_000

/** How many days a schedule comes to, which AWS reckons anew after each rotation. */
function daysOf({ rules = {}, nextAt }: SecretRotation): number | undefined {
  if (rules.AutomaticallyAfterDays !== undefined || nextAt === undefined) {
    return rules.AutomaticallyAfterDays
  }
  const schedule = readRules(rules)
  const opens = new Date(nextAt)
  const next = isBad(schedule) ? undefined : schedule.next(opens, opens)
  return next && Math.max(1, Math.round((next.opens.getTime() - opens.getTime()) / dayMs))
}

function rotationShape({ rotation }: SecretRow) {
  if (!rotation) return {}
  const { enabled, lambdaArn, rules, lastAt, nextBefore } = rotation
  const days = daysOf(rotation)
  return {
    RotationEnabled: enabled,
    ...(lambdaArn !== undefined && { RotationLambdaARN: lambdaArn }),
    ...(rules && {
      RotationRules: { ...(days !== undefined && { AutomaticallyAfterDays: days }), ...rules },
    }),
    ...(lastAt !== undefined && { LastRotatedDate: new Date(lastAt) }),
    ...(enabled && nextBefore !== undefined && { NextRotationDate: new Date(nextBefore) }),
  }
}

function stagesOf({ versions }: SecretRow): Record<string, string[]> | undefined {
  const used = versions.filter(({ stages }) => stages.length > 0)
  if (used.length === 0) return undefined
  return Object.fromEntries(used.map(({ id, stages }) => [id, [...stages]]))
}

/** What DescribeSecret and ListSecrets have in common. */
async function commonShape(ctx: Context, row: SecretRow): Promise<SecretListEntry> {
  const { arn, name, type, description, kmsKeyId, owningService, deletion, primaryRegion } = row
  const accessed = await accessedOn(ctx, accessNote, arn)
  const primary = primaryRegion ?? (row.replicas?.length ? row.region : undefined)
  const tags = shownTags(row.tags)
  return {
    ARN: arn,
    Name: name,
    ...(type !== undefined && { Type: type }),
    ...(description && { Description: description }),
    ...(kmsKeyId !== undefined && { KmsKeyId: kmsKeyId }),
    ...rotationShape(row),
    LastChangedDate: new Date(row.changedAt),
    ...(accessed && { LastAccessedDate: accessed }),
    ...(deletion && { DeletedDate: new Date(deletion.at) }),
    ...((tags.length > 0 || row.hadTags) && { Tags: tags }),
    ...(owningService !== undefined && { OwningService: owningService }),
    CreatedDate: new Date(row.createdAt),
    ...(primary !== undefined && { PrimaryRegion: primary }),
  }
}

/** A secret as ListSecrets shows it. */
export async function listEntry(ctx: Context, row: SecretRow): Promise<SecretListEntry> {
  const stages = stagesOf(row)
  return { ...(await commonShape(ctx, row)), ...(stages && { SecretVersionsToStages: stages }) }
}

/** A secret as DescribeSecret shows it. */
export async function description(ctx: Context, row: SecretRow): Promise<DescribeSecretResponse> {
  const stages = stagesOf(row)
  return {
    ...(await commonShape(ctx, row)),
    ...(stages && { VersionIdsToStages: stages }),
    ...(row.replicas?.length && { ReplicationStatus: await replicaShapes(ctx, row) }),
  }
}

/** The state of a primary's replicas, with the day on which each was last read. */
async function replicaShapes(ctx: Context, { arn, replicas = [] }: SecretRow) {
  const accessed = await Promise.all(
    replicas.map(({ region }) => accessedOn(ctx, accessNote, replicaArn(arn, region))),
  )
  return replicationStatus(replicas).map((shape, at) => {
    const day = accessed[at]
    return day ? { ...shape, LastAccessedDate: day } : shape
  })
}

/** The state of a primary's replicas. */
export function replicationStatus(replicas: readonly ReplicaFacts[]) {
  return replicas.map(({ region, kmsKeyId, status, message }) => ({
    Region: region,
    KmsKeyId: kmsKeyId ?? 'alias/aws/secretsmanager',
    Status: status,
    ...(message !== '' && { StatusMessage: message }),
  }))
}
