import {
  CreateConnection$,
  DeauthorizeConnection$,
  DeleteConnection$,
  DescribeConnection$,
  ListConnections$,
  UpdateConnection$,
} from '@aws-sdk/client-eventbridge'
import type {
  Connection,
  ConnectionAuthResponseParameters,
  CreateConnectionRequest,
  CreateConnectionResponse,
  DeauthorizeConnectionRequest,
  DeauthorizeConnectionResponse,
  DeleteConnectionRequest,
  DeleteConnectionResponse,
  DescribeConnectionRequest,
  DescribeConnectionResponse,
  ListConnectionsRequest,
  ListConnectionsResponse,
  UpdateConnectionRequest,
  UpdateConnectionResponse,
} from '@aws-sdk/client-eventbridge'
import type { Context } from '../../kernel/context.ts'
import { mayFetch } from '../../kernel/identity/plain-http.ts'
import { operation } from '../../kernel/service.ts'
import type { Task } from '../../kernel/tasks.ts'
import { arnOf } from './arns.ts'
import { AuthorizationFailed, requestToken } from './connection-auth.ts'
import type { ConnectionParameters } from './connection-auth.ts'
import { mergeParameters, shownParameters } from './connection-parameters.ts'
import {
  changeParameters,
  dropParameters,
  keepParameters,
  readParameters,
} from './connection-secret.ts'
import { alreadyExists, limitExceeded, notFound, validation } from './errors.ts'
import { byName, pageOf } from './paging.ts'
import { connections } from './store.ts'
import type { ConnectionRow } from './store.ts'

/** Connections of an account and Region (Service Quotas, "Connections"). */
const maxConnections = 3000

const blocks = {
  BASIC: 'BasicAuthParameters',
  API_KEY: 'ApiKeyAuthParameters',
  OAUTH_CLIENT_CREDENTIALS: 'OAuthParameters',
} as const

function checkParameters(
  ctx: Context,
  type: keyof typeof blocks,
  parameters: ConnectionParameters,
): void {
  const block = blocks[type]
  if (parameters[block] === undefined) {
    throw validation(`Parameter ${block} is not valid. Reason: Missing required field(s)`)
  }
  const endpoint = parameters.OAuthParameters?.AuthorizationEndpoint
  if (endpoint === undefined) return
  const url = URL.parse(endpoint)
  if (!url || !mayFetch(url, ctx.development)) {
    throw validation(
      `Parameter AuthorizationEndpoint is not valid. Reason: Endpoint '${endpoint}' is not valid.`,
    )
  }
}

async function findConnection(ctx: Context, name: string, verb: string): Promise<ConnectionRow> {
  const row = await ctx.store.table(connections).get(name)
  if (row) return row
  throw notFound(`Failed to ${verb} the connection(s). Connection '${name}' does not exist.`)
}

/** OAuth is performed right after the commit; the other types need no performing. */
function authorizing(
  ctx: Context,
  type: ConnectionRow['authorizationType'],
): Pick<ConnectionRow, 'state' | 'authorizedAt'> {
  if (type === 'OAUTH_CLIENT_CREDENTIALS') return { state: 'AUTHORIZING' }
  return { state: 'AUTHORIZED', authorizedAt: ctx.now.toISOString() }
}

/** Performs the authorisation of an OAuth connection. */
export const authorizeTask: Task<{ readonly name: string; readonly modifiedAt: string }> = {
  name: 'events.authorize',
  async run(ctx, { name, modifiedAt }) {
    const table = ctx.store.table(connections)
    const row = await table.get(name)
    if (row?.state !== 'AUTHORIZING' || row.modifiedAt !== modifiedAt) return undefined
    try {
      const token = await requestToken(await readParameters(ctx, row), ctx)
      const authorizedAt = ctx.now.toISOString()
      table.put(name, { ...row, state: 'AUTHORIZED', authorizedAt, token: JSON.stringify(token) })
    } catch (error) {
      if (!(error instanceof AuthorizationFailed)) throw error
      table.put(name, { ...row, state: 'DEAUTHORIZED', stateReason: error.message })
    }
    return undefined
  },
}

function put(ctx: Context, row: ConnectionRow): void {
  ctx.store.table(connections).put(row.name, row)
  if (row.state === 'AUTHORIZING') {
    ctx.enqueue(authorizeTask, { name: row.name, modifiedAt: row.modifiedAt })
  }
}

/** The condition keys and ARN of a connection that may not exist yet. */
const connectionAccess = (ctx: Context, name = '') => ({
  resource: arnOf(ctx, `connection/${name}`),
})

/** CreateConnection: how to prove who one is to a webhook. */
export const CreateConnection = operation<CreateConnectionRequest, CreateConnectionResponse>(
  CreateConnection$,
  {
    access: (input, ctx) => connectionAccess(ctx, input.Name),
    async handle(input, ctx) {
      const { Name = '', AuthorizationType = 'BASIC', AuthParameters = {} } = input
      if (input.InvocationConnectivityParameters) throw privateConnectivity()
      checkParameters(ctx, AuthorizationType, AuthParameters)
      const table = ctx.store.table(connections)
      if (await table.get(Name)) throw alreadyExists(`Connection ${Name} already exists.`)
      if ((await table.list()).length >= maxConnections) throw limitExceeded()
      const now = ctx.now.toISOString()
      const kept = { name: Name, kmsKeyIdentifier: input.KmsKeyIdentifier ?? '' }
      const row: ConnectionRow = {
        name: Name,
        secretArn: await keepParameters(ctx, kept, AuthParameters),
        arn: arnOf(ctx, `connection/${Name}/${ctx.ids.uuid()}`),
        ...(input.Description && { description: input.Description }),
        ...(input.KmsKeyIdentifier && { kmsKeyIdentifier: input.KmsKeyIdentifier }),
        authorizationType: AuthorizationType,
        ...authorizing(ctx, AuthorizationType),
        createdAt: now,
        modifiedAt: now,
        parameters: JSON.stringify(shownParameters(AuthParameters)),
      }
      put(ctx, row)
      return {
        ConnectionArn: row.arn,
        ConnectionState: row.state,
        CreationTime: ctx.now,
        LastModifiedTime: ctx.now,
      }
    },
  },
)

const privateConnectivity = () =>
  validation('Connectivity to private resources is not available on this server.')

/** UpdateConnection: parameters that are left out stay as they are; OAuth is performed anew. */
export const UpdateConnection = operation<UpdateConnectionRequest, UpdateConnectionResponse>(
  UpdateConnection$,
  {
    access: (input, ctx) => connectionAccess(ctx, input.Name),
    async handle(input, ctx) {
      if (input.InvocationConnectivityParameters) throw privateConnectivity()
      const row = await findConnection(ctx, input.Name ?? '', 'update')
      const type = input.AuthorizationType ?? row.authorizationType
      const parameters = mergeParameters(await readParameters(ctx, row), input.AuthParameters)
      checkParameters(ctx, type, parameters)
      await changeParameters(ctx, row, parameters, input.KmsKeyIdentifier)
      const { stateReason: _reason, token: _token, ...known } = row
      const next: ConnectionRow = {
        ...known,
        ...(input.Description !== undefined && { description: input.Description }),
        ...(input.KmsKeyIdentifier && { kmsKeyIdentifier: input.KmsKeyIdentifier }),
        authorizationType: type,
        ...authorizing(ctx, type),
        modifiedAt: ctx.now.toISOString(),
        parameters: JSON.stringify(shownParameters(parameters)),
      }
      put(ctx, next)
      return changed(next)
    },
  },
)

function changed(row: ConnectionRow): DeleteConnectionResponse {
  return {
    ConnectionArn: row.arn,
    ConnectionState: row.state,
    CreationTime: new Date(row.createdAt),
    LastModifiedTime: new Date(row.modifiedAt),
    ...(row.authorizedAt !== undefined && { LastAuthorizedTime: new Date(row.authorizedAt) }),
  }
}

/** DeauthorizeConnection: forgets the secrets, until an update brings new ones. */
export const DeauthorizeConnection = operation<
  DeauthorizeConnectionRequest,
  DeauthorizeConnectionResponse
>(DeauthorizeConnection$, {
  access: (input, ctx) => connectionAccess(ctx, input.Name),
  async handle(input, ctx) {
    const row = await findConnection(ctx, input.Name ?? '', 'deauthorize')
    await changeParameters(ctx, row, {})
    const { token: _token, ...known } = row
    const next: ConnectionRow = {
      ...known,
      state: 'DEAUTHORIZED',
      modifiedAt: ctx.now.toISOString(),
      parameters: '{}',
    }
    put(ctx, next)
    return { ...changed(next), ConnectionState: 'DEAUTHORIZING' }
  },
})

/** DeleteConnection. */
export const DeleteConnection = operation<DeleteConnectionRequest, DeleteConnectionResponse>(
  DeleteConnection$,
  {
    access: (input, ctx) => connectionAccess(ctx, input.Name),
    async handle(input, ctx) {
      const row = await findConnection(ctx, input.Name ?? '', 'delete')
      await dropParameters(ctx, row)
      ctx.store.table(connections).delete(row.name)
      return { ...changed(row), ConnectionState: 'DELETING' }
    },
  },
)

function connectionOut(row: ConnectionRow): Connection {
  return {
    ...changed(row),
    Name: row.name,
    ...(row.stateReason !== undefined && { StateReason: row.stateReason }),
    AuthorizationType: row.authorizationType,
  }
}

/** DescribeConnection: all but the secrets. */
export const DescribeConnection = operation<DescribeConnectionRequest, DescribeConnectionResponse>(
  DescribeConnection$,
  {
    access: (input, ctx) => connectionAccess(ctx, input.Name),
    async handle(input, ctx) {
      const row = await findConnection(ctx, input.Name ?? '', 'describe')
      return {
        ...connectionOut(row),
        ...(row.description !== undefined && { Description: row.description }),
        ...(row.kmsKeyIdentifier !== undefined && { KmsKeyIdentifier: row.kmsKeyIdentifier }),
        SecretArn: row.secretArn,
        AuthParameters: JSON.parse(row.parameters) as ConnectionAuthResponseParameters,
      }
    },
  },
)

/** ListConnections. */
export const ListConnections = operation<ListConnectionsRequest, ListConnectionsResponse>(
  ListConnections$,
  {
    access: (_input, ctx) => ({ resource: arnOf(ctx, 'connection/*') }),
    async handle(input, ctx) {
      const rows = byName(await ctx.store.table(connections).list(), input.NamePrefix)
      const state = input.ConnectionState
      const wanted = state ? rows.filter((row) => row.state === state) : rows
      const { page, ...next } = pageOf(ctx, input, wanted)
      return { Connections: page.map(connectionOut), ...next }
    },
  },
)
