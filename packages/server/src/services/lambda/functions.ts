import {
  CreateFunction$,
  GetFunction$,
  GetFunctionConfiguration$,
  ListFunctions$,
} from '@aws-sdk/client-lambda'
import type {
  CreateFunctionRequest,
  FunctionConfiguration,
  GetFunctionConfigurationRequest,
  GetFunctionRequest,
  GetFunctionResponse,
  ListFunctionsRequest,
  ListFunctionsResponse,
} from '@aws-sdk/client-lambda'
import type { Context } from '../../kernel/context.ts'
import { operation } from '../../kernel/service.ts'
import { requestTagConditions } from '../../kernel/tag-conditions.ts'
import { functionArn } from './arns.ts'
import { codeLocation } from './code-location.ts'
import { readCode, writeCode } from './code-store.ts'
import { asPending, configurationOf } from './configuration.ts'
import { conflict, invalid, packageBody } from './errors.ts'
import {
  findFunction,
  functionAccess,
  readOwnReference,
  requireFunction,
  versionOf,
  type FunctionSubject,
  type MissingFunction,
} from './function-reference.ts'
import { sealVariables } from './function-environment.ts'
import {
  changedSettings,
  checkSettings,
  defaultSettings,
  passRole,
  requireAssumable,
} from './function-settings.ts'
import { pageOf } from './paging.ts'
import { functions, versionKey, versions, type FunctionRow, type VersionRow } from './store.ts'
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
