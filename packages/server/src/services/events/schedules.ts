import type { Context } from '../../kernel/context.ts'
import type { Job } from '../../kernel/jobs.ts'
import type { BusSubject } from './bus-reference.ts'
import { ruleKey } from './bus-reference.ts'
import { Departures } from './delivery/departures.ts'
import { readSchedule } from './schedule-expression.ts'
import { rules } from './store.ts'
import type { RuleRow } from './store.ts'

/** Fires a scheduled rule at its due time, and sets the next one: each due time fires once. */
export const fireJob: Job = {
  name: 'events.fire',
  async run(ctx, subject) {
    const rule = await ctx.store.table(rules).get(subject)
    if (!rule || rule.state === 'DISABLED' || rule.schedule === undefined) return
    scheduleNext(ctx, rule, { account: ctx.account, region: ctx.region })
    const departures = new Departures(ctx)
    departures.add(rule, scheduledEvent(ctx, rule))
    departures.enqueue()
  },
}

function scheduledEvent(ctx: Context, rule: RuleRow) {
  return {
    version: '0',
    id: ctx.ids.uuid(),
    'detail-type': 'Scheduled Event',
    source: 'aws.events',
    account: ctx.account,
    time: `${ctx.now.toISOString().slice(0, 19)}Z`,
    region: ctx.region,
    resources: [rule.arn],
    detail: {},
  } as const
}

/** Sets when a rule fires next, or that it does not. */
export function scheduleRule(ctx: Context, bus: BusSubject, rule: RuleRow): void {
  if (rule.schedule === undefined || rule.state === 'DISABLED') cancelSchedule(ctx, bus, rule)
  else scheduleNext(ctx, rule, bus)
}

/** Forgets when a rule is to fire. */
export function cancelSchedule(ctx: Context, bus: BusSubject, rule: RuleRow): void {
  const { account, region } = bus
  ctx.schedule.cancel(fireJob, ruleKey(rule.bus, rule.name), { account, region })
}

function scheduleNext(
  ctx: Context,
  rule: RuleRow,
  { account, region }: { account: string; region: string },
): void {
  const since = new Date(rule.scheduledSince ?? rule.createdAt)
  const due = readSchedule(rule.schedule ?? '')?.next(ctx.now, since)
  const key = ruleKey(rule.bus, rule.name)
  if (due) ctx.schedule.at(fireJob, key, due, { account, region })
  else ctx.schedule.cancel(fireJob, key, { account, region })
}
