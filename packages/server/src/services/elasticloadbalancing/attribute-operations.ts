import {
  DescribeListenerAttributes$,
  DescribeLoadBalancerAttributes$,
  DescribeTargetGroupAttributes$,
  ModifyListenerAttributes$,
  ModifyLoadBalancerAttributes$,
  ModifyTargetGroupAttributes$,
  type DescribeListenerAttributesInput,
  type DescribeListenerAttributesOutput,
  type DescribeLoadBalancerAttributesInput,
  type DescribeLoadBalancerAttributesOutput,
  type DescribeTargetGroupAttributesInput,
  type DescribeTargetGroupAttributesOutput,
  type ModifyListenerAttributesInput,
  type ModifyListenerAttributesOutput,
  type ModifyLoadBalancerAttributesInput,
  type ModifyLoadBalancerAttributesOutput,
  type ModifyTargetGroupAttributesInput,
  type ModifyTargetGroupAttributesOutput,
} from '@aws-sdk/client-elastic-load-balancing-v2'
import { operation } from '../../kernel/service.ts'
import { accessTo } from './access.ts'
import {
  functionGroupAttributes,
  listAttributes,
  listenerAttributes,
  loadBalancerAttributes,
  mergeAttributes,
  targetGroupAttributes,
} from './attributes.ts'
import { noListener, noLoadBalancer, noTargetGroup } from './errors.ts'
import { rowOf } from './listing.ts'
import { changed } from './plane.ts'
import {
  listeners,
  loadBalancers,
  targetGroups,
  type ListenerRow,
  type LoadBalancerRow,
  type TargetGroupRow,
} from './store.ts'

/** DescribeLoadBalancerAttributes. */
export const DescribeLoadBalancerAttributes = operation<
  DescribeLoadBalancerAttributesInput,
  DescribeLoadBalancerAttributesOutput,
  LoadBalancerRow
>(DescribeLoadBalancerAttributes$, {
  resolve: ({ LoadBalancerArn }, ctx) => rowOf(ctx, loadBalancers, LoadBalancerArn, noLoadBalancer),
  access: () => ({ resource: '*' }),
  handle: (_input, _ctx, { attributes }) => ({
    Attributes: listAttributes(loadBalancerAttributes, attributes),
  }),
})

/** ModifyLoadBalancerAttributes. */
export const ModifyLoadBalancerAttributes = operation<
  ModifyLoadBalancerAttributesInput,
  ModifyLoadBalancerAttributesOutput,
  LoadBalancerRow
>(ModifyLoadBalancerAttributes$, {
  resolve: ({ LoadBalancerArn }, ctx) => rowOf(ctx, loadBalancers, LoadBalancerArn, noLoadBalancer),
  access: (_input, _ctx, row) => accessTo(row),
  handle(input, ctx, row) {
    const attributes = mergeAttributes(loadBalancerAttributes, row.attributes, input.Attributes)
    ctx.store.table(loadBalancers).put(row.arn, { ...row, attributes })
    changed(ctx)
    return { Attributes: listAttributes(loadBalancerAttributes, attributes) }
  },
})

const knownOf = ({ targetType }: TargetGroupRow) =>
  targetType === 'lambda' ? functionGroupAttributes : targetGroupAttributes

/** DescribeTargetGroupAttributes. */
export const DescribeTargetGroupAttributes = operation<
  DescribeTargetGroupAttributesInput,
  DescribeTargetGroupAttributesOutput,
  TargetGroupRow
>(DescribeTargetGroupAttributes$, {
  resolve: ({ TargetGroupArn }, ctx) => rowOf(ctx, targetGroups, TargetGroupArn, noTargetGroup),
  access: () => ({ resource: '*' }),
  handle: (_input, _ctx, row) => ({ Attributes: listAttributes(knownOf(row), row.attributes) }),
})

/** ModifyTargetGroupAttributes. */
export const ModifyTargetGroupAttributes = operation<
  ModifyTargetGroupAttributesInput,
  ModifyTargetGroupAttributesOutput,
  TargetGroupRow
>(ModifyTargetGroupAttributes$, {
  resolve: ({ TargetGroupArn }, ctx) => rowOf(ctx, targetGroups, TargetGroupArn, noTargetGroup),
  access: (_input, _ctx, row) => accessTo(row),
  handle(input, ctx, row) {
    const attributes = mergeAttributes(knownOf(row), row.attributes, input.Attributes)
    ctx.store.table(targetGroups).put(row.arn, { ...row, attributes })
    changed(ctx)
    return { Attributes: listAttributes(knownOf(row), attributes) }
  },
})

/** DescribeListenerAttributes. */
export const DescribeListenerAttributes = operation<
  DescribeListenerAttributesInput,
  DescribeListenerAttributesOutput,
  ListenerRow
>(DescribeListenerAttributes$, {
  resolve: ({ ListenerArn }, ctx) => rowOf(ctx, listeners, ListenerArn, noListener),
  access: () => ({ resource: '*' }),
  handle: (_input, _ctx, { attributes }) => ({
    Attributes: listAttributes(listenerAttributes, attributes),
  }),
})

/** ModifyListenerAttributes: headers that answers get. */
export const ModifyListenerAttributes = operation<
  ModifyListenerAttributesInput,
  ModifyListenerAttributesOutput,
  ListenerRow
>(ModifyListenerAttributes$, {
  resolve: ({ ListenerArn }, ctx) => rowOf(ctx, listeners, ListenerArn, noListener),
  access: (_input, _ctx, row) => accessTo(row),
  handle(input, ctx, row) {
    const attributes = mergeAttributes(listenerAttributes, row.attributes, input.Attributes)
    ctx.store.table(listeners).put(row.arn, { ...row, attributes })
    changed(ctx)
    return { Attributes: listAttributes(listenerAttributes, attributes) }
  },
})
