import {
  DescribeAccountLimits$,
  DescribeCapacityReservation$,
  SetIpAddressType$,
  SetSecurityGroups$,
  SetSubnets$,
  type DescribeAccountLimitsInput,
  type DescribeAccountLimitsOutput,
  type DescribeCapacityReservationInput,
  type DescribeCapacityReservationOutput,
  type SetIpAddressTypeInput,
  type SetIpAddressTypeOutput,
  type SetSecurityGroupsInput,
  type SetSecurityGroupsOutput,
  type SetSubnetsInput,
  type SetSubnetsOutput,
} from '@aws-sdk/client-elastic-load-balancing-v2'
import { operation } from '../../kernel/service.ts'
import { accessTo } from './access.ts'
import { invalid, noLoadBalancer } from './errors.ts'
import { rowOf, sliceOf } from './listing.ts'
import { loadBalancerOut } from './load-balancers.ts'
import { networkOf } from './network.ts'
import { loadBalancers, type LoadBalancerRow } from './store.ts'

/** SetSubnets. */
export const SetSubnets = operation<SetSubnetsInput, SetSubnetsOutput, LoadBalancerRow>(
  SetSubnets$,
  {
    resolve: ({ LoadBalancerArn }, ctx) =>
      rowOf(ctx, loadBalancers, LoadBalancerArn, noLoadBalancer),
    access: (input, _ctx, row) =>
      accessTo(row, { 'elasticloadbalancing:subnet': input.Subnets ?? [] }),
    async handle({ Subnets, SubnetMappings, IpAddressType }, ctx, row) {
      const asked = Subnets ?? (SubnetMappings ?? []).map(({ SubnetId = '' }) => SubnetId)
      const network = await networkOf(ctx, asked, row.securityGroups)
      const next = { ...row, ...network, ipAddressType: IpAddressType ?? row.ipAddressType }
      ctx.store.table(loadBalancers).put(row.arn, next)
      const { AvailabilityZones, IpAddressType: type } = loadBalancerOut(next)
      return { AvailabilityZones, IpAddressType: type }
    },
  },
)

/** SetSecurityGroups. */
export const SetSecurityGroups = operation<
  SetSecurityGroupsInput,
  SetSecurityGroupsOutput,
  LoadBalancerRow
>(SetSecurityGroups$, {
  resolve: ({ LoadBalancerArn }, ctx) => rowOf(ctx, loadBalancers, LoadBalancerArn, noLoadBalancer),
  access: (input, _ctx, row) =>
    accessTo(row, { 'elasticloadbalancing:securitygroup': input.SecurityGroups ?? [] }),
  async handle({ SecurityGroups }, ctx, row) {
    const subnets = row.subnets.map(({ id }) => id)
    const { securityGroups } = await networkOf(ctx, subnets, SecurityGroups)
    ctx.store.table(loadBalancers).put(row.arn, { ...row, securityGroups })
    return { SecurityGroupIds: [...securityGroups] }
  },
})

/** SetIpAddressType: what is shown; this machine's addresses are what they are. */
export const SetIpAddressType = operation<
  SetIpAddressTypeInput,
  SetIpAddressTypeOutput,
  LoadBalancerRow
>(SetIpAddressType$, {
  resolve: ({ LoadBalancerArn }, ctx) => rowOf(ctx, loadBalancers, LoadBalancerArn, noLoadBalancer),
  access: (_input, _ctx, row) => accessTo(row),
  handle({ IpAddressType }, ctx, row) {
    if (IpAddressType === undefined) throw invalid('An IP address type must be specified')
    ctx.store.table(loadBalancers).put(row.arn, { ...row, ipAddressType: IpAddressType })
    return { IpAddressType }
  },
})

/** DescribeCapacityReservation: nobody reserves capacity of this machine. */
export const DescribeCapacityReservation = operation<
  DescribeCapacityReservationInput,
  DescribeCapacityReservationOutput,
  LoadBalancerRow
>(DescribeCapacityReservation$, {
  resolve: ({ LoadBalancerArn }, ctx) => rowOf(ctx, loadBalancers, LoadBalancerArn, noLoadBalancer),
  access: () => ({ resource: '*' }),
  handle: () => ({ DecreaseRequestsRemaining: 0, CapacityReservationState: [] }),
})

const limits = {
  'application-load-balancers': 50,
  'listeners-per-application-load-balancer': 50,
  'rules-per-application-load-balancer': 100,
  'target-groups': 3000,
  'targets-per-application-load-balancer': 1000,
  'target-groups-per-action-on-application-load-balancer': 5,
  'target-groups-per-application-load-balancer': 100,
  'certificates-per-application-load-balancer': 25,
  'condition-values-per-alb-rule': 5,
  'condition-wildcards-per-alb-rule': 5,
}

/** DescribeAccountLimits (https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-limits.html). */
export const DescribeAccountLimits = operation<
  DescribeAccountLimitsInput,
  DescribeAccountLimitsOutput
>(DescribeAccountLimits$, {
  access: () => ({ resource: '*' }),
  handle(input, ctx) {
    const list = Object.entries(limits).map(([Name, max]) => ({ Name, Max: String(max) }))
    const { items, marker } = sliceOf(ctx, 'limits', input, list)
    return { Limits: items, ...marker }
  },
})
