import {
  CreateRestApi$,
  DeleteRestApi$,
  GetRestApi$,
  GetRestApis$,
  UpdateRestApi$,
} from '@aws-sdk/client-api-gateway'
import type {
  CreateRestApiRequest,
  DeleteRestApiRequest,
  EndpointConfiguration,
  GetRestApiRequest,
  GetRestApisRequest,
  RestApi,
  RestApis,
  UpdateRestApiRequest,
} from '@aws-sdk/client-api-gateway'
import { compilePolicy, PolicySyntaxError } from '@bartizan/policy'
import { endpointTag } from '../../dataplane/endpoint-tag.ts'
import type { Context } from '../../kernel/context.ts'
import { operation } from '../../kernel/service.ts'
import { requestTagConditions } from '../../kernel/tag-conditions.ts'
import {
  apiAccess,
  gatewayArn,
  putApi,
  requireApi,
  seekApi,
  type ApiSubject,
} from './api-reference.ts'
import { badRequest, limitExceeded } from './errors.ts'
import { newId, pageLimit, pages } from './paging.ts'
import { changed, plane, servedAt } from './plane.ts'
import { entry, flag, listed, numberOf, patched, text, type Patchable } from './patch.ts'
import { deployments, restApis, stages, type RestApiRow } from './store.ts'
import { checkedTags } from './tagging.ts'

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html: Regional APIs per Region. */
const maxApis = 600

/** An API as calls show it; its policy with every quotation mark escaped, as AWS has it. */
export function apiOut(region: string, row: RestApiRow): RestApi {
  const { createdAt, rootId, boundPort: _port, paths: _paths, policy, tags, ...shown } = row
  return {
    ...shown,
    ...(policy !== undefined && { policy: JSON.stringify(policy).slice(1, -1) }),
    createdDate: new Date(createdAt),
    rootResourceId: rootId,
    apiStatus: 'AVAILABLE',
    tags: { ...tags, [endpointTag]: servedAt(region, row) },
  }
}

function checkedPolicy(policy: string | undefined): string | undefined {
  if (policy === undefined || policy === '') return undefined
  try {
    compilePolicy(policy, 'resource')
  } catch (error) {
    if (!(error instanceof PolicySyntaxError || error instanceof SyntaxError)) throw error
    throw badRequest(
      'Invalid policy document. Please check the policy syntax and ensure that Principals are valid.',
    )
  }
  return policy
}

function endpointOf(given: EndpointConfiguration = {}): EndpointConfiguration {
  const { types = ['EDGE'], vpcEndpointIds, ipAddressType = 'ipv4' } = given
  if (types.length !== 1) {
    throw badRequest('Invalid endpoint types. Only one endpoint type is allowed.')
  }
  if (vpcEndpointIds && types[0] !== 'PRIVATE') {
    throw badRequest('Only PRIVATE endpoint type can have VPC endpoint IDs')
  }
  return { types, ipAddressType, ...(vpcEndpointIds && { vpcEndpointIds }) }
}

function checkedCompression(size: number | undefined): number | undefined {
  if (size === undefined) return undefined
  if (size < 0 || size > 10_485_760) {
    throw badRequest('Invalid minimum compression size, must be between 0 and 10485760')
  }
  return size
}

async function newApi(input: CreateRestApiRequest, ctx: Context): Promise<RestApiRow> {
  const rootId = newId(ctx)
  const policy = checkedPolicy(input.policy)
  const minimumCompressionSize = checkedCompression(input.minimumCompressionSize)
  if (!input.name?.trim()) throw badRequest('API name cannot be blank')
  const id = newId(ctx)
  return {
    id,
    name: input.name,
    ...(input.description !== undefined && { description: input.description }),
    ...(input.version !== undefined && { version: input.version }),
    createdAt: ctx.now.toISOString(),
    ...(input.binaryMediaTypes && { binaryMediaTypes: input.binaryMediaTypes }),
    ...(minimumCompressionSize !== undefined && { minimumCompressionSize }),
    apiKeySource: input.apiKeySource ?? 'HEADER',
    endpointConfiguration: endpointOf(input.endpointConfiguration),
    ...(policy !== undefined && { policy }),
    disableExecuteApiEndpoint: input.disableExecuteApiEndpoint ?? false,
    tags: checkedTags({}, input.tags),
    rootId,
    boundPort: await ctx.runtime(plane).reserve(id),
    paths: { [rootId]: { id: rootId, path: '/', methods: {} } },
  }
}

/** CreateRestApi. */
export const CreateRestApi = operation<CreateRestApiRequest, RestApi>(CreateRestApi$, {
  access: (input, ctx) => ({
    action: 'apigateway:POST',
    resource: gatewayArn(ctx.region, '/restapis'),
    resourceAccount: ctx.account,
    conditions: requestTagConditions(input.tags),
  }),
  async handle(input, ctx) {
    if ((await ctx.store.table(restApis).count()) >= maxApis) {
      throw limitExceeded('Maximum number of APIs for account has been reached')
    }
    if (input.cloneFrom !== undefined) {
      const source = requireApi(ctx, await seekApi({ restApiId: input.cloneFrom }, ctx))
      const row = { ...(await newApi(input, ctx)), rootId: source.rootId, paths: source.paths }
      putApi(ctx, row)
      await changed(ctx)
      return apiOut(ctx.region, row)
    }
    const row = await newApi(input, ctx)
    putApi(ctx, row)
    await changed(ctx)
    return apiOut(ctx.region, row)
  },
})

/** GetRestApi. */
export const GetRestApi = operation<GetRestApiRequest, RestApi, ApiSubject>(GetRestApi$, {
  resolve: seekApi,
  access: (_input, ctx, subject) => apiAccess(ctx, 'GET', subject),
  handle: (_input, ctx, subject) => apiOut(ctx.region, requireApi(ctx, subject)),
})

/** GetRestApis. */
export const GetRestApis = operation<GetRestApisRequest, RestApis>(GetRestApis$, {
  access: (_input, ctx) => ({
    action: 'apigateway:GET',
    resource: gatewayArn(ctx.region, '/restapis'),
    resourceAccount: ctx.account,
  }),
  async handle({ limit, position }, ctx) {
    const listing = {
      name: 'restapis',
      limit: pageLimit(limit),
      fetch: (page: { after?: string; limit: number }) => ctx.store.table(restApis).list(page),
    }
    const { items, next } = await pages.page<RestApiRow>(ctx, listing, position)
    return {
      items: items.map((row) => apiOut(ctx.region, row)),
      ...(next !== undefined && { position: next }),
    }
  },
})

const endpointType: Patchable<RestApiRow> = {
  path: '/endpointConfiguration/types/*',
  ops: ['replace', 'add', 'remove'],
  apply: (row, value) =>
    value === undefined
      ? row
      : { ...row, endpointConfiguration: endpointOf({ types: [value as 'EDGE'] }) },
}

const vpcEndpoint: Patchable<RestApiRow> = {
  path: '/endpointConfiguration/vpcEndpointIds',
  ops: ['add', 'remove', 'replace'],
  apply(row, value) {
    const vpcEndpointIds = value === undefined ? undefined : [value]
    const { vpcEndpointIds: _before, ...rest } = row.endpointConfiguration
    const endpointConfiguration = endpointOf({ ...rest, ...(vpcEndpointIds && { vpcEndpointIds }) })
    return { ...row, endpointConfiguration }
  },
}

const addressType: Patchable<RestApiRow> = {
  path: '/endpointConfiguration/ipAddressType',
  ops: ['replace'],
  apply: (row, value) => ({
    ...row,
    endpointConfiguration: { ...row.endpointConfiguration, ipAddressType: value as 'ipv4' },
  }),
}

const compression: Patchable<RestApiRow> = {
  path: '/minimumCompressionSize',
  ops: ['replace', 'add', 'remove'],
  apply(row, value) {
    const { minimumCompressionSize: _before, ...rest } = row
    if (value === undefined || value === '') return rest
    return { ...rest, minimumCompressionSize: checkedCompression(numberOf(value)) }
  },
}

const policyPatch: Patchable<RestApiRow> = {
  path: '/policy',
  ops: ['replace', 'add', 'remove'],
  apply(row, value) {
    const { policy: _before, ...rest } = row
    const policy = checkedPolicy(value)
    return policy === undefined ? rest : { ...rest, policy }
  },
}

const apiPatches: readonly Patchable<RestApiRow>[] = [
  text('/name', 'name'),
  text('/description', 'description'),
  text('/version', 'version'),
  text('/apiKeySource', 'apiKeySource'),
  text('/securityPolicy', 'securityPolicy'),
  flag('/disableExecuteApiEndpoint', 'disableExecuteApiEndpoint'),
  listed('/binaryMediaTypes/*', 'binaryMediaTypes'),
  entry('/tags/*', 'tags'),
  endpointType,
  vpcEndpoint,
  addressType,
  compression,
  policyPatch,
]

/** UpdateRestApi. */
export const UpdateRestApi = operation<UpdateRestApiRequest, RestApi, ApiSubject>(UpdateRestApi$, {
  resolve: seekApi,
  access: (_input, ctx, subject) => apiAccess(ctx, 'PATCH', subject),
  async handle(input, ctx, subject) {
    const row = patched(requireApi(ctx, subject), input.patchOperations, apiPatches)
    if (!row.name?.trim()) throw badRequest('API name cannot be blank')
    putApi(ctx, row)
    await changed(ctx)
    return apiOut(ctx.region, row)
  },
})

/** DeleteRestApi: its stages and deployments go with it. */
export const DeleteRestApi = operation<DeleteRestApiRequest, object, ApiSubject>(DeleteRestApi$, {
  resolve: seekApi,
  access: (_input, ctx, subject) => apiAccess(ctx, 'DELETE', subject),
  async handle(_input, ctx, subject) {
    const { id } = requireApi(ctx, subject)
    for (const table of [ctx.store.table(deployments), ctx.store.table(stages)]) {
      for (const { key } of await table.list({ prefix: `${id}/` })) table.delete(key)
    }
    ctx.store.table(restApis).delete(id)
    await changed(ctx)
    return {}
  },
})
