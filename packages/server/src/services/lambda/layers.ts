import {
  AddLayerVersionPermission$,
  DeleteLayerVersion$,
  GetLayerVersion$,
  GetLayerVersionByArn$,
  GetLayerVersionPolicy$,
  ListLayerVersions$,
  ListLayers$,
  PublishLayerVersion$,
  RemoveLayerVersionPermission$,
} from '@aws-sdk/client-lambda'
import type {
  AddLayerVersionPermissionRequest,
  AddLayerVersionPermissionResponse,
  DeleteLayerVersionRequest,
  GetLayerVersionByArnRequest,
  GetLayerVersionPolicyRequest,
  GetLayerVersionPolicyResponse,
  GetLayerVersionRequest,
  GetLayerVersionResponse,
  LayerVersionsListItem,
  ListLayerVersionsRequest,
  ListLayerVersionsResponse,
  ListLayersRequest,
  ListLayersResponse,
  PublishLayerVersionRequest,
  PublishLayerVersionResponse,
  RemoveLayerVersionPermissionRequest,
} from '@aws-sdk/client-lambda'
import type { Context, Tables } from '../../kernel/context.ts'
import { shownPolicy } from '../../kernel/identity/principal-ids.ts'
import { operation } from '../../kernel/service.ts'
import { layerArn, type Place } from './arns.ts'
import { codeLocation } from './code-location.ts'
import { deleteCode, readCode, writeCode } from './code-store.ts'
import { lambdaTime } from './configuration.ts'
import { conflict, invalid, notFound, packageBody, requireRevision } from './errors.ts'
import { layerAccess, readLayerArn, type LayerReference } from './layer-reference.ts'
import { pageOf, pageUnder } from './paging.ts'
import { withStatement } from './permissions.ts'
import { removeStatement, statementOf, statementsOf } from './policy-statements.ts'
import { layerKey, layerNumbers, layerVersions, type LayerVersionRow } from './store.ts'

interface LayerSubject {
  readonly reference: LayerReference
  readonly tables: Tables
  readonly row: LayerVersionRow | undefined
}

const nameForm = /^(?:arn:[a-z-]+:lambda:[a-z0-9-]+:(\d{12}):layer:)?([a-zA-Z0-9-_]+)$/

/** A layer's name, or its ARN without a version. Throws InvalidParameterValueException. */
function layerNamed(ctx: Context, text: string | undefined): Place & { readonly name: string } {
  const [, accountId = ctx.account, name] = nameForm.exec(text ?? '') ?? []
  if (name === undefined) throw invalid(`Invalid layer name: ${text}`)
  return { accountId, region: ctx.region, name }
}

async function findLayer(
  ctx: Context,
  name: string | undefined,
  version: number | undefined,
): Promise<LayerSubject> {
  return subjectOf(ctx, { ...layerNamed(ctx, name), version: version ?? 0 })
}

async function subjectOf(ctx: Context, reference: LayerReference): Promise<LayerSubject> {
  const tables = ctx.store.at({ account: reference.accountId })
  const key = layerKey(reference.name, reference.version)
  return { reference, tables, row: await tables.table(layerVersions).get(key) }
}

function requireLayer({ row }: LayerSubject): LayerVersionRow {
  if (!row) throw notFound('The resource you requested does not exist.')
  return row
}

function listed(place: Place, row: LayerVersionRow): LayerVersionsListItem {
  return {
    LayerVersionArn: layerArn(place, row.name, row.version),
    Version: row.version,
    Description: row.description,
    CreatedDate: lambdaTime(row.createdAt),
    ...(row.runtimes.length > 0 && { CompatibleRuntimes: [...row.runtimes] }),
    ...(row.architectures.length > 0 && { CompatibleArchitectures: [...row.architectures] }),
    ...(row.licence !== undefined && { LicenseInfo: row.licence }),
  }
}

function shown(ctx: Context, place: Place, row: LayerVersionRow): PublishLayerVersionResponse {
  return {
    ...listed(place, row),
    Content: {
      Location: codeLocation(ctx, place, row.code),
      CodeSha256: row.code.sha256,
      CodeSize: row.code.size,
    },
    LayerArn: layerArn(place, row.name),
  }
}

/** PublishLayerVersion. */
export const PublishLayerVersion = operation<
  PublishLayerVersionRequest,
  PublishLayerVersionResponse
>(PublishLayerVersion$, {
  body: packageBody('PublishLayerVersion'),
  access(input, ctx) {
    const { name } = layerNamed(ctx, input.LayerName)
    return { resource: layerArn({ accountId: ctx.account, region: ctx.region }, name) }
  },
  async handle(input, ctx) {
    const { name } = layerNamed(ctx, input.LayerName)
    const code = await readCode(ctx, input.Content ?? {})
    const numbers = ctx.store.table(layerNumbers)
    const version = ((await numbers.get(name))?.last ?? 0) + 1
    const row: LayerVersionRow = {
      name,
      version,
      description: input.Description ?? '',
      createdAt: ctx.now.toISOString(),
      code: code.facts,
      runtimes: input.CompatibleRuntimes ?? [],
      architectures: input.CompatibleArchitectures ?? [],
      ...(input.LicenseInfo !== undefined && { licence: input.LicenseInfo }),
    }
    writeCode(ctx.store, code)
    numbers.put(name, { last: version })
    ctx.store.table(layerVersions).put(layerKey(name, version), row)
    return shown(ctx, { accountId: ctx.account, region: ctx.region }, row)
  },
})

/** GetLayerVersion. */
export const GetLayerVersion = operation<
  GetLayerVersionRequest,
  GetLayerVersionResponse,
  LayerSubject
>(GetLayerVersion$, {
  resolve: (input, ctx) => findLayer(ctx, input.LayerName, input.VersionNumber),
  access: (_input, _ctx, { reference, row }) => layerAccess(reference, row),
  handle: (_input, ctx, subject) => shown(ctx, subject.reference, requireLayer(subject)),
})

/** GetLayerVersionByArn. */
export const GetLayerVersionByArn = operation<
  GetLayerVersionByArnRequest,
  GetLayerVersionResponse,
  LayerSubject
>(GetLayerVersionByArn$, {
  resolve(input, ctx) {
    const reference = readLayerArn(input.Arn ?? '')
    if (!reference) throw invalid(`Invalid layer version ARN: ${input.Arn}`)
    return subjectOf(ctx, reference)
  },
  access: (_input, _ctx, { reference, row }) => layerAccess(reference, row, 'GetLayerVersion'),
  handle: (_input, ctx, subject) => shown(ctx, subject.reference, requireLayer(subject)),
})

/** DeleteLayerVersion; functions that use it keep running only where they run already. */
export const DeleteLayerVersion = operation<DeleteLayerVersionRequest, object, LayerSubject>(
  DeleteLayerVersion$,
  {
    resolve: (input, ctx) => findLayer(ctx, input.LayerName, input.VersionNumber),
    access: (_input, _ctx, { reference, row }) => layerAccess(reference, row),
    handle(_input, _ctx, { tables, row }) {
      if (!row) return {}
      tables.table(layerVersions).delete(layerKey(row.name, row.version))
      deleteCode(tables, row.code)
      return {}
    },
  },
)

function fits(
  row: LayerVersionRow,
  { CompatibleRuntime: runtime, CompatibleArchitecture: architecture }: ListLayersRequest,
): boolean {
  return (
    (runtime === undefined || row.runtimes.includes(runtime)) &&
    (architecture === undefined || row.architectures.includes(architecture))
  )
}

/** ListLayerVersions: the newest first. */
export const ListLayerVersions = operation<ListLayerVersionsRequest, ListLayerVersionsResponse>(
  ListLayerVersions$,
  {
    access: () => ({ resource: '*' }),
    async handle(input, ctx) {
      const { name, ...place } = layerNamed(ctx, input.LayerName)
      const tables = ctx.store.at({ account: place.accountId })
      if (place.accountId !== ctx.account) return { LayerVersions: [] }
      const all = await tables.table(layerVersions).list({ prefix: `${name}/` })
      const rows = all
        .toReversed()
        .map(({ value }, index) => ({ key: String(index).padStart(8, '0'), value }))
      const listing = { ctx, name: `layer-versions/${name}`, defaultLimit: 50, maxLimit: 50 }
      const { items, ...page } = await pageOf(listing, input, ({ after = '', limit }) =>
        Promise.resolve(rows.filter(({ key }) => key > after).slice(0, limit)),
      )
      const wanted = items.filter((row) => fits(row, input))
      return { LayerVersions: wanted.map((row) => listed(place, row)), ...page }
    },
  },
)

/** ListLayers, each with its latest version. */
export const ListLayers = operation<ListLayersRequest, ListLayersResponse>(ListLayers$, {
  access: () => ({ resource: '*' }),
  async handle(input, ctx) {
    const place = { accountId: ctx.account, region: ctx.region }
    const listing = { ctx, name: 'layers', defaultLimit: 50, maxLimit: 50 }
    const latest = new Map<string, LayerVersionRow>()
    for (const { value } of await ctx.store.table(layerVersions).list()) {
      if (fits(value, input)) latest.set(value.name, value)
    }
    const rows = [...latest]
      .map(([key, value]) => ({ key, value }))
      .sort((a, b) => (a.key < b.key ? -1 : 1))
    const { items, ...page } = await pageUnder(listing, input, '', ({ after = '', limit }) =>
      Promise.resolve(rows.filter(({ key }) => key > after).slice(0, limit)),
    )
    const Layers = items.map((row) => ({
      LayerName: row.name,
      LayerArn: layerArn(place, row.name),
      LatestMatchingVersion: listed(place, row),
    }))
    return { Layers, ...page }
  },
})

/** AddLayerVersionPermission. */
export const AddLayerVersionPermission = operation<
  AddLayerVersionPermissionRequest,
  AddLayerVersionPermissionResponse,
  LayerSubject
>(AddLayerVersionPermission$, {
  resolve: (input, ctx) => findLayer(ctx, input.LayerName, input.VersionNumber),
  access: (_input, _ctx, { reference, row }) => layerAccess(reference, row),
  async handle(input, ctx, subject) {
    const row = requireLayer(subject)
    if (input.RevisionId !== undefined)
      requireRevision(input.RevisionId, row.policy?.revisionId ?? '')
    const sid = input.StatementId ?? ''
    if (row.policy && statementsOf(row.policy.document).some(({ Sid }) => Sid === sid)) {
      throw conflict(
        `The statement id (${sid}) provided already exists. Please provide a new statement id, or remove the existing statement.`,
      )
    }
    const { OrganizationId, ...given } = input
    const statement = statementOf(
      { ...given, ...(OrganizationId !== undefined && { PrincipalOrgID: OrganizationId }) },
      layerArn(subject.reference, row.name, row.version),
    )
    const document = await withStatement(ctx, row.policy?.document, statement)
    const policy = { document, revisionId: ctx.ids.uuid() }
    subject.tables.table(layerVersions).put(layerKey(row.name, row.version), { ...row, policy })
    return { Statement: JSON.stringify(statement), RevisionId: policy.revisionId }
  },
})

/** GetLayerVersionPolicy. */
export const GetLayerVersionPolicy = operation<
  GetLayerVersionPolicyRequest,
  GetLayerVersionPolicyResponse,
  LayerSubject
>(GetLayerVersionPolicy$, {
  resolve: (input, ctx) => findLayer(ctx, input.LayerName, input.VersionNumber),
  access: (_input, _ctx, { reference, row }) => layerAccess(reference, row),
  async handle(_input, ctx, subject) {
    const { policy } = requireLayer(subject)
    if (!policy) throw notFound('No policy is associated with the given resource.')
    return { Policy: await shownPolicy(ctx, policy.document), RevisionId: policy.revisionId }
  },
})

/** RemoveLayerVersionPermission. */
export const RemoveLayerVersionPermission = operation<
  RemoveLayerVersionPermissionRequest,
  object,
  LayerSubject
>(RemoveLayerVersionPermission$, {
  resolve: (input, ctx) => findLayer(ctx, input.LayerName, input.VersionNumber),
  access: (_input, _ctx, { reference, row }) => layerAccess(reference, row),
  handle(input, ctx, subject) {
    const { policy, ...row } = requireLayer(subject)
    if (!policy) throw notFound('No policy is associated with the given resource.')
    requireRevision(input.RevisionId, policy.revisionId)
    const document = removeStatement(policy.document, input.StatementId ?? '')
    if (document === 'missing') {
      throw notFound(`Statement ${input.StatementId} is not found in resource policy.`)
    }
    const next = document ? { ...row, policy: { document, revisionId: ctx.ids.uuid() } } : row
    subject.tables.table(layerVersions).put(layerKey(row.name, row.version), next)
    return {}
  },
})
