import {
  CreateFunction$,
  DeleteFunction$,
  GetFunction$,
  GetFunctionConfiguration$,
  ListFunctions$,
  UpdateFunctionCode$,
  UpdateFunctionConfiguration$,
} from '@aws-sdk/client-lambda'
import type {
  CreateFunctionRequest,
  DeleteFunctionRequest,
  FunctionConfiguration,
  GetFunctionConfigurationRequest,
  GetFunctionRequest,
  GetFunctionResponse,
  ListFunctionsRequest,
  ListFunctionsResponse,
  UpdateFunctionCodeRequest,
  UpdateFunctionConfigurationRequest,
} from '@aws-sdk/client-lambda'
import type { Context } from '../../kernel/context.ts'
import { operation } from '../../kernel/service.ts'
import { requestTagConditions } from '../../kernel/tag-conditions.ts'
import { functionArn } from './arns.ts'
import { codeLocation } from './code-location.ts'
import { deleteCode, readCode, writeCode } from './code-store.ts'
import { asPending, asUpdating, configurationOf } from './configuration.ts'
import { conflict, invalid, packageBody, requireRevision } from './errors.ts'
import {
  findFunction,
  functionAccess,
  missing,
  readOwnReference,
  requireFunction,
  versionOf,
  type FunctionSubject,
  type MissingFunction,
} from './function-reference.ts'
import { sealVariables } from './function-environment.ts'
import { retireFunction } from './function-pool.ts'
import {
  changedSettings,
  checkSettings,
  defaultSettings,
  passRole,
  requireAssumable,
} from './function-settings.ts'
import { pageOf } from './paging.ts'
import {
  aliases,
  functions,
  versionKey,
  versions,
  type FunctionRow,
  type VersionRow,
} from './store.ts'
import { checkTags } from './tagging.ts'
import { publishVersion } from './versions.ts'

type Found = FunctionSubject | MissingFunction

/** AWS's own checks on what CreateFunction is given. */
function checkCreate(input: CreateFunctionRequest): void {
  if (input.PackageType === 'Image' || input.Code?.ImageUri !== undefined) {
    throw invalid('Container images are not supported by Bartizan: PackageType must be Zip.')
  }
  if (input.Runtime === undefined || input.Handler === undefined) {
    throw invalid(
      'Runtime and Handler are mandatory parameters for functions created with deployment packages.',
    )
  }
  checkSettings(input)
}

/** CreateFunction. */
export const CreateFunction = operation<CreateFunctionRequest, FunctionConfiguration>(
  CreateFunction$,
  {
    body: packageBody('CreateFunction'),
    check: checkCreate,
    access(input, ctx) {
      const { name } = readOwnReference(ctx, input.FunctionName)
      const place = { accountId: ctx.account, region: ctx.region }
      const conditions = requestTagConditions(input.Tags)
      return [{ resource: functionArn(place, name), conditions }, ...passRole(input.Role)]
    },
    async handle(input, ctx) {
      const { name } = readOwnReference(ctx, input.FunctionName)
      if (await ctx.store.table(functions).get(name)) {
        throw conflict(`Function already exist: ${name}`)
      }
      const tags = checkTags(input.Tags ?? {})
      const role = input.Role ?? ''
      await requireAssumable(ctx, role)
      const code = await readCode(ctx, input.Code ?? {})
      const initial = { ...defaultSettings(name), role, runtime: input.Runtime ?? 'nodejs24.x' }
      const settings = await changedSettings(ctx, initial, input)
      const place = { accountId: ctx.account, region: ctx.region }
      const now = ctx.now.toISOString()
      const latest: VersionRow = {
        functionName: name,
        version: '$LATEST',
        ...settings,
        architectures: input.Architectures ?? ['x86_64'],
        lastModified: now,
        revisionId: ctx.ids.uuid(),
        code: code.facts,
        ...(await sealVariables(
          ctx,
          { ...place, functionName: name, ...settings },
          input.Environment?.Variables,
        )),
      }
      const row: FunctionRow = {
        name,
        ...place,
        createdAt: now,
        lastVersion: 0,
        tags,
        policies: {},
        eventInvoke: {},
      }
      writeCode(ctx.store, code)
      ctx.store.table(versions).put(versionKey(name, '$LATEST'), latest)
      ctx.store.table(functions).put(name, row)
      const shown = input.Publish ? publishVersion(ctx, ctx.store, row, latest) : latest
      return asPending(await configurationOf(ctx, shown, { place, isQualified: false }))
    },
  },
)

/** GetFunctionConfiguration. */
export const GetFunctionConfiguration = operation<
  GetFunctionConfigurationRequest,
  FunctionConfiguration,
  Found
>(GetFunctionConfiguration$, {
  resolve: (input, ctx) => findFunction(ctx, input.FunctionName, input.Qualifier),
  access: (_input, _ctx, subject) => functionAccess(subject),
  async handle(_input, ctx, subject) {
    return shownVersion(ctx, requireFunction(subject))
  },
})

async function shownVersion(ctx: Context, subject: FunctionSubject) {
  const { version, row } = await versionOf(subject)
  const { qualifier } = subject.reference
  const configuration = await configurationOf(ctx, version, { place: row, isQualified: false })
  const FunctionArn = functionArn(row, row.name, qualifier)
  return { ...configuration, FunctionArn }
}

/** GetFunction: the configuration, where the package can be fetched, tags and reserved concurrency. */
export const GetFunction = operation<GetFunctionRequest, GetFunctionResponse, Found>(GetFunction$, {
  resolve: (input, ctx) => findFunction(ctx, input.FunctionName, input.Qualifier),
  access: (_input, _ctx, subject) => functionAccess(subject),
  async handle(_input, ctx, found) {
    const subject = requireFunction(found)
    const { version, row } = await versionOf(subject)
    return {
      Configuration: await shownVersion(ctx, subject),
      Code: { RepositoryType: 'S3', Location: codeLocation(ctx, row, version.code) },
      ...(Object.keys(row.tags).length > 0 && { Tags: { ...row.tags } }),
      ...(row.reservedConcurrency !== undefined && {
        Concurrency: { ReservedConcurrentExecutions: row.reservedConcurrency },
      }),
    }
  },
})

/** ListFunctions; with FunctionVersion ALL, their published versions too. */
export const ListFunctions = operation<ListFunctionsRequest, ListFunctionsResponse>(
  ListFunctions$,
  {
    access: () => ({ resource: '*' }),
    async handle(input, ctx) {
      const place = { accountId: ctx.account, region: ctx.region }
      const all = input.FunctionVersion === 'ALL'
      const { items, ...page } = await pageOf(
        { ctx, name: 'functions', defaultLimit: 50, maxLimit: 50 },
        input,
        async ({ after, limit }) => {
          if (all) return ctx.store.table(versions).list({ limit, ...(after && { after }) })
          const rows = await ctx.store.table(functions).list({ limit, ...(after && { after }) })
          const latest = rows.map(async ({ key }) => ({
            key,
            value: await ctx.store.table(versions).get(versionKey(key, '$LATEST')),
          }))
          return (await Promise.all(latest)).flatMap(({ key, value }) =>
            value ? [{ key, value }] : [],
          )
        },
      )
      const shown: FunctionConfiguration[] = []
      for (const version of items) {
        const configuration = await configurationOf(ctx, version, { place, isQualified: all })
        const { State: _, LastUpdateStatus: __, ...listed } = configuration
        shown.push(listed)
      }
      return { Functions: shown, ...page }
    },
  },
)

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
    if (!(await isShared(tables, before))) deleteCode(tables, before.code)
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

/** DeleteFunction: a version, or the function with all that belongs to it. */
export const DeleteFunction = operation<DeleteFunctionRequest, object, Found>(DeleteFunction$, {
  resolve: (input, ctx) => findFunction(ctx, input.FunctionName, input.Qualifier),
  access: (_input, _ctx, subject) => functionAccess(subject),
  async handle(_input, ctx, found) {
    const subject = requireFunction(found)
    const { qualifier } = subject.reference
    if (qualifier === undefined) await deleteWhole(ctx, subject)
    else await deleteVersion(ctx, subject, qualifier)
    return {}
  },
})

async function deleteWhole(ctx: Context, { row, tables }: FunctionSubject): Promise<void> {
  const prefix = `${row.name}/`
  const seen = new Set<string>()
  for (const { key, value } of await tables.table(versions).list({ prefix })) {
    tables.table(versions).delete(key)
    if (!seen.has(value.code.id)) deleteCode(tables, value.code)
    seen.add(value.code.id)
  }
  for (const { key } of await tables.table(aliases).list({ prefix }))
    tables.table(aliases).delete(key)
  tables.table(functions).delete(row.name)
  ctx.afterCommit(() => retireFunction(ctx, row))
}

async function deleteVersion(
  ctx: Context,
  { row, tables, arn }: FunctionSubject,
  qualifier: string,
): Promise<void> {
  if (qualifier === '$LATEST') {
    throw invalid('$LATEST version cannot be deleted without deleting the function.')
  }
  if (!/^\d+$/.test(qualifier)) {
    throw invalid('Deletion of aliases is not currently supported.')
  }
  const version = await tables.table(versions).get(versionKey(row.name, qualifier))
  if (!version) throw missing(arn)
  const users = await tables.table(aliases).list({ prefix: `${row.name}/` })
  const using = users.filter(
    ({ value }) => value.version === qualifier || Object.hasOwn(value.weights, qualifier),
  )
  if (using.length > 0) {
    const names = using.map(({ value }) => value.name).join(', ')
    throw conflict(`Version ${qualifier} is being used by alias(es): ${names}`)
  }
  tables.table(versions).delete(versionKey(row.name, qualifier))
  if (!(await isShared(tables, version))) deleteCode(tables, version.code)
  ctx.afterCommit(() => retireFunction(ctx, row))
}

async function latestOf(found: Found): Promise<VersionRow> {
  const { tables, row } = requireFunction(found)
  const latest = await tables.table(versions).get(versionKey(row.name, '$LATEST'))
  if (!latest) throw missing(found.arn)
  return latest
}

/** Whether another version runs the same package. */
async function isShared(tables: FunctionSubject['tables'], version: VersionRow): Promise<boolean> {
  const all = await tables.table(versions).list({ prefix: `${version.functionName}/` })
  return all.some(
    ({ value }) => value.version !== version.version && value.code.id === version.code.id,
  )
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
