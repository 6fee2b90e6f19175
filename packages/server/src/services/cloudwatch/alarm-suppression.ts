import type { Context } from '../../kernel/context.ts'
import type { Job } from '../../kernel/jobs.ts'
import { actTask } from './alarm-actions.ts'
import { alarms } from './alarm-store.ts'
import type { AlarmRow, CompositeAlarmRow, StateFacts, Suppression } from './alarm-store.ts'

/** Takes the actions of an alarm's state, unless they are disabled. */
export function takeActions(ctx: Context, alarm: AlarmRow, previous: StateFacts): void {
  if (!alarm.actionsEnabled) return
  for (const action of actionsFor(alarm)) {
    ctx.enqueue(actTask, { alarm: alarm.name, action, state: alarm.state, previous })
  }
}

function actionsFor(alarm: AlarmRow): readonly string[] {
  const { value } = alarm.state
  if (value === 'OK') return alarm.okActions
  return value === 'ALARM' ? alarm.alarmActions : alarm.insufficientDataActions
}

/** Ends the wait or extension period of a composite alarm: its actions are taken after all. */
export const unsuppressJob: Job = {
  name: 'cloudwatch.unsuppress',
  async run(ctx, name) {
    const alarm = await ctx.store.table(alarms).get(name)
    if (alarm?.type !== 'CompositeAlarm' || !alarm.suppression) return
    if (alarm.suppression.by !== 'Alarm') release(ctx, alarm, alarm.suppression)
  },
}

function release(ctx: Context, alarm: CompositeAlarmRow, { previous }: Suppression): void {
  const { suppression: _over, ...free } = alarm
  ctx.store.table(alarms).put(alarm.name, free)
  takeActions(ctx, free, previous)
}

/**
 * Why an alarm that changes its state takes no actions now: its suppressor is in alarm, or may still
 * go there (https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-suppression.html).
 */
export async function suppressionOf(
  ctx: Context,
  alarm: AlarmRow,
  previous: StateFacts,
): Promise<Suppression | undefined> {
  if (alarm.type === 'MetricAlarm' || !alarm.suppressor) return undefined
  const { alarm: name, waitSeconds } = alarm.suppressor
  const suppressor = await ctx.store.table(alarms).get(name)
  if (suppressor?.state.value === 'ALARM') return byAlarm(name, previous)
  if (alarm.state.value !== 'ALARM' || waitSeconds === 0) return undefined
  schedule(ctx, alarm, waitSeconds)
  return { by: 'WaitPeriod', reason: `Waiting for ${name} to go into ALARM`, previous }
}

function byAlarm(name: string, previous: StateFacts): Suppression {
  return { by: 'Alarm', reason: `Actions suppressed by ${name}`, previous }
}

function schedule(ctx: Context, alarm: CompositeAlarmRow, seconds: number): void {
  ctx.schedule.at(unsuppressJob, alarm.name, new Date(ctx.now.getTime() + seconds * 1000))
}

/** A suppressor went into alarm, or out of it. */
export async function suppressorChanged(ctx: Context, suppressor: AlarmRow): Promise<void> {
  const view = ctx.store.table(alarms)
  const rows = await view.list({ index: 'suppressor', equals: suppressor.name })
  for (const { value: alarm } of rows) {
    if (alarm.type !== 'CompositeAlarm' || !alarm.suppression || !alarm.suppressor) continue
    const { suppression } = alarm
    if (suppressor.state.value === 'ALARM') {
      const next = byAlarm(suppressor.name, suppression.previous)
      view.put(alarm.name, { ...alarm, suppression: next })
      ctx.schedule.cancel(unsuppressJob, alarm.name)
    } else if (suppression.by === 'Alarm') {
      extend(ctx, alarm, suppression, alarm.suppressor.extensionSeconds)
    }
  }
}

function extend(
  ctx: Context,
  alarm: CompositeAlarmRow,
  suppression: Suppression,
  seconds: number,
): void {
  if (seconds === 0) return release(ctx, alarm, suppression)
  const reason = `${alarm.suppressor?.alarm} went out of ALARM`
  const next: Suppression = { ...suppression, by: 'ExtensionPeriod', reason }
  ctx.store.table(alarms).put(alarm.name, { ...alarm, suppression: next })
  schedule(ctx, alarm, seconds)
}
