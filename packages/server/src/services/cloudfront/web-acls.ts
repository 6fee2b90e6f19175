import {
  AssociateDistributionWebACL$,
  DisassociateDistributionWebACL$,
} from '@aws-sdk/client-cloudfront'
import type {
  AssociateDistributionWebACLRequest,
  AssociateDistributionWebACLResult,
  DisassociateDistributionWebACLRequest,
  DisassociateDistributionWebACLResult,
} from '@aws-sdk/client-cloudfront'
import type { Context } from '../../kernel/context.ts'
import { AwsError } from '../../kernel/errors.ts'
import { operation } from '../../kernel/service.ts'
import type { WebAclUse } from '../../kernel/web-acl.ts'
import {
  distributionAccess,
  newId,
  required,
  atVersion,
  seekDistribution,
  type DistributionSubject,
} from './distribution-reference.ts'
import { invalidWebAcl } from './errors.ts'
import { changed } from './plane.ts'
import { distributions, type DistributionRow } from './store.ts'

const form = /^arn:aws:wafv2:us-east-1:\d{12}:global\/webacl\/[\w-]+\/[\w-]+$/

/** Whether the caller may use this web ACL, which must be one for CloudFront. Throws InvalidWebACLId. */
export async function requireWebAcl(ctx: Context, ARN: string | undefined): Promise<void> {
  if (ARN === undefined || ARN === '') return
  if (!form.test(ARN)) throw invalidWebAcl()
  try {
    await ctx.call('wafv2', 'GetWebACL', { ARN })
  } catch (error) {
    if (error instanceof AwsError) throw invalidWebAcl()
    throw error
  }
}

async function withWebAcl(
  ctx: Context,
  before: DistributionRow,
  WebACLId: string,
): Promise<DistributionRow> {
  const config = { ...before.config, WebACLId }
  const row = { ...before, config, etag: newId(ctx), modifiedAt: ctx.now.toISOString() }
  ctx.store.table(distributions).put(row.id, row)
  await changed(ctx)
  return row
}

/** AssociateDistributionWebACL. */
export const AssociateDistributionWebACL = operation<
  AssociateDistributionWebACLRequest,
  AssociateDistributionWebACLResult,
  DistributionSubject
>(AssociateDistributionWebACL$, {
  resolve: ({ Id }, ctx) => seekDistribution(ctx, Id),
  access: (_input, ctx, subject) => distributionAccess(ctx, subject),
  async handle({ WebACLArn, IfMatch }, ctx, subject) {
    const before = IfMatch === undefined ? required(subject) : atVersion(subject, IfMatch)
    await requireWebAcl(ctx, WebACLArn)
    const row = await withWebAcl(ctx, before, WebACLArn ?? '')
    return { Id: row.id, WebACLArn: row.config.WebACLId, ETag: row.etag }
  },
})

/** DisassociateDistributionWebACL. */
export const DisassociateDistributionWebACL = operation<
  DisassociateDistributionWebACLRequest,
  DisassociateDistributionWebACLResult,
  DistributionSubject
>(DisassociateDistributionWebACL$, {
  resolve: ({ Id }, ctx) => seekDistribution(ctx, Id),
  access: (_input, ctx, subject) => distributionAccess(ctx, subject),
  async handle({ IfMatch }, ctx, subject) {
    const before = IfMatch === undefined ? required(subject) : atVersion(subject, IfMatch)
    const row = await withWebAcl(ctx, before, '')
    return { Id: row.id, ETag: row.etag }
  },
})

/** Distributions name their web ACL in their own configuration. */
export const distributionWebAcls: WebAclUse = {
  takes: () => Promise.resolve(false),
  async users(ctx, webAclArn) {
    const rows = await ctx.store.table(distributions).list()
    return rows
      .filter(({ value }) => value.config.WebACLId === webAclArn)
      .map(({ value }) => value.arn)
  },
}
