import { UpdateFunctionCode$, UpdateFunctionConfiguration$ } from '@aws-sdk/client-lambda'
import type {
  FunctionConfiguration,
  UpdateFunctionCodeRequest,
  UpdateFunctionConfigurationRequest,
} from '@aws-sdk/client-lambda'
import type { Context } from '../../kernel/context.ts'
import { operation } from '../../kernel/service.ts'
import { deleteCode, readCode, writeCode } from './code-store.ts'
import { asUpdating, configurationOf } from './configuration.ts'
import { packageBody, requireRevision } from './errors.ts'
import { sealVariables } from './function-environment.ts'
import { retireFunction } from './function-pool.ts'
import {
  findFunction,
  functionAccess,
  missing,
  requireFunction,
  type FunctionSubject,
  type MissingFunction,
} from './function-reference.ts'
import { changedSettings, checkSettings, passRole, requireAssumable } from './function-settings.ts'
import { versionKey, versions, type FunctionRow, type VersionRow } from './store.ts'
import { isCodeShared, publishVersion } from './versions.ts'

type Found = FunctionSubject | MissingFunction

/** UpdateFunctionCode. */
export const UpdateFunctionCode = operation<
  UpdateFunctionCodeRequest,
  FunctionConfiguration,
  Found
>(UpdateFunctionCode$, {
  body: packageBody('UpdateFunctionCode'),
  resolve: (input, ctx) => findFunction(ctx, input.FunctionName),
  access: (_input, _ctx, subject) => functionAccess(subject),
  async handle(input, ctx, found) {
    const { row, tables } = requireFunction(found)
    const before = await latestOf(found)
    requireRevision(input.RevisionId, before.revisionId)
    const code = await readCode(ctx, input)
    const changed: VersionRow = {
      ...before,
      code: code.facts,
      architectures: input.Architectures ?? before.architectures,
      lastModified: ctx.now.toISOString(),
      revisionId: ctx.ids.uuid(),
    }
    const view = { place: row, isQualified: false }
    if (input.DryRun) return configurationOf(ctx, changed, view)
    writeCode(tables, code)
    if (!(await isCodeShared(tables, before))) deleteCode(tables, before.code)
    return replaceLatest(ctx, { row, tables, changed }, input.Publish)
  },
})

/** UpdateFunctionConfiguration. */
export const UpdateFunctionConfiguration = operation<
  UpdateFunctionConfigurationRequest,
  FunctionConfiguration,
  Found
>(UpdateFunctionConfiguration$, {
  check: checkSettings,
  resolve: (input, ctx) => findFunction(ctx, input.FunctionName),
  access: (input, _ctx, subject) => [functionAccess(subject), ...passRole(input.Role)],
  async handle(input, ctx, found) {
    const { row, tables } = requireFunction(found)
    const before = await latestOf(found)
    requireRevision(input.RevisionId, before.revisionId)
    if (input.Role !== undefined) await requireAssumable(ctx, input.Role)
    const { kmsKeyArn: _, deadLetterTarget: __, environment, environmentKey, ...kept } = before
    const settings = await changedSettings(ctx, before, input)
    const owner = { ...row, functionName: row.name, ...settings }
    const isResealed =
      input.Environment !== undefined ||
      settings.kmsKeyArn !== before.kmsKeyArn ||
      (settings.kmsKeyArn !== undefined && settings.role !== before.role)
    const variables =
      input.Environment?.Variables ?? (isResealed ? await ownVariables(ctx, before, row) : {})
    const sealed = isResealed
      ? await sealVariables(ctx, owner, variables)
      : { environment, ...(environmentKey !== undefined && { environmentKey }) }
    const { environmentKey: ___, ...rest } = { ...kept, environmentKey }
    const changed: VersionRow = {
      ...rest,
      ...settings,
      ...sealed,
      lastModified: ctx.now.toISOString(),
      revisionId: ctx.ids.uuid(),
    }
    return replaceLatest(ctx, { row, tables, changed }, false)
  },
})

async function latestOf(found: Found): Promise<VersionRow> {
  const { tables, row } = requireFunction(found)
  const latest = await tables.table(versions).get(versionKey(row.name, '$LATEST'))
  if (!latest) throw missing(found.arn)
  return latest
}

async function replaceLatest(
  ctx: Context,
  {
    row,
    tables,
    changed,
  }: { row: FunctionRow; tables: FunctionSubject['tables']; changed: VersionRow },
  publish: boolean | undefined,
): Promise<FunctionConfiguration> {
  tables.table(versions).put(versionKey(row.name, '$LATEST'), changed)
  ctx.afterCommit(() => retireFunction(ctx, row))
  if (publish) {
    const published = publishVersion(ctx, tables, row, changed)
    return configurationOf(ctx, published, { place: row, isQualified: true })
  }
  return asUpdating(await configurationOf(ctx, changed, { place: row, isQualified: false }))
}

async function ownVariables(ctx: Context, version: VersionRow, row: FunctionRow) {
  const shown = await configurationOf(ctx, version, { place: row, isQualified: false })
  return shown.Environment?.Variables ?? {}
}
