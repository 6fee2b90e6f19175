import {
  AddClientIDToOpenIDConnectProvider$,
  CreateOpenIDConnectProvider$,
  DeleteOpenIDConnectProvider$,
  GetOpenIDConnectProvider$,
  ListOpenIDConnectProviders$,
  RemoveClientIDFromOpenIDConnectProvider$,
  UpdateOpenIDConnectProviderThumbprint$,
  type AddClientIDToOpenIDConnectProviderRequest,
  type CreateOpenIDConnectProviderRequest,
  type CreateOpenIDConnectProviderResponse,
  type DeleteOpenIDConnectProviderRequest,
  type GetOpenIDConnectProviderRequest,
  type GetOpenIDConnectProviderResponse,
  type ListOpenIDConnectProvidersRequest,
  type ListOpenIDConnectProvidersResponse,
  type RemoveClientIDFromOpenIDConnectProviderRequest,
  type UpdateOpenIDConnectProviderThumbprintRequest,
} from '@aws-sdk/client-iam'
import type { Context } from '../../kernel/context.ts'
import { oidcProviders, type OidcProviderRow } from '../../kernel/identity/tables.ts'
import { mayFetch } from '../../kernel/identity/plain-http.ts'
import { operation, type Access } from '../../kernel/service.ts'
import { requestTagConditions, resourceTagConditions } from '../../kernel/tag-conditions.ts'
import { accessToAll, arnOf } from './entities.ts'
import { alreadyExists, checkQuota, invalidInput, noSuchEntity, validationError } from './errors.ts'
import { allRows } from './paging.ts'
import { exactKeys, someTags, tagRows, tagsOut } from './tags.ts'
import { wholeSecond } from './shapes.ts'

/** A provider that a call names. */
export interface SoughtProvider {
  readonly arn: string
  readonly row: OidcProviderRow | undefined
}

const maxClientIds = 100
const maxThumbprints = 5

/** `resolve` of operations that name a provider. */
export async function seekProvider(
  input: { OpenIDConnectProviderArn?: string | undefined },
  ctx: Context,
): Promise<SoughtProvider> {
  const arn = input.OpenIDConnectProviderArn ?? ''
  return { arn, row: await ctx.store.table(oidcProviders).get(arn) }
}

/** The provider, or NoSuchEntity. */
export function existingProvider(sought: SoughtProvider): OidcProviderRow {
  if (sought.row) return sought.row
  throw noSuchEntity(`OpenIDConnect Provider not found for arn ${sought.arn}`)
}

/** `access` of operations on a provider. */
export const accessToProvider = (
  _input: unknown,
  _ctx: Context,
  sought: SoughtProvider,
): Access => ({ resource: sought.arn, conditions: resourceTagConditions(sought.row?.tags, 'iam') })

/** Registers an identity provider whose tokens roles may trust. */
export const CreateOpenIDConnectProvider = operation<
  CreateOpenIDConnectProviderRequest,
  CreateOpenIDConnectProviderResponse
>(CreateOpenIDConnectProvider$, {
  access: (input, ctx) => ({
    resource: arnOf(ctx, 'oidc-provider', '/', hostAndPath(input.Url ?? '')),
    conditions: requestTagConditions(input.Tags),
  }),
  async handle(input, ctx) {
    const url = checkUrl(input.Url ?? '', ctx.development)
    const arn = arnOf(ctx, 'oidc-provider', '/', url)
    const view = ctx.store.table(oidcProviders)
    if (await view.get(arn)) {
      throw alreadyExists(`Provider with url ${input.Url} already exists.`)
    }
    const clientIds = [...new Set(input.ClientIDList)]
    checkQuota('ClientIdsPerOpenIdConnectProvider', maxClientIds, clientIds.length)
    checkQuota('OpenIdConnectProvidersPerAccount', 700, (await allRows(view)).length + 1)
    const tags = tagRows(input.Tags, exactKeys)
    view.put(arn, {
      arn,
      url,
      issuer: `${new URL(input.Url ?? '').protocol}//${url}`,
      clientIds,
      thumbprints: checkThumbprints(input.ThumbprintList ?? []),
      createdAt: ctx.now.toISOString(),
      tags,
    })
    return { OpenIDConnectProviderArn: arn, ...someTags(tags) }
  },
})

/** Shows a provider. */
export const GetOpenIDConnectProvider = operation<
  GetOpenIDConnectProviderRequest,
  GetOpenIDConnectProviderResponse,
  SoughtProvider
>(GetOpenIDConnectProvider$, {
  resolve: seekProvider,
  access: accessToProvider,
  handle(_input, _ctx, sought) {
    const provider = existingProvider(sought)
    return {
      Url: provider.url,
      ClientIDList: [...provider.clientIds],
      ThumbprintList: [...provider.thumbprints],
      CreateDate: wholeSecond(provider.createdAt),
      Tags: tagsOut(provider.tags),
    }
  },
})

/** Lists the account's providers. */
export const ListOpenIDConnectProviders = operation<
  ListOpenIDConnectProvidersRequest,
  ListOpenIDConnectProvidersResponse
>(ListOpenIDConnectProviders$, {
  access: accessToAll,
  async handle(_input, ctx) {
    const rows = await allRows(ctx.store.table(oidcProviders))
    return { OpenIDConnectProviderList: rows.map(({ arn }) => ({ Arn: arn })) }
  },
})

/** Adds an audience; one that is there already is no error. */
export const AddClientIDToOpenIDConnectProvider = operation<
  AddClientIDToOpenIDConnectProviderRequest,
  object,
  SoughtProvider
>(AddClientIDToOpenIDConnectProvider$, {
  resolve: seekProvider,
  access: accessToProvider,
  handle(input, ctx, sought) {
    const provider = existingProvider(sought)
    const clientIds = [...new Set([...provider.clientIds, input.ClientID ?? ''])]
    checkQuota('ClientIdsPerOpenIdConnectProvider', maxClientIds, clientIds.length)
    ctx.store.table(oidcProviders).put(provider.arn, { ...provider, clientIds })
    return {}
  },
})

/** Removes an audience; one that is not there is no error. */
export const RemoveClientIDFromOpenIDConnectProvider = operation<
  RemoveClientIDFromOpenIDConnectProviderRequest,
  object,
  SoughtProvider
>(RemoveClientIDFromOpenIDConnectProvider$, {
  resolve: seekProvider,
  access: accessToProvider,
  handle(input, ctx, sought) {
    const provider = existingProvider(sought)
    const clientIds = provider.clientIds.filter((id) => id !== input.ClientID)
    ctx.store.table(oidcProviders).put(provider.arn, { ...provider, clientIds })
    return {}
  },
})

/** Replaces the thumbprints. */
export const UpdateOpenIDConnectProviderThumbprint = operation<
  UpdateOpenIDConnectProviderThumbprintRequest,
  object,
  SoughtProvider
>(UpdateOpenIDConnectProviderThumbprint$, {
  resolve: seekProvider,
  access: accessToProvider,
  handle(input, ctx, sought) {
    const provider = existingProvider(sought)
    const thumbprints = checkThumbprints(input.ThumbprintList ?? [])
    ctx.store.table(oidcProviders).put(provider.arn, { ...provider, thumbprints })
    return {}
  },
})

/** Deletes a provider; AWS does not mind when it is not there. */
export const DeleteOpenIDConnectProvider = operation<
  DeleteOpenIDConnectProviderRequest,
  object,
  SoughtProvider
>(DeleteOpenIDConnectProvider$, {
  resolve: seekProvider,
  access: accessToProvider,
  handle(_input, ctx, sought) {
    if (sought.row) ctx.store.table(oidcProviders).delete(sought.arn)
    return {}
  },
})

function hostAndPath(url: string): string {
  return url.replace(/^https?:\/\//, '').replace(/\/+$/, '')
}

function checkUrl(url: string, development: boolean): string {
  const parsed = URL.canParse(url) ? new URL(url) : undefined
  if (!parsed || !mayFetch(parsed, development)) {
    throw validationError('Invalid Open ID Connect Provider URL')
  }
  if (parsed.search !== '' || parsed.hash !== '' || parsed.username !== '') {
    throw validationError('Invalid Open ID Connect Provider URL')
  }
  return hostAndPath(url)
}

function checkThumbprints(thumbprints: readonly string[]): string[] {
  if (thumbprints.length > maxThumbprints) {
    throw invalidInput('Thumbprint list must contain fewer than 5 entries.')
  }
  for (const thumbprint of thumbprints) {
    if (!/^[0-9A-Fa-f]{40}$/.test(thumbprint)) throw invalidInput('Invalid thumbprint.')
  }
  return [...thumbprints]
}
