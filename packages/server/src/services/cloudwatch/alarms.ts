import {
  DeleteAlarms$,
  DescribeAlarms$,
  DescribeAlarmsForMetric$,
  DisableAlarmActions$,
  EnableAlarmActions$,
  InvalidFormatFault$,
  SetAlarmState$,
} from '@aws-sdk/client-cloudwatch'
import type {
  DeleteAlarmsInput,
  DescribeAlarmsForMetricInput,
  DescribeAlarmsForMetricOutput,
  DescribeAlarmsInput,
  DescribeAlarmsOutput,
  DisableAlarmActionsInput,
  EnableAlarmActionsInput,
  SetAlarmStateInput,
} from '@aws-sdk/client-cloudwatch'
import type { Context } from '../../kernel/context.ts'
import { awsError } from '../../kernel/errors.ts'
import { isJson } from '../../kernel/json-text.ts'
import { operation } from '../../kernel/service.ts'
import type { Access } from '../../kernel/service.ts'
import { alarmAccess, alarmArn } from './alarm-arns.ts'
import { noteHistory } from './alarm-history.ts'
import { changeState } from './alarm-states.ts'
import { alarms } from './alarm-store.ts'
import type { AlarmRow } from './alarm-store.ts'
import { compositeAlarmOut, metricAlarmOut } from './alarm-views.ts'
import { evaluateJobName, scheduleEvaluation } from './alarm-waking.ts'
import { alarmNotFound, validation } from './errors.ts'
import { metricId } from './metric-store.ts'
import { pageOf } from './paging.ts'
import { countAlarms } from './put-alarms.ts'
import { identityOf } from './queries.ts'

const defaultRecords = 50

type Found = ReadonlyMap<string, AlarmRow>

/** The alarms of these names that there are. */
async function named(ctx: Context, names: readonly string[] | undefined): Promise<Found> {
  const found = new Map<string, AlarmRow>()
  for (const name of names ?? []) {
    const alarm = await ctx.store.table(alarms).get(name)
    if (alarm) found.set(name, alarm)
  }
  return found
}

function accessToAll(ctx: Context, names: readonly string[] | undefined, found: Found): Access[] {
  return (names ?? []).map((name) => alarmAccess(ctx, name, found.get(name)))
}

/** Which alarms a listing wants, besides their names. */
function wanted(input: DescribeAlarmsInput, related: ReadonlySet<string> | undefined) {
  // Without types only metric alarms are shown, as on AWS.
  const types: readonly string[] = input.AlarmTypes ?? ['MetricAlarm']
  const { StateValue, ActionPrefix, ParentsOfAlarmName: ofChild } = input
  return (alarm: AlarmRow): boolean => {
    const actions = [...alarm.okActions, ...alarm.alarmActions, ...alarm.insufficientDataActions]
    return (
      (types.includes(alarm.type) || related !== undefined || ofChild !== undefined) &&
      (StateValue === undefined || alarm.state.value === StateValue) &&
      (ActionPrefix === undefined || actions.some((arn) => arn.startsWith(ActionPrefix))) &&
      (related === undefined || related.has(alarm.name)) &&
      (ofChild === undefined ||
        (alarm.type === 'CompositeAlarm' && alarm.children.includes(ofChild)))
    )
  }
}

async function childrenOf(ctx: Context, name: string): Promise<ReadonlySet<string>> {
  const parent = await ctx.store.table(alarms).get(name)
  if (parent?.type !== 'CompositeAlarm') throw alarmNotFound()
  return new Set(parent.children)
}

/** DescribeAlarms. */
export const DescribeAlarms = operation<DescribeAlarmsInput, DescribeAlarmsOutput>(
  DescribeAlarms$,
  {
    access: (_input, ctx) => ({ resource: alarmArn(ctx, '*') }),
    async handle(input, ctx) {
      const { AlarmNames, AlarmNamePrefix: prefix, ChildrenOfAlarmName: parent } = input
      if (AlarmNames && AlarmNames.length > 0 && prefix !== undefined) {
        throw validation('AlarmNamePrefix and AlarmNames are mutually exclusive.')
      }
      const keep = wanted(input, parent === undefined ? undefined : await childrenOf(ctx, parent))
      const { items, ...page } =
        AlarmNames && AlarmNames.length > 0
          ? { items: [...(await named(ctx, AlarmNames)).values()].filter(keep) }
          : await pageOf(
              ctx,
              {
                name: JSON.stringify([prefix, input.AlarmTypes, input.StateValue, parent]),
                limit: input.MaxRecords ?? defaultRecords,
                keep,
                fetch: (query) =>
                  ctx.store
                    .table(alarms)
                    .list({ ...query, ...(prefix !== undefined && { prefix }) }),
              },
              input.NextToken,
            )
      return {
        MetricAlarms: items.flatMap((alarm) =>
          alarm.type === 'MetricAlarm' ? [metricAlarmOut(ctx, alarm)] : [],
        ),
        CompositeAlarms: items.flatMap((alarm) =>
          alarm.type === 'CompositeAlarm' ? [compositeAlarmOut(ctx, alarm)] : [],
        ),
        ...page,
      }
    },
  },
)

/** DescribeAlarmsForMetric: metric math alarms are not among them, as on AWS. */
export const DescribeAlarmsForMetric = operation<
  DescribeAlarmsForMetricInput,
  DescribeAlarmsForMetricOutput
>(DescribeAlarmsForMetric$, {
  access: () => ({ resource: '*' }),
  async handle(input, ctx) {
    const equals = metricId(identityOf(input))
    const rows = await ctx.store.table(alarms).list({ index: 'metric', equals })
    const stat = input.Statistic ?? input.ExtendedStatistic
    const found = rows.flatMap(({ value }) => {
      if (value.type !== 'MetricAlarm' || value.isMath) return []
      const own = value.queries[0]?.MetricStat
      const fits =
        (stat === undefined || own?.Stat === stat) &&
        (input.Period === undefined || own?.Period === input.Period) &&
        (input.Unit === undefined || own?.Unit === input.Unit)
      return fits ? [metricAlarmOut(ctx, value)] : []
    })
    return { MetricAlarms: found }
  },
})

/** DeleteAlarms: all or none; a composite alarm cannot lose an alarm that it watches. */
export const DeleteAlarms = operation<DeleteAlarmsInput, object, Found>(DeleteAlarms$, {
  resolve: (input, ctx) => named(ctx, input.AlarmNames),
  access: (input, ctx, found) => accessToAll(ctx, input.AlarmNames, found),
  async handle(input, ctx, found) {
    const names = new Set(input.AlarmNames ?? [])
    if (found.size < names.size) throw alarmNotFound()
    for (const alarm of found.values()) {
      const parents = await ctx.store.table(alarms).list({ index: 'child', equals: alarm.name })
      const parent = parents.find(({ key }) => !names.has(key))
      if (parent) {
        throw validation(
          `Cannot delete ${alarm.name} as there are composite alarm(s) depending on it.`,
        )
      }
      ctx.store.table(alarms).delete(alarm.name)
      if (alarm.type === 'MetricAlarm') {
        await countAlarms(ctx, -1)
        ctx.schedule.cancel(evaluateJobName, alarm.name)
      }
      noteHistory(ctx, alarm, {
        type: 'ConfigurationUpdate',
        summary: `Alarm "${alarm.name}" deleted`,
        data: { type: 'Delete', deletedAlarm: { alarmName: alarm.name } },
      })
    }
    return {}
  },
})

function setActions(ctx: Context, found: Found, actionsEnabled: boolean): object {
  for (const alarm of found.values()) {
    if (alarm.actionsEnabled === actionsEnabled) continue
    ctx.store.table(alarms).put(alarm.name, { ...alarm, actionsEnabled })
  }
  return {}
}

/** EnableAlarmActions; names that do not exist are passed over. */
export const EnableAlarmActions = operation<EnableAlarmActionsInput, object, Found>(
  EnableAlarmActions$,
  {
    resolve: (input, ctx) => named(ctx, input.AlarmNames),
    access: (input, ctx, found) => accessToAll(ctx, input.AlarmNames, found),
    handle: (_input, ctx, found) => setActions(ctx, found, true),
  },
)

/** DisableAlarmActions; names that do not exist are passed over. */
export const DisableAlarmActions = operation<DisableAlarmActionsInput, object, Found>(
  DisableAlarmActions$,
  {
    resolve: (input, ctx) => named(ctx, input.AlarmNames),
    access: (input, ctx, found) => accessToAll(ctx, input.AlarmNames, found),
    handle: (_input, ctx, found) => setActions(ctx, found, false),
  },
)

/** SetAlarmState: until the next evaluation, with all the consequences of the state. */
export const SetAlarmState = operation<SetAlarmStateInput, object, AlarmRow | undefined>(
  SetAlarmState$,
  {
    resolve: (input, ctx) => ctx.store.table(alarms).get(input.AlarmName ?? ''),
    access: (input, ctx, alarm) => alarmAccess(ctx, input.AlarmName ?? '', alarm),
    async handle(input, ctx, alarm) {
      if (!alarm) throw alarmNotFound()
      const { StateReasonData: data, StateReason: reason = '', StateValue: value } = input
      if (data !== undefined && !isJson(data)) throw awsError(InvalidFormatFault$, 'Unknown')
      const next = { value: value ?? 'OK', reason, ...(data !== undefined && { reasonData: data }) }
      const changed = await changeState(ctx, alarm, next)
      if (changed.type === 'MetricAlarm') scheduleEvaluation(ctx, changed)
      return {}
    },
  },
)
