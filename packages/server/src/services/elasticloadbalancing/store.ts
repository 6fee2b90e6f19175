import type { Action, RuleCondition } from '@aws-sdk/client-elastic-load-balancing-v2'
import { defineTable } from '../../kernel/store/store.ts'

/** Names and values, as attributes and tags are kept. */
export type Named = Readonly<Record<string, string>>

/** A load balancer. */
export interface LoadBalancerRow {
  readonly arn: string
  readonly name: string
  readonly account: string
  readonly region: string
  readonly dnsName: string
  readonly scheme: 'internet-facing' | 'internal'
  readonly createdAt: string
  readonly vpcId: string
  readonly subnets: readonly { readonly id: string; readonly zone: string }[]
  readonly securityGroups: readonly string[]
  readonly ipAddressType: string
  /** Those that differ from the defaults. */
  readonly attributes: Named
  readonly tags: Named
}

/** Load balancers, by ARN. */
export const loadBalancers = defineTable<LoadBalancerRow>({
  name: 'elasticloadbalancing.load-balancers',
  scope: 'region',
  indexes: { name: (row) => row.name },
})

/** A listener, and where on this machine it listens. */
export interface ListenerRow {
  readonly arn: string
  readonly loadBalancer: string
  readonly protocol: 'HTTP' | 'HTTPS'
  readonly port: number
  readonly sslPolicy?: string
  /** ARNs; the first is the default one. */
  readonly certificates: readonly string[]
  readonly defaultActions: readonly Action[]
  readonly boundPort: number
  readonly attributes: Named
  readonly tags: Named
}

/** Listeners, by ARN. */
export const listeners = defineTable<ListenerRow>({
  name: 'elasticloadbalancing.listeners',
  scope: 'region',
  indexes: { loadBalancer: (row) => row.loadBalancer, certificate: (row) => row.certificates },
})

/** A rule of a listener; the default rule is the listener's own default actions. */
export interface RuleRow {
  readonly arn: string
  readonly listener: string
  readonly priority: number
  readonly conditions: readonly RuleCondition[]
  readonly actions: readonly Action[]
  readonly tags: Named
}

/** Rules, by ARN. */
export const rules = defineTable<RuleRow>({
  name: 'elasticloadbalancing.rules',
  scope: 'region',
  indexes: { listener: (row) => row.listener },
})

/** How a target group looks after its targets. */
export interface HealthCheck {
  readonly enabled: boolean
  readonly protocol: 'HTTP' | 'HTTPS'
  /** A number, or `traffic-port`. */
  readonly port: string
  readonly path: string
  readonly intervalSeconds: number
  readonly timeoutSeconds: number
  readonly healthyThreshold: number
  readonly unhealthyThreshold: number
  /** `200`, `200,202`, `200-299`. */
  readonly matcher: string
}

/** A target group. */
export interface TargetGroupRow {
  readonly arn: string
  readonly name: string
  readonly targetType: 'instance' | 'ip' | 'lambda'
  /** Absent for functions. */
  readonly protocol?: 'HTTP' | 'HTTPS'
  readonly protocolVersion?: string
  readonly port?: number
  readonly vpcId?: string
  readonly ipAddressType?: string
  readonly healthCheck: HealthCheck
  readonly attributes: Named
  readonly tags: Named
}

/** Target groups, by ARN. */
export const targetGroups = defineTable<TargetGroupRow>({
  name: 'elasticloadbalancing.target-groups',
  scope: 'region',
  indexes: { name: (row) => row.name },
})

/** A target of a group. */
export interface TargetRow {
  readonly group: string
  /** An address, or a function's ARN. */
  readonly id: string
  /** 0 for functions. */
  readonly port: number
  readonly zone?: string
  readonly registeredAt: string
  /** Set while it is let finish what it has begun. */
  readonly drainsUntil?: string
}

/** Targets, by group, id and port. */
export const targets = defineTable<TargetRow>({
  name: 'elasticloadbalancing.targets',
  scope: 'region',
  indexes: { group: (row) => row.group },
})

/** The key of a target. */
export function targetKey({ group, id, port }: Pick<TargetRow, 'group' | 'id' | 'port'>): string {
  return `${group} ${id} ${port}`
}

/** The accounts and Regions that have load balancers, by `account/region`. */
export const places = defineTable<{ readonly account: string; readonly region: string }>({
  name: 'elasticloadbalancing.places',
  scope: 'system',
})
