import {
  CreateStage$,
  DeleteStage$,
  GetStage$,
  GetStages$,
  UpdateStage$,
} from '@aws-sdk/client-api-gateway'
import type {
  CreateStageRequest,
  DeleteStageRequest,
  GetStageRequest,
  GetStagesRequest,
  Stage,
  Stages,
  UpdateStageRequest,
} from '@aws-sdk/client-api-gateway'
import type { Context } from '../../kernel/context.ts'
import { operation } from '../../kernel/service.ts'
import { requestTagConditions, resourceTagConditions } from '../../kernel/tag-conditions.ts'
import { apiAccess, gatewayArn, requireApi, seekApi, type ApiSubject } from './api-reference.ts'
import type { WebAclUse } from '../../kernel/web-acl.ts'
import { badRequest, conflict, notFound } from './errors.ts'
import { patched } from './patch.ts'
import { changed } from './plane.ts'
import { stagePatches } from './stage-patches.ts'
import { deployments, stages, type StageRow } from './store.ts'
import { checkedTags } from './tagging.ts'

/** A stage as calls show it. */
export function stageOut(row: StageRow): Stage {
  const { name, createdAt, updatedAt, apiId: _api, tags, variables, methodSettings, ...shown } = row
  return {
    ...shown,
    stageName: name,
    tracingEnabled: false,
    cacheClusterEnabled: false,
    cacheClusterStatus: 'NOT_AVAILABLE',
    methodSettings: { ...methodSettings },
    ...(Object.keys(variables).length > 0 && { variables: { ...variables } }),
    ...(Object.keys(tags).length > 0 && { tags: { ...tags } }),
    createdDate: new Date(createdAt),
    lastUpdatedDate: new Date(updatedAt),
  }
}

/** What Bartizan does not do is refused rather than kept. */
export function refuseExtras(given: {
  readonly cacheClusterEnabled?: boolean | undefined
  readonly tracingEnabled?: boolean | undefined
  readonly canarySettings?: object | undefined
}): void {
  const what =
    (given.cacheClusterEnabled && 'Cache clusters') ||
    (given.tracingEnabled && 'Traces of X-Ray') ||
    (given.canarySettings && 'Canary releases')
  if (what) throw badRequest(`${what} of stages are not supported by Bartizan`)
}

/** A stage with API Gateway's defaults. Throws BadRequestException. */
export function newStage(
  ctx: Context,
  apiId: string,
  name: string,
  given: Pick<
    CreateStageRequest,
    'deploymentId' | 'description' | 'variables' | 'documentationVersion' | 'tags'
  >,
): StageRow {
  if (!/^\w[\w-]{0,127}$/.test(name)) {
    throw badRequest('Stage name only allows a-zA-Z0-9_-')
  }
  const now = ctx.now.toISOString()
  const { description, documentationVersion } = given
  return {
    apiId,
    name,
    deploymentId: given.deploymentId ?? '',
    ...(description !== undefined && { description }),
    ...(documentationVersion !== undefined && { documentationVersion }),
    createdAt: now,
    updatedAt: now,
    variables: given.variables ?? {},
    methodSettings: {},
    tags: checkedTags({}, given.tags),
  }
}

async function requireDeployment(ctx: Context, apiId: string, id: string): Promise<void> {
  const found = await ctx.store.table(deployments).get(`${apiId}/${id}`)
  if (!found) throw badRequest('Deployment id does not exist')
}

/** CreateStage. */
export const CreateStage = operation<CreateStageRequest, Stage, ApiSubject>(CreateStage$, {
  resolve: seekApi,
  access: (input, ctx, subject) =>
    apiAccess(ctx, 'POST', subject, {
      path: '/stages',
      conditions: requestTagConditions(input.tags),
    }),
  async handle(input, ctx, subject) {
    const { id } = requireApi(ctx, subject)
    refuseExtras(input)
    const row = newStage(ctx, id, input.stageName ?? '', input)
    await requireDeployment(ctx, id, row.deploymentId)
    const table = ctx.store.table(stages)
    if (await table.get(`${id}/${row.name}`)) throw conflict('Stage already exists')
    table.put(`${id}/${row.name}`, row)
    await changed(ctx)
    return stageOut(row)
  },
})

interface StageSubject extends ApiSubject {
  readonly stage: StageRow | undefined
  readonly stageName: string
}

async function seekStage(
  {
    restApiId,
    stageName = '',
  }: { readonly restApiId?: string | undefined; readonly stageName?: string | undefined },
  ctx: Context,
): Promise<StageSubject> {
  const api = await seekApi({ restApiId }, ctx)
  return { ...api, stageName, stage: await ctx.store.table(stages).get(`${api.id}/${stageName}`) }
}

function requireStage(ctx: Context, subject: StageSubject): StageRow {
  requireApi(ctx, subject)
  if (!subject.stage) throw notFound('stage')
  return subject.stage
}

const stageAccess = (ctx: Context, verb: 'GET' | 'PATCH' | 'DELETE', subject: StageSubject) =>
  apiAccess(ctx, verb, subject, {
    path: `/stages/${subject.stageName}`,
    conditions: resourceTagConditions(subject.stage?.tags),
  })

/** GetStage. */
export const GetStage = operation<GetStageRequest, Stage, StageSubject>(GetStage$, {
  resolve: seekStage,
  access: (_input, ctx, subject) => stageAccess(ctx, 'GET', subject),
  handle: (_input, ctx, subject) => stageOut(requireStage(ctx, subject)),
})

/** GetStages. */
export const GetStages = operation<GetStagesRequest, Stages, ApiSubject>(GetStages$, {
  resolve: seekApi,
  access: (_input, ctx, subject) => apiAccess(ctx, 'GET', subject, { path: '/stages' }),
  async handle({ deploymentId }, ctx, subject) {
    const { id } = requireApi(ctx, subject)
    const rows = await ctx.store.table(stages).list({ prefix: `${id}/` })
    const of = rows.filter(
      ({ value }) => deploymentId === undefined || value.deploymentId === deploymentId,
    )
    return { item: of.map(({ value }) => stageOut(value)) }
  },
})

/** UpdateStage. */
export const UpdateStage = operation<UpdateStageRequest, Stage, StageSubject>(UpdateStage$, {
  resolve: seekStage,
  access: (_input, ctx, subject) => stageAccess(ctx, 'PATCH', subject),
  async handle(input, ctx, subject) {
    const before = requireStage(ctx, subject)
    const wanted = patched(before, input.patchOperations, stagePatches)
    await requireDeployment(ctx, before.apiId, wanted.deploymentId)
    const row = { ...wanted, updatedAt: ctx.now.toISOString() }
    ctx.store.table(stages).put(`${row.apiId}/${row.name}`, row)
    await changed(ctx)
    return stageOut(row)
  },
})

/** DeleteStage. */
export const DeleteStage = operation<DeleteStageRequest, object, StageSubject>(DeleteStage$, {
  resolve: seekStage,
  access: (_input, ctx, subject) => stageAccess(ctx, 'DELETE', subject),
  async handle(_input, ctx, subject) {
    const { apiId, name } = requireStage(ctx, subject)
    ctx.store.table(stages).delete(`${apiId}/${name}`)
    await changed(ctx)
    return {}
  },
})

/** Stages can have a web ACL. */
export const stageWebAcls: WebAclUse = {
  async takes(ctx, arn) {
    const [, apiId = '', name = ''] = /:\/restapis\/(\w+)\/stages\/([\w-]+)$/.exec(arn) ?? []
    const isHere = arn === gatewayArn(ctx.region, `/restapis/${apiId}/stages/${name}`)
    return isHere && (await ctx.store.table(stages).get(`${apiId}/${name}`)) !== undefined
  },
}
