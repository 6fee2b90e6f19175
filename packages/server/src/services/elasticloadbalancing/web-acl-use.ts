import type { WebAclUse } from '../../kernel/web-acl.ts'
import { loadBalancers } from './store.ts'

/** Every load balancer can have a web ACL before it. */
export const webAclUse: WebAclUse = {
  takes: async (ctx, arn) => (await ctx.store.table(loadBalancers).get(arn)) !== undefined,
}
