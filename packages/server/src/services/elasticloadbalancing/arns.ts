import type { Context } from '../../kernel/context.ts'
import { partitionOf } from '../../kernel/partition.ts'

/** An ARN of the service's own, of the caller's account and Region. */
export function arnOf(
  { account, region }: Pick<Context, 'account' | 'region'>,
  path: string,
): string {
  return `arn:${partitionOf(region)}:elasticloadbalancing:${region}:${account}:${path}`
}

/** What kind of thing an ARN names; undefined for those of others. */
export function kindOf(
  { account, region }: Pick<Context, 'account' | 'region'>,
  arn: string,
): 'loadbalancer' | 'listener' | 'listener-rule' | 'targetgroup' | undefined {
  const prefix = arnOf({ account, region }, '')
  const kind = arn.startsWith(prefix) ? arn.slice(prefix.length).split('/')[0] : undefined
  return kinds.find((each) => each === kind)
}

const kinds = ['loadbalancer', 'listener', 'listener-rule', 'targetgroup'] as const

/** The ARN of a new listener: it has its load balancer's name and id in it. */
export function listenerArn(loadBalancer: string, id: string): string {
  return `${loadBalancer.replace(':loadbalancer/', ':listener/')}/${id}`
}

/** The ARN of a new rule: it has its listener's in it. */
export function ruleArn(listener: string, id: string): string {
  return `${listener.replace(':listener/', ':listener-rule/')}/${id}`
}
