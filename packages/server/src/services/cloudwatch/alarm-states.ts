import type { Context } from '../../kernel/context.ts'
import { alarmArn } from './alarm-arns.ts'
import { noteHistory } from './alarm-history.ts'
import { compileAlarmRule } from './alarm-rule.ts'
import type { AlarmState } from './alarm-rule.ts'
import { alarms } from './alarm-store.ts'
import type { AlarmRow, CompositeAlarmRow, StateFacts } from './alarm-store.ts'
import { suppressionOf, suppressorChanged, takeActions } from './alarm-suppression.ts'
import { eventState, metricConfiguration } from './alarm-views.ts'

/** A new state with its reasons. */
export type NewState = Pick<StateFacts, 'value' | 'reason' | 'reasonData'>

/** Composite alarms may watch composite alarms; AWS refuses cycles, and this ends them. */
const deepest = 20

/** Puts an alarm into a state: history, event, actions, and the composite alarms above it. */
export async function changeState(
  ctx: Context,
  alarm: AlarmRow,
  next: NewState,
  depth = 0,
): Promise<AlarmRow> {
  const now = ctx.now.toISOString()
  const isChange = next.value !== alarm.state.value
  const state: StateFacts = {
    value: next.value,
    reason: next.reason,
    ...(next.reasonData !== undefined && { reasonData: next.reasonData }),
    updatedAt: now,
    transitionedAt: isChange ? now : alarm.state.transitionedAt,
  }
  const changed = await withState(ctx, alarm, state, isChange)
  ctx.store.table(alarms).put(alarm.name, changed)
  if (!isChange) return changed
  announce(ctx, alarm, changed)
  const isHeld = changed.type === 'CompositeAlarm' && changed.suppression !== undefined
  if (!isHeld) takeActions(ctx, changed, alarm.state)
  await suppressorChanged(ctx, changed)
  if (depth < deepest) await wakeParents(ctx, changed, depth)
  return changed
}

async function withState(
  ctx: Context,
  alarm: AlarmRow,
  state: StateFacts,
  isChange: boolean,
): Promise<AlarmRow> {
  if (alarm.type === 'MetricAlarm' || !isChange) return { ...alarm, state }
  const { suppression: _before, ...rest } = alarm
  const changed = { ...rest, state }
  const suppression = await suppressionOf(ctx, changed, alarm.state)
  return suppression ? { ...changed, suppression } : changed
}

function announce(ctx: Context, before: AlarmRow, after: AlarmRow): void {
  noteHistory(ctx, after, {
    type: 'StateUpdate',
    summary: `Alarm updated from ${before.state.value} to ${after.state.value}`,
    data: { oldState: historyState(before.state), newState: historyState(after.state) },
  })
  ctx.emit({
    source: 'aws.cloudwatch',
    detailType: 'CloudWatch Alarm State Change',
    resources: [alarmArn(ctx, after.name)],
    detail: {
      alarmName: after.name,
      configuration: {
        ...(after.type === 'MetricAlarm'
          ? { metrics: metricConfiguration(after) }
          : { alarmRule: after.rule }),
        ...(after.description !== undefined && { description: after.description }),
      },
      previousState: eventState(before.state),
      state: eventState(after.state),
    },
  })
}

function historyState({ value, reason, reasonData }: StateFacts): object {
  const data = reasonData === undefined ? undefined : (JSON.parse(reasonData) as unknown)
  return { stateValue: value, stateReason: reason, stateReasonData: data }
}

async function wakeParents(ctx: Context, child: AlarmRow, depth: number): Promise<void> {
  const query = { index: 'child', equals: child.name }
  for (const { value } of await ctx.store.table(alarms).list(query)) {
    if (value.type === 'CompositeAlarm') await evaluateComposite(ctx, value, child, depth + 1)
  }
}

/** Decides a composite alarm by the states of its alarms as they are now. */
export async function evaluateComposite(
  ctx: Context,
  alarm: CompositeAlarmRow,
  cause?: AlarmRow,
  depth = 0,
): Promise<AlarmRow> {
  const rule = compileAlarmRule(alarm.rule)
  const states = new Map<string, AlarmState>()
  for (const name of rule.alarms) {
    const row = await ctx.store.table(alarms).get(name)
    if (row) states.set(name, row.state.value)
  }
  const value = rule.holds((name) => states.get(name)) ? 'ALARM' : 'OK'
  if (value === alarm.state.value) return alarm
  const reason = cause
    ? `${alarmArn(ctx, cause.name)} transitioned to ${cause.state.value} at ${longTime(ctx.now)}`
    : `${alarmArn(ctx, alarm.name)} was created and its alarm rule evaluates to ${value}`
  const reasonData = JSON.stringify({
    triggeringAlarms: cause
      ? [
          {
            arn: alarmArn(ctx, cause.name),
            state: { value: cause.state.value, timestamp: cause.state.updatedAt },
          },
        ]
      : [],
  })
  return changeState(ctx, alarm, { value, reason, reasonData }, depth)
}

const longForm = new Intl.DateTimeFormat('en-GB', {
  weekday: 'long',
  day: '2-digit',
  month: 'long',
  year: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  timeZone: 'UTC',
})

/** `Friday 18 November, 2022 00:00:20 UTC`. */
function longTime(time: Date): string {
  const parts = new Map(longForm.formatToParts(time).map(({ type, value }) => [type, value]))
  const part = (name: Intl.DateTimeFormatPartTypes): string => parts.get(name) ?? ''
  return `${part('weekday')} ${part('day')} ${part('month')}, ${part('year')} ${part('hour')}:${part('minute')}:${part('second')} UTC`
}
