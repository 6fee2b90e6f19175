import {
  CreateApiDestination$,
  DeleteApiDestination$,
  DescribeApiDestination$,
  ListApiDestinations$,
  UpdateApiDestination$,
} from '@aws-sdk/client-eventbridge'
import type {
  ApiDestination,
  CreateApiDestinationRequest,
  CreateApiDestinationResponse,
  DeleteApiDestinationRequest,
  DescribeApiDestinationRequest,
  DescribeApiDestinationResponse,
  ListApiDestinationsRequest,
  ListApiDestinationsResponse,
  UpdateApiDestinationRequest,
  UpdateApiDestinationResponse,
} from '@aws-sdk/client-eventbridge'
import type { Context } from '../../kernel/context.ts'
import { mayFetch } from '../../kernel/identity/plain-http.ts'
import { operation } from '../../kernel/service.ts'
import { arnOf, arnParts } from './arns.ts'
import { alreadyExists, limitExceeded, notFound, validation } from './errors.ts'
import { byName, pageOf } from './paging.ts'
import { apiDestinations, connections } from './store.ts'
import type { ApiDestinationRow, ConnectionRow } from './store.ts'

/** API destinations of an account and Region (Service Quotas, "API destinations"). */
const maxDestinations = 3000
const defaultRatePerSecond = 300

function checkEndpoint(ctx: Context, endpoint: string | undefined): void {
  if (endpoint === undefined) return
  const url = URL.parse(endpoint)
  if (!url || !mayFetch(url, ctx.development)) {
    throw validation(
      `Parameter InvocationEndpoint is not valid. Reason: Endpoint '${endpoint}' is not valid.`,
    )
  }
}

async function connectionOf(ctx: Context, arn: string): Promise<ConnectionRow> {
  const parts = arnParts(arn)
  if (parts?.region !== ctx.region || parts.account !== ctx.account) {
    throw validation(`Invalid ARN: '${arn}'`)
  }
  const [, name = ''] = parts.resource.split('/')
  const row = await ctx.store.table(connections).get(name)
  if (row?.arn !== arn) throw notFound(`Connection '${name}' does not exist.`)
  return row
}

async function findDestination(
  ctx: Context,
  name: string,
  verb: string,
): Promise<ApiDestinationRow> {
  const row = await ctx.store.table(apiDestinations).get(name)
  if (row) return row
  throw notFound(
    `Failed to ${verb} the api-destination(s). An api-destination '${name}' does not exist.`,
  )
}

/** A destination is active while its connection is authorised. */
async function stateOf(ctx: Context, { connectionArn }: ApiDestinationRow) {
  const [, name = ''] = arnParts(connectionArn)?.resource.split('/') ?? []
  const connection = await ctx.store.table(connections).get(name)
  const isActive = connection?.arn === connectionArn && connection.state === 'AUTHORIZED'
  return isActive ? 'ACTIVE' : 'INACTIVE'
}

async function destinationOut(ctx: Context, row: ApiDestinationRow): Promise<ApiDestination> {
  return {
    ...(await changed(ctx, row)),
    Name: row.name,
    ConnectionArn: row.connectionArn,
    InvocationEndpoint: row.endpoint,
    HttpMethod: row.method,
    InvocationRateLimitPerSecond: row.ratePerSecond,
  }
}

async function changed(ctx: Context, row: ApiDestinationRow) {
  return {
    ApiDestinationArn: row.arn,
    ApiDestinationState: await stateOf(ctx, row),
    CreationTime: new Date(row.createdAt),
    LastModifiedTime: new Date(row.modifiedAt),
  } satisfies CreateApiDestinationResponse
}

const destinationAccess = (ctx: Context, name = '') => ({
  resource: arnOf(ctx, `api-destination/${name}`),
})

/** CreateApiDestination: a webhook that rules can have as their target. */
export const CreateApiDestination = operation<
  CreateApiDestinationRequest,
  CreateApiDestinationResponse
>(CreateApiDestination$, {
  access: (input, ctx) => destinationAccess(ctx, input.Name),
  async handle(input, ctx) {
    const { Name = '', ConnectionArn = '', InvocationEndpoint = '', HttpMethod = 'POST' } = input
    checkEndpoint(ctx, InvocationEndpoint)
    await connectionOf(ctx, ConnectionArn)
    const table = ctx.store.table(apiDestinations)
    if (await table.get(Name)) throw alreadyExists(`An api-destination '${Name}' already exists.`)
    if ((await table.list()).length >= maxDestinations) throw limitExceeded()
    const now = ctx.now.toISOString()
    const row: ApiDestinationRow = {
      name: Name,
      arn: arnOf(ctx, `api-destination/${Name}/${ctx.ids.uuid()}`),
      ...(input.Description && { description: input.Description }),
      connectionArn: ConnectionArn,
      endpoint: InvocationEndpoint,
      method: HttpMethod,
      ratePerSecond: input.InvocationRateLimitPerSecond ?? defaultRatePerSecond,
      createdAt: now,
      modifiedAt: now,
    }
    table.put(Name, row)
    return changed(ctx, row)
  },
})

/** UpdateApiDestination: members that are left out stay as they are. */
export const UpdateApiDestination = operation<
  UpdateApiDestinationRequest,
  UpdateApiDestinationResponse
>(UpdateApiDestination$, {
  access: (input, ctx) => destinationAccess(ctx, input.Name),
  async handle(input, ctx) {
    const row = await findDestination(ctx, input.Name ?? '', 'update')
    checkEndpoint(ctx, input.InvocationEndpoint)
    if (input.ConnectionArn !== undefined) await connectionOf(ctx, input.ConnectionArn)
    const next: ApiDestinationRow = {
      ...row,
      ...(input.Description !== undefined && { description: input.Description }),
      ...(input.ConnectionArn !== undefined && { connectionArn: input.ConnectionArn }),
      ...(input.InvocationEndpoint !== undefined && { endpoint: input.InvocationEndpoint }),
      ...(input.HttpMethod !== undefined && { method: input.HttpMethod }),
      ...(input.InvocationRateLimitPerSecond !== undefined && {
        ratePerSecond: input.InvocationRateLimitPerSecond,
      }),
      modifiedAt: ctx.now.toISOString(),
    }
    ctx.store.table(apiDestinations).put(next.name, next)
    return changed(ctx, next)
  },
})

/** DeleteApiDestination. */
export const DeleteApiDestination = operation<DeleteApiDestinationRequest, object>(
  DeleteApiDestination$,
  {
    access: (input, ctx) => destinationAccess(ctx, input.Name),
    async handle(input, ctx) {
      const { name } = await findDestination(ctx, input.Name ?? '', 'delete')
      ctx.store.table(apiDestinations).delete(name)
      return {}
    },
  },
)

/** DescribeApiDestination. */
export const DescribeApiDestination = operation<
  DescribeApiDestinationRequest,
  DescribeApiDestinationResponse
>(DescribeApiDestination$, {
  access: (input, ctx) => destinationAccess(ctx, input.Name),
  async handle(input, ctx) {
    const row = await findDestination(ctx, input.Name ?? '', 'describe')
    return {
      ...(await destinationOut(ctx, row)),
      ...(row.description !== undefined && { Description: row.description }),
    }
  },
})

/** ListApiDestinations. */
export const ListApiDestinations = operation<
  ListApiDestinationsRequest,
  ListApiDestinationsResponse
>(ListApiDestinations$, {
  access: (_input, ctx) => ({ resource: arnOf(ctx, 'api-destination/*') }),
  async handle(input, ctx) {
    const rows = byName(await ctx.store.table(apiDestinations).list(), input.NamePrefix)
    const arn = input.ConnectionArn
    const wanted = arn ? rows.filter((row) => row.connectionArn === arn) : rows
    const { page, ...next } = pageOf(ctx, input, wanted)
    const ApiDestinations = await Promise.all(page.map((row) => destinationOut(ctx, row)))
    return { ApiDestinations, ...next }
  },
})
