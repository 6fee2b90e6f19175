import { DBClusterSnapshotNotFoundFault$, DBSnapshotNotFoundFault$ } from '@aws-sdk/client-rds'
import type { Context } from '../../kernel/context.ts'
import { awsError, type AwsError } from '../../kernel/errors.ts'
import { readArn } from './arns.ts'
import { ownName } from './instance-reference.ts'
import { snapshotsOf, type SnapshotKind } from './snapshot-making.ts'
import type { SnapshotRow } from './store.ts'

/** Finds a snapshot of the caller's by its identifier or ARN. Throws DBSnapshotNotFound, or its like for clusters. */
export async function snapshotNamed(
  ctx: Context,
  kind: SnapshotKind,
  text: string | undefined,
): Promise<SnapshotRow> {
  const name = text === undefined ? undefined : ownName(ctx, text, kind)
  const row = name === undefined ? undefined : await ctx.store.table(snapshotsOf(kind)).get(name)
  if (!row) throw noSnapshot(kind, text)
  const type = kind === 'snapshot' ? 'AWS::RDS::DBSnapshot' : 'AWS::RDS::DBClusterSnapshot'
  ctx.audit.resource({ ARN: row.arn, accountId: ctx.account, type })
  return row
}

/** Finds a snapshot that the caller may restore: its own, or one that is shared with it. Throws when there is none. */
export async function restorableSnapshot(
  ctx: Context,
  kind: SnapshotKind,
  text: string | undefined,
): Promise<SnapshotRow> {
  const arn = text === undefined ? undefined : readArn(text)
  if (arn?.type !== kind || arn.region !== ctx.region || arn.account === ctx.account) {
    return snapshotNamed(ctx, kind, text)
  }
  const tables = ctx.store.at({ account: arn.account, region: arn.region })
  const row = await tables.table(snapshotsOf(kind)).get(arn.name)
  const isShared = row?.restorers.some((each) => each === ctx.account || each === 'all')
  if (!row || !isShared) throw noSnapshot(kind, text)
  return row
}

function noSnapshot(kind: SnapshotKind, text: string | undefined): AwsError {
  return kind === 'snapshot'
    ? awsError(DBSnapshotNotFoundFault$, `DBSnapshot ${text} not found.`)
    : awsError(DBClusterSnapshotNotFoundFault$, `DBClusterSnapshot ${text} not found.`)
}
