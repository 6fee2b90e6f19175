import {
  CreateDBSubnetGroup$,
  DBSubnetGroupAlreadyExistsFault$,
  DeleteDBSubnetGroup$,
  DescribeDBSubnetGroups$,
  InvalidDBSubnetGroupStateFault$,
  InvalidSubnet$,
  ModifyDBSubnetGroup$,
} from '@aws-sdk/client-rds'
import type {
  CreateDBSubnetGroupMessage,
  CreateDBSubnetGroupResult,
  DBSubnetGroupMessage,
  DeleteDBSubnetGroupMessage,
  DescribeDBSubnetGroupsMessage,
  ModifyDBSubnetGroupMessage,
  ModifyDBSubnetGroupResult,
} from '@aws-sdk/client-rds'
import { awsError } from '../../kernel/errors.ts'
import { operation } from '../../kernel/service.ts'
import { accessTo, requestTags } from './access.ts'
import { rdsArn } from './arns.ts'
import { invalidValue } from './errors.ts'
import { pageOf } from './listing.ts'
import { clusters, instances, subnetGroups, type SubnetGroupRow } from './store.ts'
import { subnetGroupNamed, viewOf } from './subnet-group-view.ts'
import { mergeTags } from './tagging.ts'

const namePattern = /^[A-Za-z0-9 ._-]{1,255}$/

function nameOf(name: string | undefined): string {
  if (name !== undefined && namePattern.test(name) && name.toLowerCase() !== 'default') {
    return name.toLowerCase()
  }
  throw invalidValue(
    `The parameter DBSubnetGroupName must be provided and must not be blank, "default", or contain other than letters, digits, spaces, periods, underscores and hyphens: ${name}`,
  )
}

/** The form of a subnet's id is all that can be checked where there is no EC2. */
function subnetsOf(ids: readonly string[] | undefined): readonly string[] {
  const wrong = ids?.find((id) => !/^subnet-[0-9a-z-]+$/.test(id))
  if (wrong !== undefined) {
    throw awsError(InvalidSubnet$, `The subnet ID '${wrong}' does not exist`)
  }
  if (!ids?.length)
    throw invalidValue('The parameter SubnetIds must be provided and must not be blank.')
  return [...new Set(ids)]
}

/** CreateDBSubnetGroup. */
export const CreateDBSubnetGroup = operation<CreateDBSubnetGroupMessage, CreateDBSubnetGroupResult>(
  CreateDBSubnetGroup$,
  {
    access: (input, ctx) => ({
      resource: rdsArn(ctx, 'subgrp', (input.DBSubnetGroupName ?? '').toLowerCase()),
      conditions: requestTags(input.Tags),
    }),
    async handle(input, ctx) {
      const name = nameOf(input.DBSubnetGroupName)
      const table = ctx.store.table(subnetGroups)
      if (await table.get(name)) {
        throw awsError(
          DBSubnetGroupAlreadyExistsFault$,
          `The DB subnet group '${name}' already exists.`,
        )
      }
      const row: SubnetGroupRow = {
        name,
        arn: rdsArn(ctx, 'subgrp', name),
        description: input.DBSubnetGroupDescription ?? '',
        subnetIds: subnetsOf(input.SubnetIds),
        tags: mergeTags({}, input.Tags),
      }
      table.put(name, row)
      return { DBSubnetGroup: viewOf(ctx, row) }
    },
  },
)

/** DescribeDBSubnetGroups. */
export const DescribeDBSubnetGroups = operation<
  DescribeDBSubnetGroupsMessage,
  DBSubnetGroupMessage
>(DescribeDBSubnetGroups$, {
  access: (input, ctx) => ({
    resource: rdsArn(ctx, 'subgrp', input.DBSubnetGroupName?.toLowerCase() ?? '*'),
  }),
  async handle(input, ctx) {
    const name = input.DBSubnetGroupName
    if (name) return { DBSubnetGroups: [viewOf(ctx, await subnetGroupNamed(ctx, name))] }
    const page = await pageOf(ctx, subnetGroups, input)
    return { DBSubnetGroups: page.items.map((row) => viewOf(ctx, row)), ...page.marker }
  },
})

/** ModifyDBSubnetGroup. */
export const ModifyDBSubnetGroup = operation<
  ModifyDBSubnetGroupMessage,
  ModifyDBSubnetGroupResult,
  SubnetGroupRow
>(ModifyDBSubnetGroup$, {
  resolve: (input, ctx) => subnetGroupNamed(ctx, input.DBSubnetGroupName ?? ''),
  access: (_input, _ctx, row) => accessTo('subgrp', row),
  handle(input, ctx, row) {
    const changed = {
      ...row,
      description: input.DBSubnetGroupDescription ?? row.description,
      subnetIds: subnetsOf(input.SubnetIds),
    }
    ctx.store.table(subnetGroups).put(row.name, changed)
    return { DBSubnetGroup: viewOf(ctx, changed) }
  },
})

/** DeleteDBSubnetGroup: nothing may use it. */
export const DeleteDBSubnetGroup = operation<DeleteDBSubnetGroupMessage, object, SubnetGroupRow>(
  DeleteDBSubnetGroup$,
  {
    resolve: (input, ctx) => subnetGroupNamed(ctx, input.DBSubnetGroupName ?? ''),
    access: (_input, _ctx, row) => accessTo('subgrp', row),
    async handle(_input, ctx, { name }) {
      const query = { index: 'subnetGroup', equals: name, limit: 1 }
      const [user] = [
        ...(await ctx.store.table(instances).list(query)),
        ...(await ctx.store.table(clusters).list(query)),
      ]
      if (user) {
        throw awsError(
          InvalidDBSubnetGroupStateFault$,
          `Cannot delete the subnet group '${name}' because at least one database instance: ${user.key} is still using it.`,
        )
      }
      ctx.store.table(subnetGroups).delete(name)
      return {}
    },
  },
)
