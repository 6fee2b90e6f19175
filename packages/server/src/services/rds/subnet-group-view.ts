import { hash } from 'node:crypto'
import { DBSubnetGroupNotFoundFault$ } from '@aws-sdk/client-rds'
import type { DBSubnetGroup } from '@aws-sdk/client-rds'
import type { Context } from '../../kernel/context.ts'
import { awsError } from '../../kernel/errors.ts'
import { rdsArn } from './arns.ts'
import { subnetGroups, type SubnetGroupRow } from './store.ts'

/** The subnet group that every VPC's instances are in, unless they name another. */
const defaultName = 'default'

/** A subnet group by name. Throws DBSubnetGroupNotFoundFault. */
export async function subnetGroupNamed(ctx: Context, name: string): Promise<SubnetGroupRow> {
  const key = name.toLowerCase()
  const row = await ctx.store.table(subnetGroups).get(key)
  if (row) return row
  if (key === defaultName) return defaultGroup(ctx)
  throw awsError(DBSubnetGroupNotFoundFault$, `DB subnet group '${name}' does not exist.`)
}

function defaultGroup(ctx: Context): SubnetGroupRow {
  return {
    name: defaultName,
    arn: rdsArn(ctx, 'subgrp', defaultName),
    description: 'default',
    subnetIds: [],
    tags: {},
  }
}

/** A subnet group of an instance or cluster, as the API shows it. */
export async function subnetGroupView(ctx: Context, name = defaultName): Promise<DBSubnetGroup> {
  return viewOf(ctx, await subnetGroupNamed(ctx, name))
}

/** A subnet group as the API shows it; its subnets are those it was given, spread over three zones. */
export function viewOf({ account, region }: Context, row: SubnetGroupRow): DBSubnetGroup {
  return {
    DBSubnetGroupName: row.name,
    DBSubnetGroupDescription: row.description,
    DBSubnetGroupArn: row.arn,
    VpcId: `vpc-${hash('sha256', `${account}/${region}`).slice(0, 17)}`,
    SubnetGroupStatus: 'Complete',
    SupportedNetworkTypes: ['IPV4'],
    Subnets: row.subnetIds.map((SubnetIdentifier, index) => ({
      SubnetIdentifier,
      SubnetAvailabilityZone: { Name: `${region}${'abc'[index % 3]}` },
      SubnetOutpost: {},
      SubnetStatus: 'Active',
    })),
  }
}
