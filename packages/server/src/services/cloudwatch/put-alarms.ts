import { PutCompositeAlarm$, PutMetricAlarm$ } from '@aws-sdk/client-cloudwatch'
import type {
  MetricDataQuery,
  PutCompositeAlarmInput,
  PutMetricAlarmInput,
  Tag,
} from '@aws-sdk/client-cloudwatch'
import type { Context } from '../../kernel/context.ts'
import { operation } from '../../kernel/service.ts'
import type { Access } from '../../kernel/service.ts'
import { alarmAccess, alarmArn, tagConditions } from './alarm-arns.ts'
import type { Comparison, MissingData } from './alarm-evaluation.ts'
import { noteHistory } from './alarm-history.ts'
import { AlarmRuleError, compileAlarmRule } from './alarm-rule.ts'
import { evaluateComposite } from './alarm-states.ts'
import { alarmInterest, alarms } from './alarm-store.ts'
import type { AlarmRow, CompositeAlarmRow, MetricAlarmRow, StateFacts } from './alarm-store.ts'
import { scheduleEvaluation } from './alarm-waking.ts'
import { validation } from './errors.ts'
import { metricId } from './metric-store.ts'
import { checkMetricAlarm } from './metric-alarm-rules.ts'
import { identityOf } from './queries.ts'
import { tagMap } from './tagging.ts'

const maxActions = 5

/** What both kinds of alarms are put with. */
type CommonInput = Pick<
  PutMetricAlarmInput,
  | 'AlarmName'
  | 'AlarmDescription'
  | 'ActionsEnabled'
  | 'OKActions'
  | 'AlarmActions'
  | 'InsufficientDataActions'
  | 'Tags'
>

function checkActions(input: CommonInput): void {
  for (const actions of [input.OKActions, input.AlarmActions, input.InsufficientDataActions]) {
    if ((actions?.length ?? 0) > maxActions) {
      throw validation(`An alarm can have at most ${maxActions} actions for a state.`)
    }
    for (const arn of actions ?? []) {
      if (!/^arn:[a-z-]+:[a-z0-9-]+:[a-z0-9-]*:[^:]*:.+$/.test(arn)) {
        throw validation(`Invalid arn syntax: ${arn}`)
      }
    }
  }
}

function putAccess(ctx: Context, input: CommonInput, alarm: AlarmRow | undefined): Access[] {
  const tags = tagMap(input.Tags)
  const access = alarmAccess(ctx, input.AlarmName ?? '', alarm)
  const conditions = {
    ...access.conditions,
    ...tagConditions('requesttag', tags),
    'cloudwatch:alarmactions': [
      ...(input.AlarmActions ?? []),
      ...(input.OKActions ?? []),
      ...(input.InsufficientDataActions ?? []),
    ],
  }
  const put = { ...access, conditions }
  if (alarm || Object.keys(tags).length === 0) return [put]
  return [put, { ...put, action: 'cloudwatch:TagResource' }]
}

/** What an alarm takes over from the request, and from its former self. */
function common(ctx: Context, input: CommonInput, existing: AlarmRow | undefined) {
  const now = ctx.now.toISOString()
  const initial: StateFacts = {
    value: 'INSUFFICIENT_DATA',
    reason: 'Unchecked: Initial alarm creation',
    updatedAt: now,
    transitionedAt: now,
  }
  return {
    name: input.AlarmName ?? '',
    ...(input.AlarmDescription !== undefined && { description: input.AlarmDescription }),
    actionsEnabled: input.ActionsEnabled ?? true,
    okActions: input.OKActions ?? [],
    alarmActions: input.AlarmActions ?? [],
    insufficientDataActions: input.InsufficientDataActions ?? [],
    // On an alarm that exists, tags are only changed by TagResource.
    tags: existing?.tags ?? tagMap(input.Tags as Tag[] | undefined),
    configuredAt: now,
    state: existing?.state ?? initial,
  }
}

function queriesOf(input: PutMetricAlarmInput): readonly MetricDataQuery[] {
  if (input.Metrics && input.Metrics.length > 0) return input.Metrics
  const { Namespace, MetricName, Dimensions = [], Period, Unit } = input
  return [
    {
      Id: 'm1',
      MetricStat: {
        Metric: { Namespace, MetricName, Dimensions },
        Period,
        Stat: input.Statistic ?? input.ExtendedStatistic,
        ...(Unit !== undefined && { Unit }),
      },
      ReturnData: true,
    },
  ]
}

function metricAlarmOf(
  ctx: Context,
  input: PutMetricAlarmInput,
  existing: AlarmRow | undefined,
): MetricAlarmRow {
  const queries = queriesOf(input)
  const watched = queries.flatMap(({ MetricStat: stat }) =>
    stat ? [metricId(identityOf(stat.Metric))] : [],
  )
  const { DatapointsToAlarm, TreatMissingData, EvaluateLowSampleCountPercentile } = input
  return {
    type: 'MetricAlarm',
    ...common(ctx, input, existing),
    queries,
    isMath: (input.Metrics?.length ?? 0) > 0,
    metricIds: [...new Set(watched)],
    evaluationPeriods: input.EvaluationPeriods ?? 1,
    ...(DatapointsToAlarm !== undefined && { datapointsToAlarm: DatapointsToAlarm }),
    threshold: input.Threshold ?? 0,
    comparison: input.ComparisonOperator as Comparison,
    ...(TreatMissingData !== undefined && { missingData: TreatMissingData as MissingData }),
    ...(EvaluateLowSampleCountPercentile !== undefined && {
      lowSampleCount: EvaluateLowSampleCountPercentile,
    }),
  }
}

/** Counts the metric alarms of a place. */
export async function countAlarms(ctx: Context, change: 1 | -1): Promise<void> {
  const view = ctx.store.table(alarmInterest)
  const count = (await view.get('default'))?.alarms ?? 0
  view.put('default', { alarms: count + change })
}

function noteConfiguration(ctx: Context, alarm: AlarmRow, existing: AlarmRow | undefined): void {
  const verb = existing ? 'updated' : 'created'
  const alarmArnText = alarmArn(ctx, alarm.name)
  noteHistory(ctx, alarm, {
    type: 'ConfigurationUpdate',
    summary: `Alarm "${alarm.name}" ${verb}`,
    data: {
      type: existing ? 'Update' : 'Create',
      [`${verb}Alarm`]: { alarmName: alarm.name, alarmArn: alarmArnText },
    },
  })
}

const seek = (ctx: Context, name: string | undefined): Promise<AlarmRow | undefined> =>
  ctx.store.table(alarms).get(name ?? '')

/** PutMetricAlarm: what exists keeps its state, and everything else is as the request says. */
export const PutMetricAlarm = operation<PutMetricAlarmInput, object, AlarmRow | undefined>(
  PutMetricAlarm$,
  {
    check(input) {
      checkActions(input)
      checkMetricAlarm(input)
    },
    resolve: (input, ctx) => seek(ctx, input.AlarmName),
    access: (input, ctx, existing) => putAccess(ctx, input, existing),
    async handle(input, ctx, existing) {
      if (existing && existing.type !== 'MetricAlarm') {
        throw validation('A composite alarm of this name exists already.')
      }
      const alarm = metricAlarmOf(ctx, input, existing)
      ctx.store.table(alarms).put(alarm.name, alarm)
      if (!existing) await countAlarms(ctx, 1)
      noteConfiguration(ctx, alarm, existing)
      scheduleEvaluation(ctx, alarm)
      return {}
    },
  },
)

function checkRule(input: PutCompositeAlarmInput): void {
  checkActions(input)
  try {
    compileAlarmRule(input.AlarmRule ?? '')
  } catch (error) {
    if (error instanceof AlarmRuleError) throw validation(error.message)
    throw error
  }
  const { ActionsSuppressor, ActionsSuppressorWaitPeriod: wait } = input
  if (ActionsSuppressor !== undefined) {
    if (wait === undefined || input.ActionsSuppressorExtensionPeriod === undefined) {
      throw validation(
        'ActionsSuppressorWaitPeriod and ActionsSuppressorExtensionPeriod are required with ActionsSuppressor.',
      )
    }
  }
}

/** Throws ValidationError when an alarm of the rule is not there, or the rule leads back to it. */
async function checkChildren(
  ctx: Context,
  name: string,
  children: readonly string[],
): Promise<void> {
  const seen = new Set<string>()
  const visit = async (child: string): Promise<void> => {
    if (child === name) {
      throw validation('AlarmRule must not contain a cycle of composite alarms.')
    }
    if (seen.has(child)) return
    seen.add(child)
    const row = await seek(ctx, child)
    if (row?.type !== 'CompositeAlarm') return
    for (const each of row.children) await visit(each)
  }
  for (const child of children) {
    if (child !== name && !(await seek(ctx, child))) {
      throw validation(`Could not create composite alarm: the alarm ${child} does not exist.`)
    }
    await visit(child)
  }
}

/** PutCompositeAlarm. */
export const PutCompositeAlarm = operation<PutCompositeAlarmInput, object, AlarmRow | undefined>(
  PutCompositeAlarm$,
  {
    check: checkRule,
    resolve: (input, ctx) => seek(ctx, input.AlarmName),
    access: (input, ctx, existing) => putAccess(ctx, input, existing),
    async handle(input, ctx, existing) {
      if (existing && existing.type !== 'CompositeAlarm') {
        throw validation('A metric alarm of this name exists already.')
      }
      const children = compileAlarmRule(input.AlarmRule ?? '').alarms
      await checkChildren(ctx, input.AlarmName ?? '', children)
      const suppressor = input.ActionsSuppressor
      const alarm: CompositeAlarmRow = {
        type: 'CompositeAlarm',
        ...common(ctx, input, existing),
        rule: input.AlarmRule ?? '',
        children,
        ...(suppressor !== undefined && {
          suppressor: {
            alarm: suppressor.replace(/^arn:.*:alarm:/, ''),
            waitSeconds: input.ActionsSuppressorWaitPeriod ?? 0,
            extensionSeconds: input.ActionsSuppressorExtensionPeriod ?? 0,
          },
        }),
      }
      ctx.store.table(alarms).put(alarm.name, alarm)
      noteConfiguration(ctx, alarm, existing)
      await evaluateComposite(ctx, alarm)
      return {}
    },
  },
)
