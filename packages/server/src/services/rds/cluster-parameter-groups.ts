import {
  CreateDBClusterParameterGroup$,
  DeleteDBClusterParameterGroup$,
  DescribeDBClusterParameterGroups$,
  DescribeDBClusterParameters$,
  DescribeEngineDefaultClusterParameters$,
  ModifyDBClusterParameterGroup$,
  ResetDBClusterParameterGroup$,
} from '@aws-sdk/client-rds'
import type {
  CreateDBClusterParameterGroupMessage,
  CreateDBClusterParameterGroupResult,
  DBClusterParameterGroup,
  DBClusterParameterGroupDetails,
  DBClusterParameterGroupNameMessage,
  DBClusterParameterGroupsMessage,
  DeleteDBClusterParameterGroupMessage,
  DescribeDBClusterParameterGroupsMessage,
  DescribeDBClusterParametersMessage,
  DescribeEngineDefaultClusterParametersMessage,
  DescribeEngineDefaultClusterParametersResult,
  ModifyDBClusterParameterGroupMessage,
  ResetDBClusterParameterGroupMessage,
} from '@aws-sdk/client-rds'
import { operation } from '../../kernel/service.ts'
import { accessTo, requestTags } from './access.ts'
import { rdsArn } from './arns.ts'
import { allGroups } from './default-groups.ts'
import { sliceOf } from './listing.ts'
import {
  addGroup,
  changeGroup,
  familyFacts,
  removeGroup,
  resetGroup,
} from './parameter-group-rows.ts'
import { listedParameters } from './parameter-listing.ts'
import { groupNamed } from './parameter-values.ts'
import type { ParameterGroupRow } from './store.ts'

function view({ name, family, description, arn }: ParameterGroupRow): DBClusterParameterGroup {
  return {
    DBClusterParameterGroupName: name,
    DBParameterGroupFamily: family,
    Description: description,
    DBClusterParameterGroupArn: arn,
  }
}

/** CreateDBClusterParameterGroup. */
export const CreateDBClusterParameterGroup = operation<
  CreateDBClusterParameterGroupMessage,
  CreateDBClusterParameterGroupResult
>(CreateDBClusterParameterGroup$, {
  access: (input, ctx) => ({
    resource: rdsArn(ctx, 'cluster-pg', (input.DBClusterParameterGroupName ?? '').toLowerCase()),
    conditions: requestTags(input.Tags),
  }),
  async handle(input, ctx) {
    const row = await addGroup(ctx, 'cluster-pg', {
      name: input.DBClusterParameterGroupName,
      family: input.DBParameterGroupFamily,
      description: input.Description,
      tags: input.Tags,
    })
    return { DBClusterParameterGroup: view(row) }
  },
})

/** DescribeDBClusterParameterGroups, the default ones among them. */
export const DescribeDBClusterParameterGroups = operation<
  DescribeDBClusterParameterGroupsMessage,
  DBClusterParameterGroupsMessage
>(DescribeDBClusterParameterGroups$, {
  access: (input, ctx) => ({
    resource: rdsArn(ctx, 'cluster-pg', input.DBClusterParameterGroupName?.toLowerCase() ?? '*'),
  }),
  async handle(input, ctx) {
    const name = input.DBClusterParameterGroupName
    if (name) return { DBClusterParameterGroups: [view(await groupNamed(ctx, 'cluster-pg', name))] }
    const page = sliceOf(ctx, 'cluster-pg', input, await allGroups(ctx, 'cluster-pg'))
    return { DBClusterParameterGroups: page.items.map(view), ...page.marker }
  },
})

/** ModifyDBClusterParameterGroup: dynamic parameters that are to be applied immediately are. */
export const ModifyDBClusterParameterGroup = operation<
  ModifyDBClusterParameterGroupMessage,
  DBClusterParameterGroupNameMessage,
  ParameterGroupRow
>(ModifyDBClusterParameterGroup$, {
  resolve: (input, ctx) => groupNamed(ctx, 'cluster-pg', input.DBClusterParameterGroupName ?? ''),
  access: (_input, _ctx, row) => accessTo('cluster-pg', row),
  async handle(input, ctx, row) {
    await changeGroup(ctx, 'cluster-pg', row, input.Parameters)
    return { DBClusterParameterGroupName: row.name }
  },
})

/** ResetDBClusterParameterGroup. */
export const ResetDBClusterParameterGroup = operation<
  ResetDBClusterParameterGroupMessage,
  DBClusterParameterGroupNameMessage,
  ParameterGroupRow
>(ResetDBClusterParameterGroup$, {
  resolve: (input, ctx) => groupNamed(ctx, 'cluster-pg', input.DBClusterParameterGroupName ?? ''),
  access: (_input, _ctx, row) => accessTo('cluster-pg', row),
  async handle(input, ctx, row) {
    const reset = { all: input.ResetAllParameters, changes: input.Parameters }
    await resetGroup(ctx, 'cluster-pg', row, reset)
    return { DBClusterParameterGroupName: row.name }
  },
})

/** DeleteDBClusterParameterGroup. */
export const DeleteDBClusterParameterGroup = operation<
  DeleteDBClusterParameterGroupMessage,
  object,
  ParameterGroupRow
>(DeleteDBClusterParameterGroup$, {
  resolve: (input, ctx) => groupNamed(ctx, 'cluster-pg', input.DBClusterParameterGroupName ?? ''),
  access: (_input, _ctx, row) => accessTo('cluster-pg', row),
  async handle(_input, ctx, row) {
    await removeGroup(ctx, 'cluster-pg', row)
    return {}
  },
})

/** DescribeDBClusterParameters: what the engine itself knows, with what a group sets of it. */
export const DescribeDBClusterParameters = operation<
  DescribeDBClusterParametersMessage,
  DBClusterParameterGroupDetails,
  ParameterGroupRow
>(DescribeDBClusterParameters$, {
  resolve: (input, ctx) => groupNamed(ctx, 'cluster-pg', input.DBClusterParameterGroupName ?? ''),
  access: (_input, _ctx, row) => accessTo('cluster-pg', row),
  async handle(input, ctx, row) {
    const facts = await familyFacts(ctx, row.family)
    const all = listedParameters(row, facts, input.Source)
    const page = sliceOf(ctx, `cluster parameters of ${row.name}`, input, all)
    return { Parameters: [...page.items], ...page.marker }
  },
})

/** DescribeEngineDefaultClusterParameters. */
export const DescribeEngineDefaultClusterParameters = operation<
  DescribeEngineDefaultClusterParametersMessage,
  DescribeEngineDefaultClusterParametersResult
>(DescribeEngineDefaultClusterParameters$, {
  access: () => ({ resource: '*' }),
  async handle(input, ctx) {
    const family = input.DBParameterGroupFamily ?? ''
    const all = listedParameters({ parameters: {} }, await familyFacts(ctx, family), undefined)
    const page = sliceOf(ctx, `cluster defaults of ${family}`, input, all)
    return {
      EngineDefaults: {
        DBParameterGroupFamily: family,
        Parameters: [...page.items],
        ...page.marker,
      },
    }
  },
})
