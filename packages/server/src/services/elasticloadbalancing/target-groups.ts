import {
  CreateTargetGroup$,
  DeleteTargetGroup$,
  DescribeTargetGroups$,
  ModifyTargetGroup$,
  type CreateTargetGroupInput,
  type CreateTargetGroupOutput,
  type DeleteTargetGroupInput,
  type DescribeTargetGroupsInput,
  type DescribeTargetGroupsOutput,
  type ModifyTargetGroupInput,
  type ModifyTargetGroupOutput,
  type TargetGroup,
} from '@aws-sdk/client-elastic-load-balancing-v2'
import type { Context } from '../../kernel/context.ts'
import { operation } from '../../kernel/service.ts'
import { accessTo, accessToMake } from './access.ts'
import { arnOf } from './arns.ts'
import { inUse, invalid, noLoadBalancer, noTargetGroup, targetGroupExists } from './errors.ts'
import { checkedHealthCheck, sameHealthCheck } from './health-check.ts'
import { allOf, rowOf, rowsOf, sliceOf } from './listing.ts'
import { changed } from './plane.ts'
import { loadBalancers, targetGroups, targetKey, targets, type TargetGroupRow } from './store.ts'
import { mergeTags } from './tagging.ts'
import { usersOfGroups, type GroupUsers } from './group-users.ts'

function groupOut(row: TargetGroupRow, users: GroupUsers): TargetGroup {
  const { healthCheck: check } = row
  return {
    TargetGroupArn: row.arn,
    TargetGroupName: row.name,
    ...(row.protocol && { Protocol: row.protocol, ProtocolVersion: row.protocolVersion }),
    ...(row.port !== undefined && { Port: row.port }),
    ...(row.vpcId !== undefined && { VpcId: row.vpcId }),
    ...(row.protocol && {
      HealthCheckProtocol: check.protocol,
      HealthCheckPort: check.port,
    }),
    HealthCheckEnabled: check.enabled,
    HealthCheckIntervalSeconds: check.intervalSeconds,
    HealthCheckTimeoutSeconds: check.timeoutSeconds,
    HealthyThresholdCount: check.healthyThreshold,
    UnhealthyThresholdCount: check.unhealthyThreshold,
    HealthCheckPath: check.path,
    Matcher: { HttpCode: check.matcher },
    LoadBalancerArns: [...(users.get(row.arn) ?? [])],
    TargetType: row.targetType,
    IpAddressType: (row.ipAddressType ?? 'ipv4') as TargetGroup['IpAddressType'],
  }
}

const nameForm = /^[A-Za-z0-9](?:[A-Za-z0-9-]{0,30}[A-Za-z0-9])?$/

function newGroup(ctx: Context, input: CreateTargetGroupInput): TargetGroupRow {
  const { Name: name = '', TargetType: targetType = 'instance' } = input
  if (name.length > 32)
    throw invalid(`Target group name '${name}' cannot be longer than '32' characters`)
  if (!nameForm.test(name)) {
    throw invalid(
      `Target group name '${name}' can only contain characters that are alphanumeric characters or hyphens(-), and cannot begin or end with a hyphen`,
    )
  }
  const common = {
    arn: arnOf(ctx, `targetgroup/${name}/${ctx.ids.hex(16)}`),
    name,
    attributes: {},
    tags: mergeTags({}, input.Tags),
  }
  if (targetType === 'lambda') {
    return { ...common, targetType, healthCheck: checkedHealthCheck(input, undefined) }
  }
  if (targetType === 'alb') throw invalid("Target groups of type 'alb' are not supported")
  const { Protocol: protocol, Port: port, VpcId: vpcId } = input
  // Terraform gives an empty text for what is not set.
  const ProtocolVersion = input.ProtocolVersion || 'HTTP1'
  if (protocol === undefined) throw invalid('A protocol must be specified')
  if (protocol !== 'HTTP' && protocol !== 'HTTPS') {
    throw invalid(`Target groups of protocol '${protocol}' are not supported`)
  }
  if (port === undefined) throw invalid('A port must be specified')
  if (vpcId === undefined) throw invalid('A VPC ID must be specified')
  if (ProtocolVersion !== 'HTTP1') {
    throw invalid(`Target groups of protocol version '${ProtocolVersion}' are not supported`)
  }
  return {
    ...common,
    targetType,
    protocol,
    protocolVersion: ProtocolVersion,
    port,
    vpcId,
    ipAddressType: input.IpAddressType || 'ipv4',
    healthCheck: checkedHealthCheck(input, undefined),
  }
}

/** CreateTargetGroup: asked again in the same way, it gives what there is. */
export const CreateTargetGroup = operation<CreateTargetGroupInput, CreateTargetGroupOutput>(
  CreateTargetGroup$,
  {
    access: (input, ctx) =>
      accessToMake('CreateTargetGroup', arnOf(ctx, `targetgroup/${input.Name}/*`), input.Tags),
    async handle(input, ctx) {
      const row = newGroup(ctx, input)
      const [existing] = await allOf(ctx, targetGroups, { index: 'name', equals: row.name })
      if (existing) {
        const isSame =
          existing.targetType === row.targetType &&
          existing.port === row.port &&
          existing.protocol === row.protocol &&
          existing.vpcId === row.vpcId &&
          sameHealthCheck(existing.healthCheck, row.healthCheck)
        if (!isSame) throw targetGroupExists(row.name)
        return { TargetGroups: [groupOut(existing, await usersOfGroups(ctx))] }
      }
      ctx.store.table(targetGroups).put(row.arn, row)
      return { TargetGroups: [groupOut(row, new Map())] }
    },
  },
)

/** DescribeTargetGroups. */
export const DescribeTargetGroups = operation<
  DescribeTargetGroupsInput,
  DescribeTargetGroupsOutput
>(DescribeTargetGroups$, {
  access: () => ({ resource: '*' }),
  async handle(input, ctx) {
    const users = await usersOfGroups(ctx)
    const found = await soughtGroups(ctx, input, users)
    const { items, marker } = sliceOf(ctx, 'target-groups', input, found)
    return { TargetGroups: items.map((row) => groupOut(row, users)), ...marker }
  },
})

async function soughtGroups(
  ctx: Context,
  { TargetGroupArns, Names, LoadBalancerArn }: DescribeTargetGroupsInput,
  users: GroupUsers,
): Promise<readonly TargetGroupRow[]> {
  if (TargetGroupArns?.length) return rowsOf(ctx, targetGroups, TargetGroupArns, noTargetGroup)
  const all = await allOf(ctx, targetGroups)
  if (LoadBalancerArn !== undefined) {
    await rowOf(ctx, loadBalancers, LoadBalancerArn, noLoadBalancer)
    return all.filter(({ arn }) => users.get(arn)?.has(LoadBalancerArn))
  }
  if (!Names?.length) return all
  const found = all.filter(({ name }) => Names.includes(name))
  if (found.length < new Set(Names).size) throw noTargetGroup()
  return found
}

/** ModifyTargetGroup: how health is checked. */
export const ModifyTargetGroup = operation<
  ModifyTargetGroupInput,
  ModifyTargetGroupOutput,
  TargetGroupRow
>(ModifyTargetGroup$, {
  resolve: ({ TargetGroupArn }, ctx) => rowOf(ctx, targetGroups, TargetGroupArn, noTargetGroup),
  access: (_input, _ctx, row) => accessTo(row),
  async handle(input, ctx, row) {
    const asked = { ...input, TargetType: row.targetType, Protocol: row.protocol }
    const next = { ...row, healthCheck: checkedHealthCheck(asked, row.healthCheck) }
    ctx.store.table(targetGroups).put(row.arn, next)
    changed(ctx)
    return { TargetGroups: [groupOut(next, await usersOfGroups(ctx))] }
  },
})

/** DeleteTargetGroup: refused while a rule sends requests to it; one that is not there is deleted. */
export const DeleteTargetGroup = operation<
  DeleteTargetGroupInput,
  object,
  TargetGroupRow | undefined
>(DeleteTargetGroup$, {
  resolve: ({ TargetGroupArn = '' }, ctx) => ctx.store.table(targetGroups).get(TargetGroupArn),
  access: ({ TargetGroupArn = '' }, _ctx, row) =>
    row ? accessTo(row) : { resource: TargetGroupArn },
  async handle(_input, ctx, row) {
    if (!row) return {}
    const users = await usersOfGroups(ctx)
    if (users.has(row.arn)) {
      throw inUse(`Target group '${row.arn}' is currently in use by a listener or a rule`)
    }
    for (const target of await allOf(ctx, targets, { index: 'group', equals: row.arn })) {
      ctx.store.table(targets).delete(targetKey(target))
    }
    ctx.store.table(targetGroups).delete(row.arn)
    changed(ctx)
    return {}
  },
})
