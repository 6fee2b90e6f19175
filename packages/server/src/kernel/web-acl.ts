import type { HttpRequest, Verdict } from '@bartizan/waf'
import type { Context } from './context.ts'
import type { Kernel } from './kernel.ts'

/** A resource in front of which a web ACL may stand. */
export interface GuardedResource {
  /** Of a load balancer, an API's stage (`arn:aws:apigateway:<region>::/restapis/<id>/stages/<name>`) or a distribution. */
  readonly arn: string
  readonly account: string
  /** Where its web ACL lives; `us-east-1` for CloudFront. */
  readonly region: string
  readonly type: 'APPLICATION_LOAD_BALANCER' | 'API_GATEWAY' | 'CLOUDFRONT'
  /** As WAF's log writes it (`httpSourceId`): `app/name/id`, `account:api:stage`, a distribution's id. */
  readonly sourceId: string
  /** CloudFront keeps its association in its own configuration: asked for at every request, empty for none. */
  readonly ownWebAcl?: () => string | undefined
}

/** What to do about a request once it was judged; counted, sampled and logged already. */
export interface Judged {
  readonly verdict: Pick<Verdict, 'action' | 'insertedHeaders'>
  /** To be sent instead of forwarding: a block page, a custom response, a captcha or challenge; names and values of headers in turn. */
  readonly answer?: {
    readonly status: number
    readonly headers: readonly string[]
    readonly body: string | Uint8Array
  }
}

/** A compiled web ACL at its place before a resource. */
export interface WebAclGate {
  /** So many bytes of a body are to be given to `inspect`. */
  readonly bodyLimit: number
  /** Judges a request. Never throws. */
  inspect(request: HttpRequest): Judged
}

/** What stands in front of one resource, now. */
export interface WebAclGuard {
  /**
   * The gate as it is after all changes that this node knows of; undefined where no web ACL is associated. A promise only
   * when something of WAF's has changed since the last call: else a comparison of a few numbers, for every request's sake.
   * Rejects where the web ACL cannot be read or compiled: then it is the resource's setting whether requests go on.
   */
  gate(): WebAclGate | undefined | Promise<WebAclGate | undefined>
}

/** How the service that keeps web ACLs offers them to those that carry traffic (`defineService({ guardResource })`). */
export type ResourceGuard = (kernel: Kernel, resource: GuardedResource) => WebAclGuard

/** Finds a web ACL by its name or id among an account's in a Region (`defineService({ webAclNamed })`); undefined where there is none. */
export type WebAclFinder = (
  kernel: Kernel,
  place: { readonly account: string; readonly region: string },
  nameOrId: string,
) => Promise<string | undefined>

/** What a service whose resources can have a web ACL tells of them (`defineService({ webAclUse })`). */
export interface WebAclUse {
  /** Whether a resource of the service's is there and can have a web ACL; the caller's right to it is asked for apart. */
  takes(ctx: Context, arn: string): Promise<boolean>
  /** ARNs of its resources that name a web ACL in their own configuration, as distributions do. */
  users?(ctx: Context, webAclArn: string): Promise<readonly string[]>
}

/** The guard of a resource; to be made once, when its listener opens. */
export async function guardOf(kernel: Kernel, resource: GuardedResource): Promise<WebAclGuard> {
  const isKnown = kernel.services.entries.some(({ id }) => id === 'wafv2')
  const service = isKnown ? await kernel.services.load('wafv2') : undefined
  return service?.guardResource?.(kernel, resource) ?? { gate: () => undefined }
}

/** The ARN of a web ACL that is known by its name or id. */
export async function webAclNamed(...[kernel, place, nameOrId]: Parameters<WebAclFinder>) {
  const service = await kernel.services.load('wafv2')
  return service?.webAclNamed?.(kernel, place, nameOrId)
}
