import {
  GetFunctionCodeSigningConfig$,
  GetFunctionRecursionConfig$,
  GetRuntimeManagementConfig$,
  PutRuntimeManagementConfig$,
} from '@aws-sdk/client-lambda'
import type {
  GetFunctionCodeSigningConfigRequest,
  GetFunctionCodeSigningConfigResponse,
  GetFunctionRecursionConfigRequest,
  GetFunctionRecursionConfigResponse,
  GetRuntimeManagementConfigRequest,
  GetRuntimeManagementConfigResponse,
  PutRuntimeManagementConfigRequest,
  PutRuntimeManagementConfigResponse,
} from '@aws-sdk/client-lambda'
import { operation } from '../../kernel/service.ts'
import { functionArn } from './arns.ts'
import { invalid } from './errors.ts'
import {
  findFunction,
  functionAccess,
  requireFunction,
  versionOf,
  type FunctionSubject,
  type MissingFunction,
} from './function-reference.ts'
import { versionKey, versions } from './store.ts'

type Found = FunctionSubject | MissingFunction

/** GetFunctionCodeSigningConfig: no function has one. */
export const GetFunctionCodeSigningConfig = operation<
  GetFunctionCodeSigningConfigRequest,
  Partial<GetFunctionCodeSigningConfigResponse>,
  Found
>(GetFunctionCodeSigningConfig$, {
  resolve: (input, ctx) => findFunction(ctx, input.FunctionName),
  access: (_input, _ctx, subject) => functionAccess(subject),
  handle(_input, _ctx, found) {
    return { FunctionName: requireFunction(found).row.name }
  },
})

/** GetFunctionRecursionConfig: Bartizan detects no loops, and so ends none. */
export const GetFunctionRecursionConfig = operation<
  GetFunctionRecursionConfigRequest,
  GetFunctionRecursionConfigResponse,
  Found
>(GetFunctionRecursionConfig$, {
  resolve: (input, ctx) => findFunction(ctx, input.FunctionName),
  access: (_input, _ctx, subject) => functionAccess(subject),
  handle(_input, _ctx, found) {
    requireFunction(found)
    return { RecursiveLoop: 'Allow' }
  },
})

/** GetRuntimeManagementConfig. */
export const GetRuntimeManagementConfig = operation<
  GetRuntimeManagementConfigRequest,
  GetRuntimeManagementConfigResponse,
  Found
>(GetRuntimeManagementConfig$, {
  resolve: (input, ctx) => findFunction(ctx, input.FunctionName, input.Qualifier),
  access: (_input, _ctx, subject) => functionAccess(subject),
  async handle(_input, _ctx, found) {
    const { row, version, reference } = await versionOf(requireFunction(found))
    return {
      UpdateRuntimeOn: version.updateRuntimeOn ?? 'Auto',
      FunctionArn: functionArn(row, row.name, reference.qualifier ?? '$LATEST'),
      ...(version.runtimeVersionArn !== undefined && {
        RuntimeVersionArn: version.runtimeVersionArn,
      }),
    }
  },
})

/** PutRuntimeManagementConfig: there is one version of each runtime, so it is always the one in use. */
export const PutRuntimeManagementConfig = operation<
  PutRuntimeManagementConfigRequest,
  PutRuntimeManagementConfigResponse,
  Found
>(PutRuntimeManagementConfig$, {
  resolve: (input, ctx) => findFunction(ctx, input.FunctionName, input.Qualifier),
  access: (_input, _ctx, subject) => functionAccess(subject),
  async handle(input, _ctx, found) {
    const { row, tables, version, reference } = await versionOf(requireFunction(found))
    if (input.UpdateRuntimeOn === 'Manual') {
      throw invalid('Runtime versions cannot be chosen: Bartizan runs the ones of its machine.')
    }
    const next = { ...version, updateRuntimeOn: input.UpdateRuntimeOn ?? 'Auto' }
    tables.table(versions).put(versionKey(row.name, version.version), next)
    return {
      UpdateRuntimeOn: next.updateRuntimeOn,
      FunctionArn: functionArn(row, row.name, reference.qualifier ?? '$LATEST'),
    }
  },
})
