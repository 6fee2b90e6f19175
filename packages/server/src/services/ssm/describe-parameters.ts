import { DescribeParameters$ } from '@aws-sdk/client-ssm'
import type { DescribeParametersRequest, DescribeParametersResult } from '@aws-sdk/client-ssm'
import type { ListQuery } from '../../kernel/store/store.ts'
import { operation } from '../../kernel/service.ts'
import { accountArn } from './arns.ts'
import { describeFilters, keptBy } from './filters.ts'
import type { Filter } from './filters.ts'
import { keyOf, parsePath, prefixOf } from './names.ts'
import { pages } from './paging.ts'
import { metadataShape } from './parameter-shape.ts'
import { parameters } from './store.ts'
import type { ParameterRow } from './store.ts'

const defaultLimit = 10

/** How many rows are read at once where filters leave out some. */
const filteredRows = 200

/** Where to look for what the filters let through: no more than there has to be read. */
function scanOf(filters: readonly Filter[]): Pick<ListQuery, 'prefix' | 'index' | 'equals'> {
  for (const { key, option, values } of filters) {
    const [only] = values
    if (only === undefined || values.length > 1) continue
    if (key === 'Name' && option !== 'Contains') return { prefix: keyOf(only) }
    if (key !== 'Path') continue
    const path = parsePath(only)
    return option === 'Recursive' ? { prefix: prefixOf(path) } : { index: 'parent', equals: path }
  }
  return {}
}

/** DescribeParameters: what there is, without values. What others share comes through RAM, which is not here. */
export const DescribeParameters = operation<DescribeParametersRequest, DescribeParametersResult>(
  DescribeParameters$,
  {
    access: (_input, ctx) => ({ resource: accountArn(ctx) }),
    async handle(input, ctx) {
      const filters = describeFilters(input.ParameterFilters, input.Filters)
      if (input.Shared) return { Parameters: [] }
      const table = ctx.store.table(parameters)
      const scan = scanOf(filters)
      const isFiltered = filters.length > 0
      const { items, next } = await pages.page<ParameterRow>(
        ctx,
        {
          name: 'parameters',
          limit: input.MaxResults ?? defaultLimit,
          ...(isFiltered && { keep: (row) => filters.every((filter) => keptBy(filter, row)) }),
          fetch: ({ limit, after }) =>
            table.list({
              ...scan,
              ...(after !== undefined && { after }),
              limit: isFiltered ? Math.max(limit, filteredRows) : limit,
            }),
        },
        input.NextToken,
      )
      const Parameters = items.map((row) => ({ ...metadataShape(row.name, row), ARN: row.arn }))
      return { Parameters, ...(next !== undefined && { NextToken: next }) }
    },
  },
)
