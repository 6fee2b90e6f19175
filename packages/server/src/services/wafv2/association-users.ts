import type { Context } from '../../kernel/context.ts'
import { defineRuntime } from '../../kernel/runtime.ts'
import type { WebAclUse } from '../../kernel/web-acl.ts'
import { invalidParameter, reasons } from './errors.ts'
import { associations } from './store.ts'

/** A kind of resource that a web ACL can stand in front of. */
export interface ResourceKind {
  /** As ListResourcesForWebACL names it. */
  readonly type: string
  /** The id of the service that keeps such resources. */
  readonly service: string
  /** What the caller needs on the resource, beside WAF's own permission. */
  readonly action: string
}

const kinds: readonly (readonly [form: RegExp, kind: ResourceKind])[] = [
  [
    /^arn:[a-z-]+:elasticloadbalancing:[a-z0-9-]+:\d{12}:loadbalancer\/app\/[^/]+\/[^/]+$/,
    {
      type: 'APPLICATION_LOAD_BALANCER',
      service: 'elasticloadbalancing',
      action: 'elasticloadbalancing:SetWebAcl',
    },
  ],
  [
    /^arn:[a-z-]+:apigateway:[a-z0-9-]+::\/restapis\/[^/]+\/stages\/[^/]+$/,
    { type: 'API_GATEWAY', service: 'apigateway', action: 'apigateway:SetWebACL' },
  ],
  [
    /^arn:[a-z-]+:appsync:[a-z0-9-]+:\d{12}:apis\/.+$/,
    { type: 'APPSYNC', service: 'appsync', action: 'appsync:SetWebACL' },
  ],
  [
    /^arn:[a-z-]+:cognito-idp:[a-z0-9-]+:\d{12}:userpool\/.+$/,
    {
      type: 'COGNITO_USER_POOL',
      service: 'cognito-idp',
      action: 'cognito-idp:AssociateWebACL',
    },
  ],
  [
    /^arn:[a-z-]+:apprunner:[a-z0-9-]+:\d{12}:service\/.+$/,
    { type: 'APP_RUNNER_SERVICE', service: 'apprunner', action: 'apprunner:AssociateWebAcl' },
  ],
  [
    /^arn:[a-z-]+:ec2:[a-z0-9-]+:\d{12}:verified-access-instance\/.+$/,
    {
      type: 'VERIFIED_ACCESS_INSTANCE',
      service: 'ec2',
      action: 'ec2:AssociateVerifiedAccessInstanceWebAcl',
    },
  ],
  [
    /^arn:[a-z-]+:amplify:[a-z0-9-]+:\d{12}:apps\/.+$/,
    { type: 'AMPLIFY', service: 'amplify', action: 'amplify:AssociateWebACL' },
  ],
]

/** What kind of resource an ARN names. Throws WAFInvalidParameterException for one that can have no web ACL. */
export function resourceKind(arn: string): ResourceKind {
  const known = kinds.find(([form]) => form.test(arn))
  if (!known) throw invalidParameter('RESOURCE_ARN', arn, reasons.arn)
  return known[1]
}

const uses = defineRuntime('wafv2.web-acl-uses', ({ kernel }) => ({
  of: async (service: string): Promise<WebAclUse | undefined> => {
    const isKnown = kernel.services.entries.some(({ id }) => id === service)
    return isKnown ? (await kernel.services.load(service))?.webAclUse : undefined
  },
}))

/** Whether the resource of an ARN is there and can have a web ACL. */
export async function takesWebAcl(ctx: Context, arn: string): Promise<boolean> {
  const use = await ctx.runtime(uses).of(resourceKind(arn).service)
  return (await use?.takes(ctx, arn)) ?? false
}

/** ARNs of the resources that a web ACL stands in front of, distributions among them. */
export async function resourcesBehind(ctx: Context, webAclArn: string): Promise<readonly string[]> {
  const table = ctx.store.table(associations)
  const found: string[] = []
  for (const { value } of await table.list({ index: 'webAcl', equals: webAclArn })) {
    // A resource that was deleted has left its association behind.
    if (await takesWebAcl(ctx, value.resourceArn)) found.push(value.resourceArn)
  }
  const distributions = await ctx.runtime(uses).of('cloudfront')
  return [...found, ...((await distributions?.users?.(ctx, webAclArn)) ?? [])]
}
