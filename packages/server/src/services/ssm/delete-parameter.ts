import { DeleteParameter$, DeleteParameters$ } from '@aws-sdk/client-ssm'
import type {
  DeleteParameterRequest,
  DeleteParameterResult,
  DeleteParametersRequest,
  DeleteParametersResult,
} from '@aws-sdk/client-ssm'
import { operation } from '../../kernel/service.ts'
import { plainName } from './names.ts'
import { found, parameterAccess, seekName } from './parameter-reference.ts'
import type { Sought } from './parameter-reference.ts'
import { removeParameter } from './policy-jobs.ts'

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
