import {
  DeregisterTargets$,
  DescribeTargetHealth$,
  RegisterTargets$,
  type DeregisterTargetsInput,
  type DescribeTargetHealthInput,
  type DescribeTargetHealthOutput,
  type RegisterTargetsInput,
  type TargetDescription,
  type TargetHealthDescription,
} from '@aws-sdk/client-elastic-load-balancing-v2'
import { BlockList, isIP } from 'node:net'
import type { Context } from '../../kernel/context.ts'
import type { Job } from '../../kernel/jobs.ts'
import { operation } from '../../kernel/service.ts'
import { accessTo } from './access.ts'
import { attributeOf, targetGroupAttributes } from './attributes.ts'
import { invalid, noTargetGroup, wrongTarget } from './errors.ts'
import { usersOfGroups } from './group-users.ts'
import { allOf, rowOf } from './listing.ts'
import { changed, plane } from './plane.ts'
import { targetGroups, targetKey, targets, type TargetGroupRow, type TargetRow } from './store.ts'

const maxTargets = 1_000

/**
 * Addresses that may be targets: AWS's ranges, and this machine's own, which are its private network. Link-local
 * addresses are out: metadata services answer there.
 */
const allowedAddresses = new BlockList()
for (const [network, prefix] of [
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
] as const) {
  allowedAddresses.addSubnet(network, prefix, 'ipv4')
}
allowedAddresses.addSubnet('fc00::', 7, 'ipv6')
allowedAddresses.addAddress('::1', 'ipv6')

function checkTarget(ctx: Context, group: TargetGroupRow, { id, port }: TargetRow): void {
  if (group.targetType === 'lambda') {
    if (!/^arn:[a-z-]+:lambda:[a-z0-9-]+:\d{12}:function:/.test(id)) {
      throw wrongTarget(`The target '${id}' is not a valid Lambda function ARN`)
    }
    return
  }
  if (group.targetType === 'instance') {
    throw wrongTarget(`The following targets are not valid instances: '${id}'`)
  }
  const family = isIP(id)
  if (family === 0) throw invalid(`The IP address '${id}' is not a valid IP address`)
  if (!allowedAddresses.check(id, family === 6 ? 'ipv6' : 'ipv4')) {
    throw invalid(
      `The IP address '${id}' is not within the private address ranges or those of this machine`,
    )
  }
  if (ctx.runtime(plane).isOwnAddress(id, port)) {
    throw invalid(`The target '${id}:${port}' is the address of the API itself`)
  }
}

function rowFor(group: TargetGroupRow, { Id = '', Port, AvailabilityZone }: TargetDescription) {
  return {
    group: group.arn,
    id: Id,
    port: group.targetType === 'lambda' ? 0 : (Port ?? group.port ?? 0),
    ...(AvailabilityZone !== undefined && { zone: AvailabilityZone }),
  }
}

/** RegisterTargets. */
export const RegisterTargets = operation<RegisterTargetsInput, object, TargetGroupRow>(
  RegisterTargets$,
  {
    resolve: ({ TargetGroupArn }, ctx) => rowOf(ctx, targetGroups, TargetGroupArn, noTargetGroup),
    access: (_input, _ctx, row) => accessTo(row),
    async handle({ Targets = [] }, ctx, group) {
      const table = ctx.store.table(targets)
      const known = await allOf(ctx, targets, { index: 'group', equals: group.arn })
      if (group.targetType === 'lambda' && known.length + Targets.length > 1) {
        throw invalid('A target group of type lambda can have one target only')
      }
      if (known.length + Targets.length > maxTargets) {
        throw invalid(`A target group can have at most ${maxTargets} targets`)
      }
      for (const each of Targets) {
        const target = { ...rowFor(group, each), registeredAt: ctx.now.toISOString() }
        checkTarget(ctx, group, target)
        const key = targetKey(target)
        const before = await table.get(key)
        if (before && before.drainsUntil === undefined) continue
        ctx.schedule.cancel(drainedJob, key)
        table.put(key, target)
      }
      changed(ctx)
      return {}
    },
  },
)

/** DeregisterTargets: they get no more requests, and have a while to finish what they have begun. */
export const DeregisterTargets = operation<DeregisterTargetsInput, object, TargetGroupRow>(
  DeregisterTargets$,
  {
    resolve: ({ TargetGroupArn }, ctx) => rowOf(ctx, targetGroups, TargetGroupArn, noTargetGroup),
    access: (_input, _ctx, row) => accessTo(row),
    async handle({ Targets = [] }, ctx, group) {
      const known = await allOf(ctx, targets, { index: 'group', equals: group.arn })
      const delay = attributeOf(
        targetGroupAttributes,
        group.attributes,
        'deregistration_delay.timeout_seconds',
      )
      const until = new Date(ctx.now.getTime() + Number(delay) * 1000)
      for (const { Id, Port } of Targets) {
        const gone = known.filter(
          ({ id, port }) => id === Id && (Port === undefined || port === Port),
        )
        if (gone.length === 0) {
          throw wrongTarget(`The following targets are not registered: '${Id}'`)
        }
        for (const target of gone) drain(ctx, group, target, until)
      }
      changed(ctx)
      return {}
    },
  },
)

function drain(ctx: Context, group: TargetGroupRow, target: TargetRow, until: Date): void {
  const table = ctx.store.table(targets)
  const key = targetKey(target)
  if (target.drainsUntil !== undefined) return
  if (until <= ctx.now || group.targetType === 'lambda') table.delete(key)
  else {
    table.put(key, { ...target, drainsUntil: until.toISOString() })
    ctx.schedule.at(drainedJob, key, until)
  }
}

/** Lets a target go whose time to finish is over. */
export const drainedJob: Job = {
  name: 'elasticloadbalancing.drained',
  async run(ctx, key) {
    const table = ctx.store.table(targets)
    const row = await table.get(key)
    if (row?.drainsUntil === undefined) return
    table.delete(key)
    changed(ctx)
  },
}

/** DescribeTargetHealth. */
export const DescribeTargetHealth = operation<
  DescribeTargetHealthInput,
  DescribeTargetHealthOutput,
  TargetGroupRow
>(DescribeTargetHealth$, {
  resolve: ({ TargetGroupArn }, ctx) => rowOf(ctx, targetGroups, TargetGroupArn, noTargetGroup),
  access: () => ({ resource: '*' }),
  async handle({ Targets }, ctx, group) {
    const known = await allOf(ctx, targets, { index: 'group', equals: group.arn })
    const isUsed = (await usersOfGroups(ctx)).has(group.arn)
    const show = (row: TargetRow) => healthOut(ctx, group, row, isUsed)
    if (!Targets?.length) return { TargetHealthDescriptions: known.map(show) }
    return {
      TargetHealthDescriptions: Targets.map((asked) => {
        const { id, port } = rowFor(group, asked)
        const row = known.find((each) => each.id === id && each.port === port)
        if (row) return show(row)
        const Description = 'Target is not registered to the target group'
        return {
          Target: { Id: id, ...(port > 0 && { Port: port }) },
          TargetHealth: { State: 'unused', Reason: 'Target.NotRegistered', Description },
        }
      }),
    }
  },
})

function healthOut(
  ctx: Context,
  group: TargetGroupRow,
  row: TargetRow,
  isUsed: boolean,
): TargetHealthDescription {
  const { id, port, zone } = row
  const checkPort =
    group.healthCheck.port === 'traffic-port' ? String(port) : group.healthCheck.port
  return {
    Target: {
      Id: id,
      ...(port > 0 && { Port: port }),
      ...(zone !== undefined && { AvailabilityZone: zone }),
    },
    ...(port > 0 && { HealthCheckPort: checkPort }),
    TargetHealth: stateOf(ctx, group, row, isUsed),
  }
}

function stateOf(
  ctx: Context,
  group: TargetGroupRow,
  row: TargetRow,
  isUsed: boolean,
): TargetHealthDescription['TargetHealth'] {
  if (row.drainsUntil !== undefined) {
    return {
      State: 'draining',
      Reason: 'Target.DeregistrationInProgress',
      Description: 'Target deregistration is in progress',
    }
  }
  if (!isUsed) {
    return {
      State: 'unused',
      Reason: 'Target.NotInUse',
      Description: 'Target group is not configured to receive traffic from the load balancer',
    }
  }
  if (group.targetType === 'lambda') {
    return {
      State: 'unavailable',
      Reason: 'Target.HealthCheckDisabled',
      Description: 'Health checks are not enabled for this target',
    }
  }
  return ctx.runtime(plane).healthOf(targetKey(row))
}
