import { hash } from 'node:crypto'
import {
  CreateAPIKey$,
  DeleteAPIKey$,
  GetDecryptedAPIKey$,
  ListAPIKeys$,
} from '@aws-sdk/client-wafv2'
import type {
  CreateAPIKeyRequest,
  CreateAPIKeyResponse,
  DeleteAPIKeyRequest,
  GetDecryptedAPIKeyRequest,
  GetDecryptedAPIKeyResponse,
  ListAPIKeysRequest,
  ListAPIKeysResponse,
} from '@aws-sdk/client-wafv2'
import type { Context, TableView } from '../../kernel/context.ts'
import { operation, type Access } from '../../kernel/service.ts'
import { checkedScope } from './entities.ts'
import { invalidParameter, limitExceeded, nonexistent, reasons } from './errors.ts'
import { pages } from './paging.ts'
import { apiKeys, type ApiKeyRow } from './store.ts'

const domainQuota = 5
const version = 1

function table(ctx: Context): TableView<ApiKeyRow> {
  return ctx.store.table(apiKeys)
}

function keyOf(scope: string, key: string): string {
  return `${scope}/${hash('sha256', key)}`
}

/** API keys have no ARN of their own. */
const anyResource = (): Access => ({ resource: '*' })

/** CreateAPIKey: the key itself is sealed and says its domains and when it was made. */
export const CreateAPIKey = operation<CreateAPIKeyRequest, CreateAPIKeyResponse>(CreateAPIKey$, {
  access: anyResource,
  handle({ Scope, TokenDomains = [] }, ctx) {
    const scope = checkedScope(ctx, Scope)
    if (TokenDomains.length > domainQuota) throw limitExceeded()
    for (const domain of TokenDomains) {
      if (!/^(?!-)[a-z0-9-]+(?:\.[a-z0-9-]+)+$/i.test(domain)) {
        throw invalidParameter('TOKEN_DOMAIN', domain, reasons.format)
      }
    }
    const createdAt = ctx.now.toISOString()
    const key = ctx.secrets.seal(
      'wafv2.api-key',
      JSON.stringify([ctx.account, scope, createdAt, TokenDomains, ctx.ids.uuid()]),
    )
    table(ctx).put(keyOf(scope, key), {
      key,
      scope,
      tokenDomains: TokenDomains,
      createdAt,
      version,
    })
    return { APIKey: key }
  },
})

/** GetDecryptedAPIKey. */
export const GetDecryptedAPIKey = operation<GetDecryptedAPIKeyRequest, GetDecryptedAPIKeyResponse>(
  GetDecryptedAPIKey$,
  {
    access: anyResource,
    async handle({ Scope, APIKey = '' }, ctx) {
      const row = await table(ctx).get(keyOf(checkedScope(ctx, Scope), APIKey))
      if (!row) throw nonexistent()
      return { TokenDomains: [...row.tokenDomains], CreationTimestamp: new Date(row.createdAt) }
    },
  },
)

/** DeleteAPIKey. */
export const DeleteAPIKey = operation<DeleteAPIKeyRequest, object>(DeleteAPIKey$, {
  access: anyResource,
  async handle({ Scope, APIKey = '' }, ctx) {
    const key = keyOf(checkedScope(ctx, Scope), APIKey)
    if (!(await table(ctx).get(key))) throw nonexistent()
    table(ctx).delete(key)
    return {}
  },
})

/** ListAPIKeys. */
export const ListAPIKeys = operation<ListAPIKeysRequest, ListAPIKeysResponse>(ListAPIKeys$, {
  access: anyResource,
  async handle({ Scope, NextMarker, Limit = 100 }, ctx) {
    const prefix = `${checkedScope(ctx, Scope)}/`
    const listing = {
      name: `api-keys/${prefix}`,
      limit: Limit,
      fetch: (page: { after?: string; limit: number }) => table(ctx).list({ prefix, ...page }),
    }
    const { items, next } = await pages.page<ApiKeyRow>(ctx, listing, NextMarker)
    return {
      ...(next !== undefined && { NextMarker: next }),
      APIKeySummaries: items.map((row) => ({
        TokenDomains: [...row.tokenDomains],
        APIKey: row.key,
        CreationTimestamp: new Date(row.createdAt),
        Version: row.version,
      })),
    }
  },
})
