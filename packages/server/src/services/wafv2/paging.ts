import type { Context } from '../../kernel/context.ts'
import { sealedPages } from '../../kernel/sealed-pages.ts'
import { checkedScope, entityTable } from './entities.ts'
import { invalidParameter, reasons } from './errors.ts'
import type { EntityRow, Kind } from './store.ts'

/** How listings are asked for. */
export interface PageQuery {
  readonly NextMarker?: string | undefined
  readonly Limit?: number | undefined
}

const defaultLimit = 100

/** Paging by `NextMarker`. */
export const pages = sealedPages('wafv2.pages', (token) =>
  invalidParameter(undefined, token.slice(0, 100), reasons.format),
)

/** One page of the entities of a kind and scope, by name. */
export async function entityPage(
  ctx: Context,
  kind: Kind,
  { Scope, NextMarker, Limit = defaultLimit }: PageQuery & { readonly Scope?: string | undefined },
): Promise<{ readonly items: readonly EntityRow[]; readonly marker: { NextMarker?: string } }> {
  const prefix = `${kind}/${checkedScope(ctx, Scope)}/`
  const listing = {
    name: prefix,
    limit: Limit,
    fetch: (page: { after?: string; limit: number }) => entityTable(ctx).list({ prefix, ...page }),
  }
  const { items, next } = await pages.page<EntityRow>(ctx, listing, NextMarker)
  return { items, marker: next === undefined ? {} : { NextMarker: next } }
}

/** One page of a list that is at hand. */
export function listPage<T>(
  ctx: Context,
  name: string,
  items: readonly T[],
  { NextMarker, Limit = defaultLimit }: PageQuery,
): { readonly items: T[]; readonly marker: { NextMarker?: string } } {
  const page = pages.slice(ctx, { name, limit: Limit, items }, NextMarker)
  return { items: page.items, marker: page.next === undefined ? {} : { NextMarker: page.next } }
}

/** What listings show of an entity. */
export function summaryOf({ name, id, arn, lockToken, description }: EntityRow) {
  return { Name: name, Id: id, ARN: arn, Description: description ?? '', LockToken: lockToken }
}
