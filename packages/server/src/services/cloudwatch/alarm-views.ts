import type {
  CompositeAlarm,
  MetricAlarm,
  Statistic as SimpleStatistic,
} from '@aws-sdk/client-cloudwatch'
import type { Context } from '../../kernel/context.ts'
import { alarmArn } from './alarm-arns.ts'
import type { AlarmRow, CompositeAlarmRow, MetricAlarmRow, StateFacts } from './alarm-store.ts'
import { isSimple } from './statistics.ts'

function common(ctx: Context, alarm: AlarmRow) {
  const { state } = alarm
  return {
    AlarmName: alarm.name,
    AlarmArn: alarmArn(ctx, alarm.name),
    ...(alarm.description !== undefined && { AlarmDescription: alarm.description }),
    AlarmConfigurationUpdatedTimestamp: new Date(alarm.configuredAt),
    ActionsEnabled: alarm.actionsEnabled,
    OKActions: [...alarm.okActions],
    AlarmActions: [...alarm.alarmActions],
    InsufficientDataActions: [...alarm.insufficientDataActions],
    StateValue: state.value,
    StateReason: state.reason,
    ...(state.reasonData !== undefined && { StateReasonData: state.reasonData }),
    StateUpdatedTimestamp: new Date(state.updatedAt),
    StateTransitionedTimestamp: new Date(state.transitionedAt),
  }
}

/** A metric alarm as DescribeAlarms shows it. */
export function metricAlarmOut(ctx: Context, alarm: MetricAlarmRow): MetricAlarm {
  const stat = alarm.queries[0]?.MetricStat
  const own =
    alarm.isMath || !stat
      ? { Metrics: [...alarm.queries] }
      : {
          MetricName: stat.Metric?.MetricName,
          Namespace: stat.Metric?.Namespace,
          ...statisticOut(stat.Stat ?? ''),
          Dimensions: [...(stat.Metric?.Dimensions ?? [])],
          Period: stat.Period,
          ...(stat.Unit !== undefined && { Unit: stat.Unit }),
        }
  return {
    ...common(ctx, alarm),
    ...own,
    EvaluationPeriods: alarm.evaluationPeriods,
    ...(alarm.datapointsToAlarm !== undefined && { DatapointsToAlarm: alarm.datapointsToAlarm }),
    Threshold: alarm.threshold,
    ComparisonOperator: alarm.comparison,
    ...(alarm.missingData !== undefined && { TreatMissingData: alarm.missingData }),
    ...(alarm.lowSampleCount !== undefined && {
      EvaluateLowSampleCountPercentile: alarm.lowSampleCount,
    }),
  }
}

function statisticOut(stat: string) {
  return isSimple(stat) ? { Statistic: stat as SimpleStatistic } : { ExtendedStatistic: stat }
}

/** A composite alarm as DescribeAlarms shows it. */
export function compositeAlarmOut(ctx: Context, alarm: CompositeAlarmRow): CompositeAlarm {
  const { suppressor, suppression } = alarm
  return {
    ...common(ctx, alarm),
    AlarmRule: alarm.rule,
    ...(suppressor && {
      ActionsSuppressor: suppressor.alarm,
      ActionsSuppressorWaitPeriod: suppressor.waitSeconds,
      ActionsSuppressorExtensionPeriod: suppressor.extensionSeconds,
    }),
    ...(suppression && {
      ActionsSuppressedBy: suppression.by,
      ActionsSuppressedReason: suppression.reason,
    }),
  }
}

/** The metrics of an alarm as EventBridge and Lambda see them. */
export function metricConfiguration(alarm: MetricAlarmRow): object[] {
  return alarm.queries.map(({ Id, MetricStat: stat, Expression, Label, ReturnData }) => ({
    id: Id,
    ...(stat && {
      metricStat: {
        metric: {
          dimensions: Object.fromEntries(
            (stat.Metric?.Dimensions ?? []).map(({ Name = '', Value }) => [Name, Value]),
          ),
          name: stat.Metric?.MetricName,
          namespace: stat.Metric?.Namespace,
        },
        period: stat.Period,
        stat: stat.Stat,
        ...(stat.Unit !== undefined && { unit: stat.Unit }),
      },
    }),
    ...(Expression !== undefined && { expression: Expression }),
    ...(Label !== undefined && { label: Label }),
    returnData: ReturnData ?? true,
  }))
}

/** A state as EventBridge and Lambda see it. */
export function eventState({ value, reason, reasonData, updatedAt }: StateFacts): object {
  return {
    reason,
    ...(reasonData !== undefined && { reasonData }),
    timestamp: `${updatedAt.slice(0, 23)}+0000`,
    value,
  }
}
