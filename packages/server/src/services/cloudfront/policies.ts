import {
  GetCachePolicy$,
  GetCachePolicyConfig$,
  GetOriginRequestPolicy$,
  ListCachePolicies$,
  ListOriginRequestPolicies$,
} from '@aws-sdk/client-cloudfront'
import type {
  CachePolicy,
  GetCachePolicyConfigRequest,
  GetCachePolicyConfigResult,
  GetCachePolicyRequest,
  GetCachePolicyResult,
  GetOriginRequestPolicyRequest,
  GetOriginRequestPolicyResult,
  ListCachePoliciesRequest,
  ListCachePoliciesResult,
  ListOriginRequestPoliciesRequest,
  ListOriginRequestPoliciesResult,
  OriginRequestPolicy,
} from '@aws-sdk/client-cloudfront'
import { operation } from '../../kernel/service.ts'
import { noSuchCachePolicy, noSuchOriginRequestPolicy } from './errors.ts'
import {
  managedCachePolicies,
  managedOriginRequestPolicies,
  managedSince,
} from './managed-policies.ts'
import { markerPage } from './paging.ts'

/** AWS's managed policies never change: one version is enough. */
const etag = 'E23ZP02F085DFQ'

function cachePolicy(id: string): CachePolicy {
  const config = managedCachePolicies[id]
  if (!config) throw noSuchCachePolicy()
  return { Id: id, LastModifiedTime: new Date(managedSince), CachePolicyConfig: config }
}

function originRequestPolicy(id: string): OriginRequestPolicy {
  const config = managedOriginRequestPolicies[id]
  if (!config) throw noSuchOriginRequestPolicy()
  return { Id: id, LastModifiedTime: new Date(managedSince), OriginRequestPolicyConfig: config }
}

/** GetCachePolicy. */
export const GetCachePolicy = operation<GetCachePolicyRequest, GetCachePolicyResult>(
  GetCachePolicy$,
  {
    access: ({ Id = '' }, ctx) => ({
      resource: `arn:aws:cloudfront::${ctx.account}:cache-policy/${Id}`,
    }),
    handle: ({ Id = '' }) => ({ CachePolicy: cachePolicy(Id), ETag: etag }),
  },
)

/** GetCachePolicyConfig. */
export const GetCachePolicyConfig = operation<
  GetCachePolicyConfigRequest,
  GetCachePolicyConfigResult
>(GetCachePolicyConfig$, {
  access: ({ Id = '' }, ctx) => ({
    resource: `arn:aws:cloudfront::${ctx.account}:cache-policy/${Id}`,
  }),
  handle: ({ Id = '' }) => ({ CachePolicyConfig: cachePolicy(Id).CachePolicyConfig, ETag: etag }),
})

/** ListCachePolicies. */
export const ListCachePolicies = operation<ListCachePoliciesRequest, ListCachePoliciesResult>(
  ListCachePolicies$,
  {
    access: () => ({ resource: '*' }),
    handle(input) {
      const ids = input.Type === 'custom' ? [] : Object.keys(managedCachePolicies)
      const {
        IsTruncated: _all,
        Marker: _from,
        ...page
      } = markerPage(
        ids,
        input,
        (id) => id,
        (id) => ({ Type: 'managed' as const, CachePolicy: cachePolicy(id) }),
      )
      return { CachePolicyList: page }
    },
  },
)

/** GetOriginRequestPolicy. */
export const GetOriginRequestPolicy = operation<
  GetOriginRequestPolicyRequest,
  GetOriginRequestPolicyResult
>(GetOriginRequestPolicy$, {
  access: ({ Id = '' }, ctx) => ({
    resource: `arn:aws:cloudfront::${ctx.account}:origin-request-policy/${Id}`,
  }),
  handle: ({ Id = '' }) => ({ OriginRequestPolicy: originRequestPolicy(Id), ETag: etag }),
})

/** ListOriginRequestPolicies. */
export const ListOriginRequestPolicies = operation<
  ListOriginRequestPoliciesRequest,
  ListOriginRequestPoliciesResult
>(ListOriginRequestPolicies$, {
  access: () => ({ resource: '*' }),
  handle(input) {
    const ids = input.Type === 'custom' ? [] : Object.keys(managedOriginRequestPolicies)
    const {
      IsTruncated: _all,
      Marker: _from,
      ...page
    } = markerPage(
      ids,
      input,
      (id) => id,
      (id) => ({ Type: 'managed' as const, OriginRequestPolicy: originRequestPolicy(id) }),
    )
    return { OriginRequestPolicyList: page }
  },
})
