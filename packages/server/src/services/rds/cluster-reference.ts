import { DBClusterNotFoundFault$, InvalidDBClusterStateFault$ } from '@aws-sdk/client-rds'
import type { Context } from '../../kernel/context.ts'
import { awsError, type AwsError } from '../../kernel/errors.ts'
import { ownName } from './instance-reference.ts'
import { clusters, instances, type ClusterRow, type InstanceRow } from './store.ts'

/** Finds a cluster by its identifier or ARN. Throws DBClusterNotFoundFault. */
export async function clusterNamed(ctx: Context, text: string | undefined): Promise<ClusterRow> {
  const name = text === undefined ? undefined : ownName(ctx, text, 'cluster')
  const row = name === undefined ? undefined : await ctx.store.table(clusters).get(name)
  if (!row) throw awsError(DBClusterNotFoundFault$, `DBCluster ${text} not found.`)
  ctx.audit.resource({ ARN: row.arn, accountId: row.account, type: 'AWS::RDS::DBCluster' })
  return row
}

/** The instances of a cluster, the writer first. */
export async function membersOf(ctx: Context, cluster: string): Promise<readonly InstanceRow[]> {
  const rows = await ctx.store.table(instances).list({ index: 'cluster', equals: cluster })
  return rows
    .map(({ value }) => value)
    .sort((a, b) => Number(b.isWriter ?? false) - Number(a.isWriter ?? false))
}

/** 400 InvalidDBClusterStateFault. */
export const wrongClusterState = (message: string): AwsError =>
  awsError(InvalidDBClusterStateFault$, message)

/** Checks that a cluster is in one of these states. Throws InvalidDBClusterStateFault. */
export function needClusterStatus(row: ClusterRow, wanted: readonly string[]): void {
  if (wanted.includes(row.status)) return
  throw wrongClusterState(`DbCluster ${row.identifier} is not in ${wanted[0]} state.`)
}
