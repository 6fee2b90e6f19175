import {
  CreateDistribution$,
  CreateDistributionWithTags$,
  DeleteDistribution$,
  GetDistribution$,
  GetDistributionConfig$,
  ListDistributions$,
  ListDistributionsByWebACLId$,
  UpdateDistribution$,
} from '@aws-sdk/client-cloudfront'
import type {
  CreateDistributionRequest,
  CreateDistributionResult,
  CreateDistributionWithTagsRequest,
  DeleteDistributionRequest,
  Distribution,
  DistributionConfig,
  DistributionList,
  DistributionSummary,
  GetDistributionConfigRequest,
  GetDistributionConfigResult,
  GetDistributionRequest,
  GetDistributionResult,
  ListDistributionsByWebACLIdRequest,
  ListDistributionsRequest,
  UpdateDistributionRequest,
} from '@aws-sdk/client-cloudfront'
import type { Context } from '../../kernel/context.ts'
import { operation } from '../../kernel/service.ts'
import { requestTagConditions } from '../../kernel/tag-conditions.ts'
import { checkedConfig } from './distribution-config.ts'
import {
  atVersion,
  distributionAccess,
  distributionArn,
  newId,
  required,
  seekDistribution,
  type DistributionSubject,
} from './distribution-reference.ts'
import { aliasTaken, alreadyExists, illegalUpdate, notDisabled } from './errors.ts'
import { markerPage, type MarkerQuery } from './paging.ts'
import { changed, plane } from './plane.ts'
import { distributions, invalidations, type DistributionRow } from './store.ts'
import { checkedTags, tagMap } from './tagging.ts'
import { requireWebAcl } from './web-acls.ts'

function distributionOut(row: DistributionRow): Distribution {
  return {
    Id: row.id,
    ARN: row.arn,
    Status: 'Deployed',
    LastModifiedTime: new Date(row.modifiedAt),
    InProgressInvalidationBatches: 0,
    DomainName: row.domainName,
    ActiveTrustedSigners: { Enabled: false, Quantity: 0 },
    ActiveTrustedKeyGroups: { Enabled: false, Quantity: 0 },
    DistributionConfig: row.config,
  }
}

function summaryOut(row: DistributionRow): DistributionSummary {
  const { config } = row
  return {
    Id: row.id,
    ARN: row.arn,
    ETag: row.etag,
    Status: 'Deployed',
    LastModifiedTime: new Date(row.modifiedAt),
    DomainName: row.domainName,
    Aliases: config.Aliases,
    Origins: config.Origins,
    OriginGroups: config.OriginGroups,
    DefaultCacheBehavior: config.DefaultCacheBehavior,
    CacheBehaviors: config.CacheBehaviors,
    CustomErrorResponses: config.CustomErrorResponses,
    Comment: config.Comment,
    PriceClass: config.PriceClass,
    Enabled: config.Enabled,
    ViewerCertificate: config.ViewerCertificate,
    Restrictions: config.Restrictions,
    WebACLId: config.WebACLId,
    HttpVersion: config.HttpVersion,
    IsIPV6Enabled: config.IsIPV6Enabled,
    Staging: config.Staging,
  }
}

async function everyDistribution(ctx: Context): Promise<readonly DistributionRow[]> {
  const rows = await ctx.store.table(distributions).list()
  return rows.map(({ value }) => value)
}

/** No two distributions of an account answer to one name. */
async function checkAliases(
  ctx: Context,
  config: DistributionConfig,
  self?: string,
): Promise<void> {
  const wanted = new Set(config.Aliases?.Items ?? [])
  if (wanted.size === 0) return
  for (const other of await everyDistribution(ctx)) {
    if (other.id === self) continue
    if (other.config.Aliases?.Items?.some((alias) => wanted.has(alias))) throw aliasTaken()
  }
}

async function create(
  ctx: Context,
  given: DistributionConfig,
  tags: Readonly<Record<string, string>>,
): Promise<CreateDistributionResult> {
  const config = checkedConfig(given)
  for (const other of await everyDistribution(ctx)) {
    if (other.config.CallerReference === config.CallerReference) throw alreadyExists(other.id)
  }
  await checkAliases(ctx, config)
  await requireWebAcl(ctx, config.WebACLId)
  const id = newId(ctx)
  const row: DistributionRow = {
    id,
    account: ctx.account,
    arn: distributionArn(ctx.account, id),
    etag: newId(ctx),
    // Names under `localhost` lead to this machine everywhere (RFC 6761 section 6.3).
    domainName: `${ctx.ids.unique('d', 13).toLowerCase()}.cloudfront.localhost`,
    boundPort: await ctx.runtime(plane).reserve(id),
    modifiedAt: ctx.now.toISOString(),
    config,
    tags,
  }
  ctx.store.table(distributions).put(id, row)
  await changed(ctx)
  return {
    Distribution: distributionOut(row),
    ETag: row.etag,
    Location: `https://cloudfront.amazonaws.com/2020-05-31/distribution/${id}`,
  }
}

/** CreateDistribution. */
export const CreateDistribution = operation<CreateDistributionRequest, CreateDistributionResult>(
  CreateDistribution$,
  {
    access: (_input, ctx) => ({ resource: distributionArn(ctx.account, '*') }),
    handle: ({ DistributionConfig: config }, ctx) => create(ctx, config as DistributionConfig, {}),
  },
)

/** CreateDistributionWithTags. */
export const CreateDistributionWithTags = operation<
  CreateDistributionWithTagsRequest,
  CreateDistributionResult
>(CreateDistributionWithTags$, {
  access({ DistributionConfigWithTags: given }, ctx) {
    const resource = distributionArn(ctx.account, '*')
    const conditions = requestTagConditions(tagMap(given?.Tags))
    return [
      { action: 'cloudfront:CreateDistribution', resource, conditions },
      { action: 'cloudfront:TagResource', resource, conditions },
    ]
  },
  handle: ({ DistributionConfigWithTags: given }, ctx) =>
    create(ctx, given?.DistributionConfig as DistributionConfig, checkedTags({}, given?.Tags)),
})

/** GetDistribution. */
export const GetDistribution = operation<
  GetDistributionRequest,
  GetDistributionResult,
  DistributionSubject
>(GetDistribution$, {
  resolve: ({ Id }, ctx) => seekDistribution(ctx, Id),
  access: (_input, ctx, subject) => distributionAccess(ctx, subject),
  handle(_input, _ctx, subject) {
    const row = required(subject)
    return { Distribution: distributionOut(row), ETag: row.etag }
  },
})

/** GetDistributionConfig. */
export const GetDistributionConfig = operation<
  GetDistributionConfigRequest,
  GetDistributionConfigResult,
  DistributionSubject
>(GetDistributionConfig$, {
  resolve: ({ Id }, ctx) => seekDistribution(ctx, Id),
  access: (_input, ctx, subject) => distributionAccess(ctx, subject),
  handle(_input, _ctx, subject) {
    const row = required(subject)
    return { DistributionConfig: row.config, ETag: row.etag }
  },
})

/** UpdateDistribution: the whole configuration anew. */
export const UpdateDistribution = operation<
  UpdateDistributionRequest,
  GetDistributionResult,
  DistributionSubject
>(UpdateDistribution$, {
  resolve: ({ Id }, ctx) => seekDistribution(ctx, Id),
  access: (_input, ctx, subject) => distributionAccess(ctx, subject),
  async handle({ DistributionConfig: given, IfMatch }, ctx, subject) {
    const before = atVersion(subject, IfMatch)
    const config = checkedConfig(given as DistributionConfig)
    if (config.CallerReference !== before.config.CallerReference) {
      throw illegalUpdate('CallerReference')
    }
    await checkAliases(ctx, config, before.id)
    if (config.WebACLId !== before.config.WebACLId) await requireWebAcl(ctx, config.WebACLId)
    const row = { ...before, config, etag: newId(ctx), modifiedAt: ctx.now.toISOString() }
    ctx.store.table(distributions).put(row.id, row)
    await changed(ctx)
    return { Distribution: distributionOut(row), ETag: row.etag }
  },
})

/** DeleteDistribution: once it has been disabled. */
export const DeleteDistribution = operation<DeleteDistributionRequest, object, DistributionSubject>(
  DeleteDistribution$,
  {
    resolve: ({ Id }, ctx) => seekDistribution(ctx, Id),
    access: (_input, ctx, subject) => distributionAccess(ctx, subject),
    async handle({ IfMatch }, ctx, subject) {
      const row = atVersion(subject, IfMatch)
      if (row.config.Enabled) throw notDisabled()
      const batches = ctx.store.table(invalidations)
      for (const { key } of await batches.list({ prefix: `${row.id}/` })) batches.delete(key)
      ctx.store.table(distributions).delete(row.id)
      await changed(ctx)
      return {}
    },
  },
)

function listOut(rows: readonly DistributionRow[], query: MarkerQuery): DistributionList {
  return markerPage(rows, query, ({ id }) => id, summaryOut)
}

/** ListDistributions. */
export const ListDistributions = operation<
  ListDistributionsRequest,
  { DistributionList: DistributionList }
>(ListDistributions$, {
  access: () => ({ resource: '*' }),
  handle: async (input, ctx) => ({
    DistributionList: listOut(await everyDistribution(ctx), input),
  }),
})

/** ListDistributionsByWebACLId: those with this web ACL, or with `null` those without any. */
export const ListDistributionsByWebACLId = operation<
  ListDistributionsByWebACLIdRequest,
  { DistributionList: DistributionList }
>(ListDistributionsByWebACLId$, {
  access: () => ({ resource: '*' }),
  async handle(input, ctx) {
    const wanted = input.WebACLId === 'null' ? '' : input.WebACLId
    const rows = await everyDistribution(ctx)
    const of = rows.filter(({ config }) => (config.WebACLId ?? '') === wanted)
    return { DistributionList: listOut(of, input) }
  },
})
