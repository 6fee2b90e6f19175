import {
  CreateAlias$,
  DeleteAlias$,
  GetAlias$,
  ListAliases$,
  UpdateAlias$,
} from '@aws-sdk/client-lambda'
import type {
  AliasConfiguration,
  AliasRoutingConfiguration,
  CreateAliasRequest,
  DeleteAliasRequest,
  GetAliasRequest,
  ListAliasesRequest,
  ListAliasesResponse,
  UpdateAliasRequest,
} from '@aws-sdk/client-lambda'
import type { Context } from '../../kernel/context.ts'
import { operation } from '../../kernel/service.ts'
import { functionArn } from './arns.ts'
import { conflict, invalid, notFound, requireRevision } from './errors.ts'
import {
  findFunction,
  functionAccess,
  missing,
  requireFunction,
  type FunctionSubject,
  type MissingFunction,
} from './function-reference.ts'
import { pageUnder } from './paging.ts'
import {
  aliases,
  functions,
  versionKey,
  versions,
  type AliasRow,
  type FunctionRow,
} from './store.ts'

type Found = FunctionSubject | MissingFunction

function shown(row: FunctionRow, alias: AliasRow): AliasConfiguration {
  return {
    AliasArn: functionArn(row, row.name, alias.name),
    Name: alias.name,
    FunctionVersion: alias.version,
    Description: alias.description,
    ...(Object.keys(alias.weights).length > 0 && {
      RoutingConfig: { AdditionalVersionWeights: { ...alias.weights } },
    }),
    RevisionId: alias.revisionId,
  }
}

async function requireVersion({ tables, row }: FunctionSubject, version: string): Promise<void> {
  const found = await tables.table(versions).get(versionKey(row.name, version))
  if (!found) throw missing(functionArn(row, row.name, version))
}

/** The weights of a routing configuration; an empty one takes them away. */
async function weightsOf(
  subject: FunctionSubject,
  version: string,
  routing: AliasRoutingConfiguration | undefined,
): Promise<Record<string, number>> {
  const weights = routing?.AdditionalVersionWeights ?? {}
  for (const [other, weight] of Object.entries(weights)) {
    if (version === '$LATEST' || other === '$LATEST') {
      throw invalid('$LATEST is not supported for an alias pointing to more than 1 version')
    }
    if (other === version) {
      throw invalid(
        `Invalid function version ${other}. Function version ${other} is already included in routing configuration.`,
      )
    }
    if (weight < 0 || weight > 1) throw invalid('Weights must be between 0.0 and 1.0.')
    await requireVersion(subject, other)
  }
  if (Object.keys(weights).length > 1) {
    throw invalid('Number of items in AdditionalVersionWeights cannot be greater than 1')
  }
  return { ...weights }
}

async function aliasOf(
  { tables, row }: FunctionSubject,
  name: string | undefined,
): Promise<AliasRow> {
  const alias = await tables.table(aliases).get(`${row.name}/${name}`)
  if (!alias) throw notFound(`Cannot find alias arn: ${functionArn(row, row.name, name)}`)
  return alias
}

function put({ tables, row }: FunctionSubject, alias: AliasRow): AliasConfiguration {
  tables.table(aliases).put(`${row.name}/${alias.name}`, alias)
  return shown(row, alias)
}

/** CreateAlias. */
export const CreateAlias = operation<CreateAliasRequest, AliasConfiguration, Found>(CreateAlias$, {
  check(input) {
    if (/^\d+$/.test(input.Name ?? '')) throw invalid('The alias name must not be a number.')
  },
  resolve: (input, ctx) => findFunction(ctx, input.FunctionName),
  access: (_input, _ctx, subject) => functionAccess(subject),
  async handle(input, ctx, found) {
    const subject = requireFunction(found)
    const { Name: name = '', FunctionVersion: version = '' } = input
    await requireVersion(subject, version)
    if (await subject.tables.table(aliases).get(`${subject.row.name}/${name}`)) {
      throw conflict(`Alias already exists: ${functionArn(subject.row, subject.row.name, name)}`)
    }
    return put(subject, {
      functionName: subject.row.name,
      name,
      version,
      description: input.Description ?? '',
      weights: await weightsOf(subject, version, input.RoutingConfig),
      revisionId: ctx.ids.uuid(),
    })
  },
})

/** UpdateAlias. */
export const UpdateAlias = operation<UpdateAliasRequest, AliasConfiguration, Found>(UpdateAlias$, {
  resolve: (input, ctx) => findFunction(ctx, input.FunctionName),
  access: (_input, _ctx, subject) => functionAccess(subject),
  async handle(input, ctx, found) {
    const subject = requireFunction(found)
    const alias = await aliasOf(subject, input.Name)
    requireRevision(input.RevisionId, alias.revisionId)
    const version = input.FunctionVersion ?? alias.version
    if (input.FunctionVersion !== undefined) await requireVersion(subject, version)
    const weights = input.RoutingConfig
      ? await weightsOf(subject, version, input.RoutingConfig)
      : alias.weights
    return put(subject, {
      ...alias,
      version,
      description: input.Description ?? alias.description,
      weights,
      revisionId: ctx.ids.uuid(),
    })
  },
})

/** GetAlias. */
export const GetAlias = operation<GetAliasRequest, AliasConfiguration, Found>(GetAlias$, {
  resolve: (input, ctx) => findFunction(ctx, input.FunctionName),
  access: (_input, _ctx, subject) => functionAccess(subject),
  async handle(input, _ctx, found) {
    const subject = requireFunction(found)
    return shown(subject.row, await aliasOf(subject, input.Name))
  },
})

/** DeleteAlias; an alias that is not there is deleted already. Its policy and settings go with it. */
export const DeleteAlias = operation<DeleteAliasRequest, object, Found>(DeleteAlias$, {
  resolve: (input, ctx) => findFunction(ctx, input.FunctionName),
  access: (_input, _ctx, subject) => functionAccess(subject),
  handle(input, _ctx, found) {
    const { tables, row } = requireFunction(found)
    const name = input.Name ?? ''
    tables.table(aliases).delete(`${row.name}/${name}`)
    const { [name]: _, ...policies } = row.policies
    const { [name]: __, ...eventInvoke } = row.eventInvoke
    tables.table(functions).put(row.name, { ...row, policies, eventInvoke })
    return {}
  },
})

/** ListAliases, of one version if it is named. */
export const ListAliases = operation<ListAliasesRequest, ListAliasesResponse, Found>(ListAliases$, {
  resolve: (input, ctx) => findFunction(ctx, input.FunctionName),
  access: (_input, _ctx, subject) => functionAccess(subject),
  async handle(input, ctx: Context, found) {
    const { row, tables } = requireFunction(found)
    const listing = { ctx, name: `aliases/${row.name}`, defaultLimit: 50, maxLimit: 50 }
    const { items, ...page } = await pageUnder(listing, input, `${row.name}/`, (query) =>
      tables.table(aliases).list(query),
    )
    const { FunctionVersion: version } = input
    const wanted = items.filter((alias) => version === undefined || alias.version === version)
    return { Aliases: wanted.map((alias) => shown(row, alias)), ...page }
  },
})
