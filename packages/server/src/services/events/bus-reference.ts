import { compilePolicy } from '@bartizan/policy'
import type { PolicySource } from '@bartizan/policy'
import type { Context, Tables } from '../../kernel/context.ts'
import type { Access } from '../../kernel/service.ts'
import { resourceTagConditions } from '../../kernel/tag-conditions.ts'
import { arnOf, arnParts, ruleArn } from './arns.ts'
import type { Place } from './arns.ts'
import { noBus, validation } from './errors.ts'
import { buses, rules } from './store.ts'
import type { BusRow, RuleRow } from './store.ts'

/** A bus that a request names, with the tables of its account and Region. */
export interface BusSubject extends Place {
  readonly name: string
  readonly arn: string
  /** Missing for a default bus that nothing was set for. */
  readonly row: BusRow | undefined
  readonly exists: boolean
  readonly tables: Tables
}

/** The name of the bus that every account has in every Region. */
export const defaultBus = 'default'

/** Looks up a bus by name or ARN, whether it exists or not; the default bus always does. */
export async function lookUpBus(ctx: Context, reference = defaultBus): Promise<BusSubject> {
  const parts = reference.startsWith('arn:') ? arnParts(reference) : undefined
  if (reference.startsWith('arn:') && !parts?.resource.startsWith('event-bus/')) {
    throw validation(
      'Parameter EventBusName is not valid. Reason: Provided Arn is not in correct format.',
    )
  }
  const place = parts ?? { account: ctx.account, region: ctx.region }
  const name = parts ? parts.resource.slice('event-bus/'.length) : reference
  const isOwn = place.account === ctx.account && place.region === ctx.region
  const tables = isOwn ? ctx.store : ctx.store.at(place)
  const row = await tables.table(buses).get(name)
  return {
    account: place.account,
    region: place.region,
    name,
    arn: arnOf(place, `event-bus/${name}`),
    row,
    exists: row !== undefined || name === defaultBus,
    tables,
  }
}

/** Finds a bus by name or ARN. */
export async function findBus(ctx: Context, reference?: string): Promise<BusSubject> {
  const bus = await lookUpBus(ctx, reference)
  // Whether another account's bus exists is told only to those whom its policy lets in.
  if (!bus.exists && bus.account === ctx.account) throw noBus(bus.name)
  return bus
}

const compiled = new WeakMap<BusRow, PolicySource>()

function policyOf({ row }: BusSubject): PolicySource | undefined {
  if (row?.policy === undefined) return undefined
  let source = compiled.get(row)
  if (!source) {
    source = { id: row.arn, policy: compilePolicy(row.policy, 'resource') }
    compiled.set(row, source)
  }
  return source
}

/** What a call on a bus, or on something in it, adds to the permission that it needs. */
export interface BusUse {
  readonly action?: string
  readonly resource?: string
  readonly conditions?: NonNullable<Access['conditions']>
}

/** The permission that a call on a bus or on a rule of it needs. */
export function busAccess(bus: BusSubject, use: BusUse = {}): Access {
  const resourcePolicy = policyOf(bus)
  return {
    ...(use.action !== undefined && { action: `events:${use.action}` }),
    resource: use.resource ?? bus.arn,
    resourceAccount: bus.account,
    ...(resourcePolicy && { resourcePolicy }),
    conditions: {
      ...(use.resource === undefined && bus.row && resourceTagConditions(bus.row.tags)),
      ...use.conditions,
    },
  }
}

/** A rule that a request names, with its bus. */
export interface RuleSubject {
  readonly bus: BusSubject
  readonly name: string
  readonly rule: RuleRow | undefined
}

/** The key of a rule's row. */
export function ruleKey(bus: string, name: string): string {
  return `${bus}|${name}`
}

/** Looks up a rule, whether it exists or not, on a bus that does. */
export async function lookUpRule(
  ctx: Context,
  name: string,
  busReference: string | undefined,
): Promise<RuleSubject> {
  const bus = await findBus(ctx, busReference)
  const rule = await bus.tables.table(rules).get(ruleKey(bus.name, name))
  return { bus, name, rule }
}

/** The permission that a call on a rule needs. */
export function ruleAccess(
  { bus, name, rule }: RuleSubject,
  conditions: NonNullable<Access['conditions']> = {},
): Access {
  return busAccess(bus, {
    resource: ruleArn(bus, bus.name, name),
    conditions: {
      ...(rule && resourceTagConditions(rule.tags)),
      ...(rule && { 'events:creatoraccount': rule.createdBy }),
      ...(rule?.managedBy !== undefined && { 'events:managedby': rule.managedBy }),
      ...conditions,
    },
  })
}

/** The permission to hand a role to EventBridge. */
export function passRole(roleArn: string): Access {
  return {
    action: 'iam:PassRole',
    resource: roleArn,
    conditions: { 'iam:passedtoservice': 'events.amazonaws.com' },
  }
}
