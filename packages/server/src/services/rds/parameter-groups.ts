import {
  CreateDBParameterGroup$,
  DeleteDBParameterGroup$,
  DescribeDBParameterGroups$,
  DescribeDBParameters$,
  DescribeEngineDefaultParameters$,
  ModifyDBParameterGroup$,
  ResetDBParameterGroup$,
} from '@aws-sdk/client-rds'
import type {
  CreateDBParameterGroupMessage,
  CreateDBParameterGroupResult,
  DBParameterGroup,
  DBParameterGroupDetails,
  DBParameterGroupNameMessage,
  DBParameterGroupsMessage,
  DeleteDBParameterGroupMessage,
  DescribeDBParameterGroupsMessage,
  DescribeDBParametersMessage,
  DescribeEngineDefaultParametersMessage,
  DescribeEngineDefaultParametersResult,
  ModifyDBParameterGroupMessage,
  ResetDBParameterGroupMessage,
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

function view({ name, family, description, arn }: ParameterGroupRow): DBParameterGroup {
  return {
    DBParameterGroupName: name,
    DBParameterGroupFamily: family,
    Description: description,
    DBParameterGroupArn: arn,
  }
}

/** CreateDBParameterGroup. */
export const CreateDBParameterGroup = operation<
  CreateDBParameterGroupMessage,
  CreateDBParameterGroupResult
>(CreateDBParameterGroup$, {
  access: (input, ctx) => ({
    resource: rdsArn(ctx, 'pg', (input.DBParameterGroupName ?? '').toLowerCase()),
    conditions: requestTags(input.Tags),
  }),
  async handle(input, ctx) {
    const row = await addGroup(ctx, 'pg', {
      name: input.DBParameterGroupName,
      family: input.DBParameterGroupFamily,
      description: input.Description,
      tags: input.Tags,
    })
    return { DBParameterGroup: view(row) }
  },
})

/** DescribeDBParameterGroups, the default ones among them. */
export const DescribeDBParameterGroups = operation<
  DescribeDBParameterGroupsMessage,
  DBParameterGroupsMessage
>(DescribeDBParameterGroups$, {
  access: (input, ctx) => ({
    resource: rdsArn(ctx, 'pg', input.DBParameterGroupName?.toLowerCase() ?? '*'),
  }),
  async handle(input, ctx) {
    const name = input.DBParameterGroupName
    if (name) return { DBParameterGroups: [view(await groupNamed(ctx, 'pg', name))] }
    const page = sliceOf(ctx, 'pg', input, await allGroups(ctx, 'pg'))
    return { DBParameterGroups: page.items.map(view), ...page.marker }
  },
})

/** ModifyDBParameterGroup: dynamic parameters that are to be applied immediately are. */
export const ModifyDBParameterGroup = operation<
  ModifyDBParameterGroupMessage,
  DBParameterGroupNameMessage,
  ParameterGroupRow
>(ModifyDBParameterGroup$, {
  resolve: (input, ctx) => groupNamed(ctx, 'pg', input.DBParameterGroupName ?? ''),
  access: (_input, _ctx, row) => accessTo('pg', row),
  async handle(input, ctx, row) {
    await changeGroup(ctx, 'pg', row, input.Parameters)
    return { DBParameterGroupName: row.name }
  },
})

/** ResetDBParameterGroup. */
export const ResetDBParameterGroup = operation<
  ResetDBParameterGroupMessage,
  DBParameterGroupNameMessage,
  ParameterGroupRow
>(ResetDBParameterGroup$, {
  resolve: (input, ctx) => groupNamed(ctx, 'pg', input.DBParameterGroupName ?? ''),
  access: (_input, _ctx, row) => accessTo('pg', row),
  async handle(input, ctx, row) {
    const reset = { all: input.ResetAllParameters, changes: input.Parameters }
    await resetGroup(ctx, 'pg', row, reset)
    return { DBParameterGroupName: row.name }
  },
})

/** DeleteDBParameterGroup. */
export const DeleteDBParameterGroup = operation<
  DeleteDBParameterGroupMessage,
  object,
  ParameterGroupRow
>(DeleteDBParameterGroup$, {
  resolve: (input, ctx) => groupNamed(ctx, 'pg', input.DBParameterGroupName ?? ''),
  access: (_input, _ctx, row) => accessTo('pg', row),
  async handle(_input, ctx, row) {
    await removeGroup(ctx, 'pg', row)
    return {}
  },
})

/** DescribeDBParameters: what the engine itself knows, with what a group sets of it. */
export const DescribeDBParameters = operation<
  DescribeDBParametersMessage,
  DBParameterGroupDetails,
  ParameterGroupRow
>(DescribeDBParameters$, {
  resolve: (input, ctx) => groupNamed(ctx, 'pg', input.DBParameterGroupName ?? ''),
  access: (_input, _ctx, row) => accessTo('pg', row),
  async handle(input, ctx, row) {
    const facts = await familyFacts(ctx, row.family)
    const all = listedParameters(row, facts, input.Source)
    const page = sliceOf(ctx, `parameters of ${row.name}`, input, all)
    return { Parameters: [...page.items], ...page.marker }
  },
})

/** DescribeEngineDefaultParameters. */
export const DescribeEngineDefaultParameters = operation<
  DescribeEngineDefaultParametersMessage,
  DescribeEngineDefaultParametersResult
>(DescribeEngineDefaultParameters$, {
  access: () => ({ resource: '*' }),
  async handle(input, ctx) {
    const family = input.DBParameterGroupFamily ?? ''
    const all = listedParameters({ parameters: {} }, await familyFacts(ctx, family), undefined)
    const page = sliceOf(ctx, `defaults of ${family}`, input, all)
    return {
      EngineDefaults: {
        DBParameterGroupFamily: family,
        Parameters: [...page.items],
        ...page.marker,
      },
    }
  },
})
