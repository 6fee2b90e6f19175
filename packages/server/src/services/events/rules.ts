import {
  DeleteRule$,
  DescribeRule$,
  DisableRule$,
  EnableRule$,
  ListRules$,
  PutRule$,
} from '@aws-sdk/client-eventbridge'
import type {
  DeleteRuleRequest,
  DescribeRuleRequest,
  DescribeRuleResponse,
  DisableRuleRequest,
  EnableRuleRequest,
  ListRulesRequest,
  ListRulesResponse,
  PutRuleRequest,
  PutRuleResponse,
  Rule,
  RuleState,
} from '@aws-sdk/client-eventbridge'
import type { Context } from '../../kernel/context.ts'
import { operation } from '../../kernel/service.ts'
import type { Access } from '../../kernel/service.ts'
import { requestTagConditions } from '../../kernel/tag-conditions.ts'
import { ruleArn } from './arns.ts'
import {
  busAccess,
  defaultBus,
  findBus,
  lookUpRule,
  passRole,
  ruleAccess,
  ruleKey,
} from './bus-reference.ts'
import type { BusSubject, RuleSubject } from './bus-reference.ts'
import { limitExceeded, managedRule, noBus, notFound, readPattern, validation } from './errors.ts'
import { byName, pageOf } from './paging.ts'
import { patternConditions } from './pattern-conditions.ts'
import { rulesChanged } from './rule-set.ts'
import { readSchedule } from './schedule-expression.ts'
import { cancelSchedule, scheduleRule } from './schedules.ts'
import { rules } from './store.ts'
import type { RuleRow } from './store.ts'
import { mergeTags } from './tagging.ts'

/** Rules of a bus, and bytes of a pattern (EventBridge User Guide, "Quotas"). */
const maxRules = 300
const maxPatternBytes = 2048

/** The refusal of a rule that does not exist. */
export const noRule = ({ name, bus }: RuleSubject) =>
  notFound(`Rule ${name} does not exist on EventBus ${bus.name}.`)

/** The rule of an operation that wants it to be there. */
export function existing(subject: RuleSubject): RuleRow {
  if (!subject.bus.exists) throw noBus(subject.bus.name)
  if (!subject.rule) throw noRule(subject)
  return subject.rule
}

/** Refuses to touch what a service keeps for itself. */
export function refuseManaged({ name, managedBy }: RuleRow, force = false): void {
  if (managedBy !== undefined && !force) {
    throw managedRule(
      `Rule ${name} is managed by ${managedBy}; it can be changed only by that service, or deleted with Force.`,
    )
  }
}

function checkRule({ Name = '', EventPattern, ScheduleExpression }: PutRuleRequest): void {
  if (!EventPattern && !ScheduleExpression) {
    throw validation('Parameter(s) EventPattern or ScheduleExpression must be specified.')
  }
  if (ScheduleExpression && !readSchedule(ScheduleExpression)) {
    throw validation('Parameter ScheduleExpression is not valid.')
  }
  if (!EventPattern) return
  readPattern(EventPattern)
  if (Buffer.byteLength(EventPattern) > maxPatternBytes) {
    throw validation(`Parameter EventPattern for rule ${Name} exceeds limit of ${maxPatternBytes}.`)
  }
}

function putAccess(input: PutRuleRequest, subject: RuleSubject): Access[] {
  const conditions = {
    ...patternConditions(input.EventPattern),
    ...requestTagConditions(input.Tags),
  }
  const put = ruleAccess(subject, conditions)
  const tag = input.Tags?.length && !subject.rule ? [{ ...put, action: 'events:TagResource' }] : []
  return [put, ...tag, ...(input.RoleArn ? [passRole(input.RoleArn)] : [])]
}

/** PutRule: makes a rule or replaces all of it but its targets and tags. */
export const PutRule = operation<PutRuleRequest, PutRuleResponse, RuleSubject>(PutRule$, {
  check: checkRule,
  resolve: (input, ctx) => lookUpRule(ctx, input.Name ?? '', input.EventBusName),
  access: (input, _ctx, subject) => putAccess(input, subject),
  async handle(input, ctx, subject) {
    const { bus, rule: known } = subject
    if (!bus.exists) throw noBus(bus.name)
    if (known) refuseManaged(known)
    if (input.ScheduleExpression && bus.name !== defaultBus) {
      throw validation('ScheduleExpression is supported only on the default event bus.')
    }
    if (!known) await checkRoom(bus)
    const rule = newRule(input, ctx, subject)
    await putRule(ctx, bus, rule)
    return { RuleArn: rule.arn }
  },
})

async function checkRoom({ name, tables }: BusSubject): Promise<void> {
  const rows = await tables.table(rules).list({ prefix: `${name}|` })
  if (rows.length >= maxRules) throw limitExceeded()
}

function newRule(input: PutRuleRequest, ctx: Context, { bus, name, rule: known }: RuleSubject) {
  const { EventPattern, ScheduleExpression, Description, RoleArn, State, Tags } = input
  const since = known?.schedule === ScheduleExpression ? known?.scheduledSince : undefined
  const rule: RuleRow = {
    name,
    bus: bus.name,
    arn: ruleArn(bus, bus.name, name),
    createdAt: known?.createdAt ?? ctx.now.toISOString(),
    createdBy: known?.createdBy ?? ctx.account,
    state: State ?? 'ENABLED',
    ...(EventPattern && { pattern: EventPattern }),
    ...(ScheduleExpression && {
      schedule: ScheduleExpression,
      scheduledSince: since ?? ctx.now.toISOString(),
    }),
    ...(Description && { description: Description }),
    ...(RoleArn && { roleArn: RoleArn }),
    targets: known?.targets ?? [],
    // Tags given with an update are ignored (API reference of PutRule).
    tags: known?.tags ?? mergeTags([], Tags),
  }
  return rule
}

/** Writes a rule and what depends on it. */
export async function putRule(ctx: Context, bus: BusSubject, rule: RuleRow): Promise<void> {
  bus.tables.table(rules).put(ruleKey(bus.name, rule.name), rule)
  await rulesChanged(bus.tables, bus.name, ctx.ids)
  scheduleRule(ctx, bus, rule)
}

/** DeleteRule: not one that has targets; one that is not there is as good as deleted. */
export const DeleteRule = operation<DeleteRuleRequest, object, RuleSubject>(DeleteRule$, {
  resolve: (input, ctx) => lookUpRule(ctx, input.Name ?? '', input.EventBusName),
  access: (_input, _ctx, subject) => ruleAccess(subject),
  async handle(input, ctx, { bus, rule }) {
    if (!rule) return {}
    refuseManaged(rule, input.Force)
    if (rule.targets.length > 0) throw validation("Rule can't be deleted since it has targets.")
    await removeRule(ctx, bus, rule)
    return {}
  },
})

/** Takes a rule away with what depends on it. */
export async function removeRule(ctx: Context, bus: BusSubject, rule: RuleRow): Promise<void> {
  bus.tables.table(rules).delete(ruleKey(bus.name, rule.name))
  await rulesChanged(bus.tables, bus.name, ctx.ids)
  cancelSchedule(ctx, bus, rule)
}

/** A rule as ListRules shows it. */
function ruleOut(rule: RuleRow): Rule {
  return {
    Name: rule.name,
    Arn: rule.arn,
    ...(rule.pattern !== undefined && { EventPattern: rule.pattern }),
    State: rule.state,
    ...(rule.description !== undefined && { Description: rule.description }),
    ...(rule.schedule !== undefined && { ScheduleExpression: rule.schedule }),
    ...(rule.roleArn !== undefined && { RoleArn: rule.roleArn }),
    ...(rule.managedBy !== undefined && { ManagedBy: rule.managedBy }),
    EventBusName: rule.bus,
  }
}

/** DescribeRule: a rule without its targets. */
export const DescribeRule = operation<DescribeRuleRequest, DescribeRuleResponse, RuleSubject>(
  DescribeRule$,
  {
    resolve: (input, ctx) => lookUpRule(ctx, input.Name ?? '', input.EventBusName),
    access: (_input, _ctx, subject) => ruleAccess(subject),
    handle(_input, _ctx, subject) {
      const rule = existing(subject)
      return { ...ruleOut(rule), CreatedBy: rule.createdBy }
    },
  },
)

/** ListRules: the rules of a bus. */
export const ListRules = operation<ListRulesRequest, ListRulesResponse, BusSubject>(ListRules$, {
  resolve: (input, ctx) => findBus(ctx, input.EventBusName),
  access: (_input, _ctx, bus) => busAccess(bus, { resource: ruleArn(bus, bus.name, '*') }),
  async handle(input, ctx, bus) {
    const rows = await bus.tables.table(rules).list({ prefix: `${bus.name}|` })
    const { page, ...next } = pageOf(ctx, input, byName(rows, input.NamePrefix))
    return { Rules: page.map(ruleOut), ...next }
  },
})

async function setState(ctx: Context, subject: RuleSubject, state: RuleState): Promise<object> {
  const rule = existing(subject)
  refuseManaged(rule)
  const wasOff = rule.state === 'DISABLED' && state === 'ENABLED'
  const next = { ...rule, state }
  await putRule(
    ctx,
    subject.bus,
    wasOff && rule.schedule ? { ...next, scheduledSince: ctx.now.toISOString() } : next,
  )
  return {}
}

/** EnableRule. */
export const EnableRule = operation<EnableRuleRequest, object, RuleSubject>(EnableRule$, {
  resolve: (input, ctx) => lookUpRule(ctx, input.Name ?? '', input.EventBusName),
  access: (_input, _ctx, subject) => ruleAccess(subject),
  handle: (_input, ctx, subject) => setState(ctx, subject, 'ENABLED'),
})

/** DisableRule. */
export const DisableRule = operation<DisableRuleRequest, object, RuleSubject>(DisableRule$, {
  resolve: (input, ctx) => lookUpRule(ctx, input.Name ?? '', input.EventBusName),
  access: (_input, _ctx, subject) => ruleAccess(subject),
  handle: (_input, ctx, subject) => setState(ctx, subject, 'DISABLED'),
})
