import { DeleteParameter$, DeleteParameters$ } from '@aws-sdk/client-ssm'
import type {
  DeleteParameterRequest,
  DeleteParameterResult,
  DeleteParametersRequest,
  DeleteParametersResult,
} from '@aws-sdk/client-ssm'
import type { Context } from '../../kernel/context.ts'
import { operation } from '../../kernel/service.ts'
import { keyOf, plainName } from './names.ts'
import { announceChange } from './parameter-events.ts'
import { found, parameterAccess, seekName } from './parameter-reference.ts'
import type { Sought } from './parameter-reference.ts'
import { earlierVersions, parameters, versionKey } from './store.ts'
import type { ParameterRow } from './store.ts'

/** Takes a parameter away with its versions and what is due of its policies, and announces it. */
export function removeParameter(ctx: Context, row: ParameterRow): void {
  const key = keyOf(row.name)
  ctx.store.table(parameters).delete(key)
  for (let version = row.oldest; version < row.version; version += 1) {
    ctx.store.table(earlierVersions).delete(versionKey(key, version))
  }
  announceChange(ctx, row, 'Delete')
}

/** DeleteParameter. */
export const DeleteParameter = operation<DeleteParameterRequest, DeleteParameterResult, Sought>(
  DeleteParameter$,
  {
    resolve: (input, ctx) => seekName(ctx, plainName(input.Name ?? '')),
    access: (_input, _ctx, sought) => parameterAccess(sought),
    handle(_input, ctx, sought) {
      removeParameter(ctx, found(ctx, sought))
      return {}
    },
  },
)

/** DeleteParameters: up to ten at once; what is not there is listed apart. */
export const DeleteParameters = operation<
  DeleteParametersRequest,
  DeleteParametersResult,
  readonly Sought[]
>(DeleteParameters$, {
  resolve: (input, ctx) =>
    Promise.all([...new Set(input.Names)].map((name) => seekName(ctx, name.trim()))),
  access: (_input, _ctx, all) => all.map((sought) => parameterAccess(sought)),
  handle(_input, ctx, all) {
    const there = all.filter(({ row }) => row)
    for (const sought of there) removeParameter(ctx, found(ctx, sought))
    const nameOf = ({ reference }: Sought): string => reference.name
    return {
      DeletedParameters: there.map(nameOf),
      InvalidParameters: all.filter(({ row }) => !row).map(nameOf),
    }
  },
})
