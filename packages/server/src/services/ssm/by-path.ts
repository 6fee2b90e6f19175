import { GetParametersByPath$ } from '@aws-sdk/client-ssm'
import type {
  GetParametersByPathRequest,
  GetParametersByPathResult,
  ParameterStringFilter,
} from '@aws-sdk/client-ssm'
import type { Context } from '../../kernel/context.ts'
import { operation } from '../../kernel/service.ts'
import { keptBy, pathFilters } from './filters.ts'
import { keyOf, parameterArn, parsePath, prefixOf } from './names.ts'
import { pages } from './paging.ts'
import { versionOf } from './parameter-reference.ts'
import { parameterShape } from './parameter-shape.ts'
import { parameters } from './store.ts'
import type { ParameterRow } from './store.ts'

const defaultLimit = 10

/** How many rows are read at once where filters leave out some. */
const filteredRows = 200

/** The label that a listing is filtered by and a parameter has: it shows that version. */
function labelOf(filters: readonly ParameterStringFilter[], row: ParameterRow): string | undefined {
  const wanted = filters.find(({ Key }) => Key === 'Label')?.Values ?? []
  return wanted.find((label) => row.labels[label] !== undefined)
}

async function shown(ctx: Context, row: ParameterRow, input: GetParametersByPathRequest) {
  const label = labelOf(input.ParameterFilters ?? [], row)
  const version = label === undefined ? undefined : row.labels[label]
  const key = keyOf(row.name)
  const labelled =
    version === undefined ? undefined : await versionOf(ctx.store, { row, key, version })
  return parameterShape(ctx, row, labelled ?? row, {
    isDecrypted: input.WithDecryption,
    ...(label !== undefined && { selector: label }),
  })
}

/**
 * GetParametersByPath: what is below a path, at one level or at all. Who may ask for the path gets
 * everything below it, whatever is denied there by name (API reference, GetParametersByPath).
 */
export const GetParametersByPath = operation<
  GetParametersByPathRequest,
  GetParametersByPathResult,
  string
>(GetParametersByPath$, {
  resolve: (input) => parsePath(input.Path ?? ''),
  access: (input, ctx) => ({
    resource: parameterArn(ctx.region, ctx.account, (input.Path ?? '').trim()),
    conditions: { 'ssm:recursive': String(input.Recursive ?? false) },
  }),
  async handle(input, ctx, path) {
    const filters = pathFilters(input.ParameterFilters)
    const table = ctx.store.table(parameters)
    const scan = input.Recursive
      ? { prefix: prefixOf(path) }
      : ({ index: 'parent', equals: path } as const)
    const { items, next } = await pages.page<ParameterRow>(
      ctx,
      {
        name: `${input.Recursive ? 'below' : 'in'} ${path}`,
        limit: input.MaxResults ?? defaultLimit,
        ...(filters.length > 0 && {
          keep: (row) => filters.every((filter) => keptBy(filter, row)),
        }),
        fetch: ({ limit, after }) =>
          table.list({
            ...scan,
            ...(after !== undefined && { after }),
            limit: filters.length > 0 ? Math.max(limit, filteredRows) : limit,
          }),
      },
      input.NextToken,
    )
    const Parameters = await Promise.all(items.map((row) => shown(ctx, row, input)))
    return { Parameters, ...(next !== undefined && { NextToken: next }) }
  },
})
