import type { Tag } from '@aws-sdk/client-rds'
import type { Context } from '../../kernel/context.ts'
import { rdsArn } from './arns.ts'
import type { DatabaseRow, OwnerRow, ParameterGroupRow } from './store.ts'
import { mergeTags } from './tagging.ts'

/** What is asked for of a new instance or cluster. */
interface Asked extends Pick<OwnerRow, 'engine' | 'shown'> {
  readonly group: ParameterGroupRow
  readonly subnetGroup: string | undefined
  readonly deletionProtection: boolean | undefined
  readonly tags: readonly Tag[] | undefined
}

/** The new instance or cluster of a database server, as far as both are alike. */
export function newOwner(
  ctx: Context,
  { id, kind, identifier, masterUsername }: DatabaseRow,
  { engine, group, subnetGroup, deletionProtection, tags, shown }: Asked,
): OwnerRow {
  return {
    identifier,
    resourceId: id,
    account: ctx.account,
    region: ctx.region,
    arn: rdsArn(ctx, kind === 'instance' ? 'db' : 'cluster', identifier),
    engine,
    status: 'creating',
    createdAt: ctx.now.toISOString(),
    parameterGroup: group.name,
    ...(subnetGroup !== undefined && { subnetGroup: subnetGroup.toLowerCase() }),
    masterUsername,
    parameterStatus: 'in-sync',
    deletionProtection: deletionProtection ?? false,
    tags: mergeTags({}, tags),
    shown,
  }
}
