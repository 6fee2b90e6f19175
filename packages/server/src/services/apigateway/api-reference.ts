import type { Context, TableView } from '../../kernel/context.ts'
import { partitionOf } from '../../kernel/partition.ts'
import type { Access } from '../../kernel/service.ts'
import { resourceTagConditions } from '../../kernel/tag-conditions.ts'
import { noSuchApi, notFound } from './errors.ts'
import { restApis, type MethodRow, type PathResource, type RestApiRow } from './store.ts'

/** How a request names an API, and what is in it. */
export interface ApiNaming {
  readonly restApiId?: string | undefined
  readonly resourceId?: string | undefined
  readonly httpMethod?: string | undefined
}

/** The API that a request names, whether it exists or not. */
export interface ApiSubject {
  readonly id: string
  readonly row: RestApiRow | undefined
}

/** The verbs that API Gateway's permissions are named after (not the operations). */
export type Verb = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

/** The ARN of a path of API Gateway's own API: it has no account. */
export function gatewayArn(region: string, path: string): string {
  return `arn:${partitionOf(region)}:apigateway:${region}::${path}`
}

/** Finds the API that a request names. */
export async function seekApi(
  { restApiId: id = '' }: ApiNaming,
  ctx: Context,
): Promise<ApiSubject> {
  return { id, row: await ctx.store.table(restApis).get(id) }
}

/** What a call is about below its API, and what conditions may ask of it. */
export interface Below {
  /** `/resources/…`; absent for the API itself. */
  readonly path?: string
  readonly conditions?: NonNullable<Access['conditions']>
}

/** The permission that a call on a part of an API needs: `apigateway:GET` on `/restapis/…`. */
export function apiAccess(
  ctx: Context,
  verb: Verb,
  { id, row }: ApiSubject,
  { path = '', conditions = {} }: Below = {},
): Access {
  return {
    action: `apigateway:${verb}`,
    resource: gatewayArn(ctx.region, `/restapis/${id}${path}`),
    resourceAccount: ctx.account,
    conditions: { ...resourceTagConditions(row?.tags), ...conditions },
  }
}

/** The row of an API. Throws NotFoundException. */
export function requireApi(ctx: Context, { id, row }: ApiSubject): RestApiRow {
  if (!row) throw noSuchApi(ctx.account, id)
  return row
}

/** A path of an API. Throws NotFoundException. */
export function requirePath(api: RestApiRow, { resourceId = '' }: ApiNaming): PathResource {
  const path = api.paths[resourceId]
  if (!path) throw notFound('Resource')
  return path
}

/** A method of a path. Throws NotFoundException. */
export function requireMethod(path: PathResource, { httpMethod = '' }: ApiNaming): MethodRow {
  const method = path.methods[httpMethod]
  if (!method) throw notFound('Method')
  return method
}

/** Keeps a changed API. */
export const putApi = (ctx: Context, row: RestApiRow): void => apisOf(ctx).put(row.id, row)

const apisOf = (ctx: Context): TableView<RestApiRow> => ctx.store.table(restApis)

/** Keeps an API with one path changed; undefined takes it away. */
export function putPath(
  ctx: Context,
  api: RestApiRow,
  id: string,
  path: PathResource | undefined,
): void {
  const { [id]: _replaced, ...others } = api.paths
  putApi(ctx, { ...api, paths: path ? { ...others, [id]: path } : others })
}

/** A method's place in its API. */
export interface MethodPlace {
  readonly api: RestApiRow
  readonly path: PathResource
  readonly httpMethod: string
}

/** Keeps an API with one method changed; undefined takes it away. */
export function putMethod(
  ctx: Context,
  { api, path, httpMethod }: MethodPlace,
  method: MethodRow | undefined,
): void {
  const { [httpMethod]: _replaced, ...others } = path.methods
  const methods = method ? { ...others, [httpMethod]: method } : others
  putPath(ctx, api, path.id, { ...path, methods })
}
