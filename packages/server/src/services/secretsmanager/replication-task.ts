import type { Context, Principal } from '../../kernel/context.ts'
import { AwsError } from '../../kernel/errors.ts'
import type { Task } from '../../kernel/tasks.ts'
import { secrets, valueKey, values } from './store.ts'
import type { ReplicaFacts, SecretRow, ValueRow } from './store.ts'
import { sealValue } from './values.ts'
import type { KmsCall } from './values.ts'

/** A version's value on its way to another Region. */
export interface ReplicatedValue {
  readonly versionId: string
  readonly form: ValueRow['form']
  /** Base64. */
  readonly bytes: string
}

/** What a replica is to become. */
interface Replication {
  readonly name: string
  /** Of the primary. */
  readonly arn: string
  readonly primaryRegion: string
  readonly values: readonly ReplicatedValue[]
  /** Whose permissions count for the replica's key: whoever changed the secret. */
  readonly principal: Principal
}

const service = 'secretsmanager.amazonaws.com'

/** A secret's ARN in another Region: only the Region differs. */
export function replicaArn(arn: string, region: string): string {
  return arn.split(':').with(3, region).join(':')
}

/** Has a replica follow its primary. */
export function replicate(
  ctx: Context,
  { name, arn, account, region: primaryRegion }: SecretRow,
  region: string,
  sent: readonly ReplicatedValue[],
): void {
  const { principal } = ctx
  ctx.enqueue(
    replicateTask,
    { name, arn, primaryRegion, values: sent, principal },
    { account, region, order: `secretsmanager.replicate ${arn} ${region}` },
  )
}

/** Brings a replica up to date: its values under its own Region's key, and what else its primary has. */
const replicateTask: Task<Replication> = {
  name: 'secretsmanager.replicate',
  async run(ctx, replication) {
    const { name, arn, primaryRegion } = replication
    const primaries = ctx.store.at({ region: primaryRegion }).table(secrets)
    const primary = await primaries.get(name)
    const facts = primary?.replicas?.find(({ region }) => region === ctx.region)
    if (!primary || primary.arn !== arn || !facts) return undefined
    const outcome = await replicated(ctx, primary, facts, replication)
    const replicas = primary.replicas?.map((each) =>
      each.region === ctx.region ? { ...each, ...outcome } : each,
    )
    primaries.put(name, { ...primary, ...(replicas && { replicas }) })
    return undefined
  },
}

async function replicated(
  ctx: Context,
  primary: SecretRow,
  facts: ReplicaFacts,
  { values: sent, principal }: Replication,
): Promise<Pick<ReplicaFacts, 'status' | 'message'>> {
  const { name } = primary
  const arn = replicaArn(primary.arn, ctx.region)
  const before = await ctx.store.table(secrets).get(name)
  const isOwn = before?.primaryRegion === primary.region && before.arn === arn
  if (before && !isOwn && !facts.overwrites) {
    return failed(`Secret name ${name} already exists in region ${ctx.region}.`)
  }
  if (before && !isOwn) removeValues(ctx, before)
  const { kmsKeyId } = facts
  const kms: KmsCall = (operation, input) =>
    ctx.callAs({ service, onBehalfOf: principal }, 'kms', operation, input)
  try {
    for (const { versionId, form, bytes } of sent) {
      const value = { form, bytes: Buffer.from(bytes, 'base64') }
      const key = { arn, ...(kmsKeyId !== undefined && { kmsKeyId }) }
      const row = await sealValue(kms, key, versionId, value)
      ctx.store.table(values).put(valueKey({ arn }, versionId), row)
    }
  } catch (error) {
    if (!(error instanceof AwsError)) throw error
    return failed(error.message)
  }
  const has = new Set([
    ...sent.map(({ versionId }) => versionId),
    ...(isOwn && before ? before.versions.map(({ id }) => id) : []),
  ])
  ctx.store.table(secrets).put(name, copyOf(primary, { arn, region: ctx.region, facts, has }))
  return { status: 'InSync', message: 'Replication succeeded' }
}

function failed(reason: string): Pick<ReplicaFacts, 'status' | 'message'> {
  return { status: 'Failed', message: `Replication failed: ${reason}` }
}

function copyOf(
  primary: SecretRow,
  to: { arn: string; region: string; facts: ReplicaFacts; has: ReadonlySet<string> },
): SecretRow {
  const { replicas: _replicas, kmsKeyId: _kmsKeyId, rotation, ...rest } = primary
  const { kmsKeyId } = to.facts
  const { running: _running, ...settings } = rotation ?? { enabled: false }
  return {
    ...rest,
    arn: to.arn,
    region: to.region,
    primaryRegion: primary.region,
    versions: primary.versions
      .filter(({ id }) => to.has.has(id))
      .map((version) => ({ ...version, keyId: kmsKeyId ?? 'DefaultEncryptionKey' })),
    ...(kmsKeyId !== undefined && { kmsKeyId }),
    ...(rotation && { rotation: settings }),
  }
}

/** Removes the values of a secret in a Region. */
export function removeValues(ctx: Pick<Context, 'store'>, row: SecretRow): void {
  const table = ctx.store.at({ account: row.account, region: row.region }).table(values)
  for (const { id } of row.versions) table.delete(valueKey(row, id))
}

/** The tasks of replication. */
export const replicationTasks: readonly Task<never>[] = [replicateTask]
