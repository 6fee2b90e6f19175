import {
  DeleteFunctionConcurrency$,
  GetAccountSettings$,
  GetFunctionConcurrency$,
  PutFunctionConcurrency$,
} from '@aws-sdk/client-lambda'
import type {
  Concurrency,
  DeleteFunctionConcurrencyRequest,
  GetAccountSettingsResponse,
  GetFunctionConcurrencyRequest,
  GetFunctionConcurrencyResponse,
  PutFunctionConcurrencyRequest,
} from '@aws-sdk/client-lambda'
import { operation } from '../../kernel/service.ts'
import { unreservedConcurrency } from './concurrency-limits.ts'
import { invalid } from './errors.ts'
import { accountConcurrency } from './function-pool.ts'
import {
  findFunction,
  functionAccess,
  requireFunction,
  type FunctionSubject,
  type MissingFunction,
} from './function-reference.ts'
import { functions, versions } from './store.ts'

type Found = FunctionSubject | MissingFunction

/** AWS keeps this much of the account's concurrency for functions that have none reserved. */
const minUnreserved = 100

/** PutFunctionConcurrency. */
export const PutFunctionConcurrency = operation<PutFunctionConcurrencyRequest, Concurrency, Found>(
  PutFunctionConcurrency$,
  {
    resolve: (input, ctx) => findFunction(ctx, input.FunctionName),
    access: (_input, _ctx, subject) => functionAccess(subject),
    async handle(input, _ctx, found) {
      const { row, tables } = requireFunction(found)
      const reserved = input.ReservedConcurrentExecutions ?? 0
      const left = (await unreservedConcurrency(tables, row.name)) - reserved
      if (left < minUnreserved) {
        throw invalid(
          `Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [${minUnreserved}].`,
        )
      }
      tables.table(functions).put(row.name, { ...row, reservedConcurrency: reserved })
      return { ReservedConcurrentExecutions: reserved }
    },
  },
)

/** GetFunctionConcurrency. */
export const GetFunctionConcurrency = operation<
  GetFunctionConcurrencyRequest,
  GetFunctionConcurrencyResponse,
  Found
>(GetFunctionConcurrency$, {
  resolve: (input, ctx) => findFunction(ctx, input.FunctionName),
  access: (_input, _ctx, subject) => functionAccess(subject),
  handle(_input, _ctx, found) {
    const { reservedConcurrency } = requireFunction(found).row
    return reservedConcurrency === undefined
      ? {}
      : { ReservedConcurrentExecutions: reservedConcurrency }
  },
})

/** DeleteFunctionConcurrency. */
export const DeleteFunctionConcurrency = operation<DeleteFunctionConcurrencyRequest, object, Found>(
  DeleteFunctionConcurrency$,
  {
    resolve: (input, ctx) => findFunction(ctx, input.FunctionName),
    access: (_input, _ctx, subject) => functionAccess(subject),
    handle(_input, _ctx, found) {
      const { row, tables } = requireFunction(found)
      const { reservedConcurrency: _, ...rest } = row
      tables.table(functions).put(row.name, rest)
      return {}
    },
  },
)

/** GetAccountSettings: AWS's limits, and what the account uses of them. */
export const GetAccountSettings = operation<object, GetAccountSettingsResponse>(
  GetAccountSettings$,
  {
    access: () => ({ resource: '*' }),
    async handle(_input, ctx) {
      const rows = await ctx.store.table(versions).list()
      const sizes = new Map(rows.map(({ value }) => [value.code.id, value.code.size]))
      const count = new Set(rows.map(({ value }) => value.functionName)).size
      return {
        AccountLimit: {
          TotalCodeSize: 80_530_636_800,
          CodeSizeUnzipped: 262_144_000,
          CodeSizeZipped: 52_428_800,
          ConcurrentExecutions: accountConcurrency,
          UnreservedConcurrentExecutions: await unreservedConcurrency(ctx.store),
        },
        AccountUsage: {
          TotalCodeSize: [...sizes.values()].reduce((sum, size) => sum + size, 0),
          FunctionCount: count,
        },
      }
    },
  },
)
