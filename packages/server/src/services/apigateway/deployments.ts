import {
  CreateDeployment$,
  DeleteDeployment$,
  GetDeployment$,
  GetDeployments$,
  UpdateDeployment$,
} from '@aws-sdk/client-api-gateway'
import type {
  CreateDeploymentRequest,
  DeleteDeploymentRequest,
  Deployment,
  Deployments,
  GetDeploymentRequest,
  GetDeploymentsRequest,
  MethodSnapshot,
  UpdateDeploymentRequest,
} from '@aws-sdk/client-api-gateway'
import type { Context } from '../../kernel/context.ts'
import { operation } from '../../kernel/service.ts'
import { apiAccess, requireApi, seekApi, type ApiSubject } from './api-reference.ts'
import { badRequest, notFound } from './errors.ts'
import { newId, pageLimit, pages } from './paging.ts'
import { changed } from './plane.ts'
import { patched, text, type Patchable } from './patch.ts'
import { newStage, refuseExtras } from './stages.ts'
import { deployments, stages, type DeploymentRow, type RestApiRow } from './store.ts'

function summaryOf({ paths }: DeploymentRow): Record<string, Record<string, MethodSnapshot>> {
  const withMethods = Object.values(paths).filter(({ methods }) => Object.keys(methods).length > 0)
  return Object.fromEntries(
    withMethods.map(({ path, methods }) => [
      path,
      Object.fromEntries(
        Object.entries(methods).map(
          ([name, { authorizationType = 'NONE', apiKeyRequired = false }]) => [
            name,
            { authorizationType, apiKeyRequired },
          ],
        ),
      ),
    ]),
  )
}

function deploymentOut(row: DeploymentRow, embedded = false): Deployment {
  return {
    id: row.id,
    ...(row.description !== undefined && { description: row.description }),
    createdDate: new Date(row.createdAt),
    ...(embedded && { apiSummary: summaryOf(row) }),
  }
}

function checkDeployable({ paths }: RestApiRow): void {
  const methods = Object.values(paths).flatMap((path) => Object.values(path.methods))
  if (methods.length === 0) throw badRequest("The REST API doesn't contain any methods")
  if (methods.some(({ methodIntegration }) => !methodIntegration)) {
    throw badRequest('No integration defined for method')
  }
}

/** CreateDeployment: the API as it is now, under a stage where one is named. */
export const CreateDeployment = operation<CreateDeploymentRequest, Deployment, ApiSubject>(
  CreateDeployment$,
  {
    resolve: seekApi,
    access: (_input, ctx, subject) => apiAccess(ctx, 'POST', subject, { path: '/deployments' }),
    async handle(input, ctx, subject) {
      const api = requireApi(ctx, subject)
      checkDeployable(api)
      refuseExtras(input)
      const row: DeploymentRow = {
        id: newId(ctx),
        apiId: api.id,
        ...(input.description !== undefined && { description: input.description }),
        createdAt: ctx.now.toISOString(),
        paths: api.paths,
        binaryMediaTypes: api.binaryMediaTypes ?? [],
      }
      ctx.store.table(deployments).put(`${api.id}/${row.id}`, row)
      const { stageName, stageDescription, variables } = input
      if (stageName) {
        const key = `${api.id}/${stageName}`
        const before = await ctx.store.table(stages).get(key)
        const fresh = newStage(ctx, api.id, stageName, {
          deploymentId: row.id,
          description: stageDescription,
          variables,
        })
        const updatedAt = ctx.now.toISOString()
        const moved = before && {
          ...before,
          deploymentId: row.id,
          updatedAt,
          ...(variables && { variables }),
        }
        ctx.store.table(stages).put(key, moved ?? fresh)
        await changed(ctx)
      }
      return deploymentOut(row)
    },
  },
)

async function requireDeployment(ctx: Context, apiId: string, id = ''): Promise<DeploymentRow> {
  const row = await ctx.store.table(deployments).get(`${apiId}/${id}`)
  if (!row) throw notFound('Deployment')
  return row
}

/** GetDeployment. */
export const GetDeployment = operation<GetDeploymentRequest, Deployment, ApiSubject>(
  GetDeployment$,
  {
    resolve: seekApi,
    access: (input, ctx, subject) =>
      apiAccess(ctx, 'GET', subject, { path: `/deployments/${input.deploymentId ?? ''}` }),
    async handle(input, ctx, subject) {
      const { id } = requireApi(ctx, subject)
      const row = await requireDeployment(ctx, id, input.deploymentId)
      return deploymentOut(row, input.embed?.includes('apisummary'))
    },
  },
)

/** GetDeployments. */
export const GetDeployments = operation<GetDeploymentsRequest, Deployments, ApiSubject>(
  GetDeployments$,
  {
    resolve: seekApi,
    access: (_input, ctx, subject) => apiAccess(ctx, 'GET', subject, { path: '/deployments' }),
    async handle({ limit, position }, ctx, subject) {
      const { id } = requireApi(ctx, subject)
      const listing = {
        name: `deployments of ${id}`,
        limit: pageLimit(limit),
        fetch: (page: { after?: string; limit: number }) =>
          ctx.store.table(deployments).list({ ...page, prefix: `${id}/` }),
      }
      const { items, next } = await pages.page<DeploymentRow>(ctx, listing, position)
      return {
        items: items.map((row) => deploymentOut(row)),
        ...(next !== undefined && { position: next }),
      }
    },
  },
)

const deploymentPatches: readonly Patchable<DeploymentRow>[] = [text('/description', 'description')]

/** UpdateDeployment. */
export const UpdateDeployment = operation<UpdateDeploymentRequest, Deployment, ApiSubject>(
  UpdateDeployment$,
  {
    resolve: seekApi,
    access: (input, ctx, subject) =>
      apiAccess(ctx, 'PATCH', subject, { path: `/deployments/${input.deploymentId ?? ''}` }),
    async handle(input, ctx, subject) {
      const { id } = requireApi(ctx, subject)
      const before = await requireDeployment(ctx, id, input.deploymentId)
      const row = patched(before, input.patchOperations, deploymentPatches)
      ctx.store.table(deployments).put(`${id}/${row.id}`, row)
      return deploymentOut(row)
    },
  },
)

/** DeleteDeployment: not while a stage shows it. */
export const DeleteDeployment = operation<DeleteDeploymentRequest, object, ApiSubject>(
  DeleteDeployment$,
  {
    resolve: seekApi,
    access: (input, ctx, subject) =>
      apiAccess(ctx, 'DELETE', subject, { path: `/deployments/${input.deploymentId ?? ''}` }),
    async handle(input, ctx, subject) {
      const { id: apiId } = requireApi(ctx, subject)
      const { id } = await requireDeployment(ctx, apiId, input.deploymentId)
      const shown = await ctx.store.table(stages).list({ prefix: `${apiId}/` })
      if (shown.some(({ value }) => value.deploymentId === id)) {
        throw badRequest('Active stages pointing to this deployment must be moved or deleted')
      }
      ctx.store.table(deployments).delete(`${apiId}/${id}`)
      return {}
    },
  },
)
