import {
  AssociateWebACL$,
  DisassociateWebACL$,
  GetWebACLForResource$,
  ListResourcesForWebACL$,
} from '@aws-sdk/client-wafv2'
import type {
  AssociateWebACLRequest,
  DisassociateWebACLRequest,
  GetWebACLForResourceRequest,
  GetWebACLForResourceResponse,
  ListResourcesForWebACLRequest,
  ListResourcesForWebACLResponse,
} from '@aws-sdk/client-wafv2'
import type { Context } from '../../kernel/context.ts'
import { operation, type Access } from '../../kernel/service.ts'
import { resourceKind, resourcesBehind, takesWebAcl } from './association-users.ts'
import { webAclOf } from './definitions.ts'
import { entityAccess, required, seekByArn, type EntitySubject } from './entities.ts'
import { invalidParameter, nonexistent, reasons, unavailable } from './errors.ts'
import { associations } from './store.ts'

/** Permissions on the resource itself: WAF's, and the one that its own service names. */
function resourceAccess(ctx: Context, arn: string): Access[] {
  const place = { resource: arn, resourceAccount: accountOf(ctx, arn) }
  return [place, { ...place, action: resourceKind(arn).action }]
}

/** ARNs of API Gateway have no account: they are the caller's. */
function accountOf(ctx: Context, arn: string): string {
  const account = arn.split(':')[4] ?? ''
  return account === '' ? ctx.account : account
}

/** Refuses resources of another Region or account, or that are not there. */
async function checkResource(ctx: Context, arn: string): Promise<void> {
  const isHere = arn.split(':')[3] === ctx.region && accountOf(ctx, arn) === ctx.account
  if (!isHere || !(await takesWebAcl(ctx, arn))) throw unavailable()
}

/** AssociateWebACL: another web ACL of the resource is replaced. */
export const AssociateWebACL = operation<AssociateWebACLRequest, object, EntitySubject>(
  AssociateWebACL$,
  {
    resolve: ({ WebACLArn = '' }, ctx) => seekByArn(ctx, WebACLArn, 'webacl'),
    access: ({ ResourceArn = '' }, ctx, subject) => [
      entityAccess(subject),
      ...resourceAccess(ctx, ResourceArn),
    ],
    async handle({ ResourceArn = '' }, ctx, subject) {
      const { type } = resourceKind(ResourceArn)
      const row = required(subject)
      if (row.scope !== 'REGIONAL' || row.arn.split(':')[3] !== ctx.region) {
        throw invalidParameter('RESOURCE_ARN', row.arn, reasons.scope)
      }
      await checkResource(ctx, ResourceArn)
      ctx.store
        .table(associations)
        .put(ResourceArn, { resourceArn: ResourceArn, resourceType: type, webAclArn: row.arn })
      return {}
    },
  },
)

/** DisassociateWebACL. */
export const DisassociateWebACL = operation<DisassociateWebACLRequest, object>(
  DisassociateWebACL$,
  {
    access: ({ ResourceArn = '' }, ctx) => resourceAccess(ctx, ResourceArn),
    async handle({ ResourceArn = '' }, ctx) {
      const table = ctx.store.table(associations)
      const isKnown = (await table.get(ResourceArn)) !== undefined
      if (!isKnown && !(await takesWebAcl(ctx, ResourceArn))) throw nonexistent()
      if (isKnown) table.delete(ResourceArn)
      return {}
    },
  },
)

/** GetWebACLForResource: nothing for a resource without a web ACL. */
export const GetWebACLForResource = operation<
  GetWebACLForResourceRequest,
  GetWebACLForResourceResponse,
  EntitySubject | undefined
>(GetWebACLForResource$, {
  async resolve({ ResourceArn = '' }, ctx) {
    const association = await ctx.store.table(associations).get(ResourceArn)
    return association && seekByArn(ctx, association.webAclArn, 'webacl')
  },
  access: ({ ResourceArn = '' }, ctx, subject) => [
    { resource: ResourceArn, resourceAccount: accountOf(ctx, ResourceArn) },
    ...(subject ? [{ ...entityAccess(subject), action: 'wafv2:GetWebACL' }] : []),
  ],
  async handle({ ResourceArn = '' }, ctx, subject) {
    if (!(await takesWebAcl(ctx, ResourceArn))) throw nonexistent()
    return subject?.row ? { WebACL: webAclOf(subject.row) } : {}
  },
})

/** ListResourcesForWebACL: load balancers unless another kind is asked for. */
export const ListResourcesForWebACL = operation<
  ListResourcesForWebACLRequest,
  ListResourcesForWebACLResponse,
  EntitySubject
>(ListResourcesForWebACL$, {
  resolve: ({ WebACLArn = '' }, ctx) => seekByArn(ctx, WebACLArn, 'webacl'),
  access: (_input, _ctx, subject) => entityAccess(subject),
  async handle({ ResourceType = 'APPLICATION_LOAD_BALANCER' }, ctx, subject) {
    const arns = await resourcesBehind(ctx, required(subject).arn)
    const isAsked = (arn: string): boolean =>
      !arn.includes(':cloudfront:') && resourceKind(arn).type === ResourceType
    return { ResourceArns: arns.filter(isAsked) }
  },
})
