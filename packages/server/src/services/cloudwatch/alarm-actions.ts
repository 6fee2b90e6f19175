import type { Context } from '../../kernel/context.ts'
import { AwsError } from '../../kernel/errors.ts'
import type { Task } from '../../kernel/tasks.ts'
import { alarmArn } from './alarm-arns.ts'
import { noteHistory } from './alarm-history.ts'
import { alarms } from './alarm-store.ts'
import type { AlarmRow, MetricAlarmRow, StateFacts } from './alarm-store.ts'
import { eventState, metricConfiguration } from './alarm-views.ts'
import { regionNames } from './region-names.ts'

/** An action to be taken: whom to tell of which change of state. */
export interface AlarmAction {
  readonly alarm: string
  readonly action: string
  readonly state: StateFacts
  readonly previous: StateFacts
}

/** Takes an alarm's action: an SNS message or a Lambda invocation, with its outcome in the history. */
export const actTask: Task<AlarmAction> = {
  name: 'cloudwatch.act',
  async run(ctx, action) {
    const alarm = await ctx.store.table(alarms).get(action.alarm)
    if (!alarm) return undefined
    try {
      await take(ctx, alarm, action)
      noteHistory(ctx, alarm, {
        type: 'Action',
        summary: `Successfully executed action ${action.action}`,
        data: { actionState: 'Succeeded', notificationResource: action.action },
      })
    } catch (error) {
      if (!(error instanceof AwsError)) throw error
      noteHistory(ctx, alarm, {
        type: 'Action',
        summary: `Failed to execute action ${action.action}. Received error: "${error.message}"`,
        data: { actionState: 'Failed', notificationResource: action.action, error: error.message },
      })
    }
    return undefined
  },
}

async function take(ctx: Context, alarm: AlarmRow, action: AlarmAction): Promise<void> {
  const sourceArn = alarmArn(ctx, alarm.name)
  const [, , service] = action.action.split(':')
  if (service === 'sns') {
    const { value } = action.state
    const region = regionNames[ctx.region] ?? ctx.region
    await ctx.callAs({ service: 'cloudwatch.amazonaws.com', sourceArn }, 'sns', 'Publish', {
      TopicArn: action.action,
      Subject: `${value}: "${alarm.name}" in ${region}`.slice(0, 100),
      Message: JSON.stringify(notification(ctx, alarm, action)),
    })
  } else if (service === 'lambda') {
    const actor = { service: 'lambda.alarms.cloudwatch.amazonaws.com', sourceArn }
    await ctx.callAs(actor, 'lambda', 'Invoke', {
      FunctionName: action.action,
      InvocationType: 'Event',
      Payload: Buffer.from(JSON.stringify(lambdaEvent(ctx, alarm, action))),
    })
  } else {
    throw new AwsError({
      code: 'NotImplemented',
      message: `actions of ${service ?? 'this kind'} are not implemented by Bartizan`,
    })
  }
}

const awsTime = (iso: string): string => iso.replace('Z', '+0000')

/** The message that SNS subscribers get. */
function notification(ctx: Context, alarm: AlarmRow, { state, previous }: AlarmAction): object {
  return {
    AlarmName: alarm.name,
    AlarmDescription: alarm.description ?? null,
    AWSAccountId: ctx.account,
    AlarmConfigurationUpdatedTimestamp: awsTime(alarm.configuredAt),
    NewStateValue: state.value,
    NewStateReason: state.reason,
    StateChangeTime: awsTime(state.updatedAt),
    Region: regionNames[ctx.region] ?? ctx.region,
    AlarmArn: alarmArn(ctx, alarm.name),
    OldStateValue: previous.value,
    OKActions: alarm.okActions,
    AlarmActions: alarm.alarmActions,
    InsufficientDataActions: alarm.insufficientDataActions,
    ...(alarm.type === 'MetricAlarm'
      ? { Trigger: triggerOf(alarm) }
      : { AlarmRule: alarm.rule, TriggeringChildren: triggering(state) }),
  }
}

function triggering({ reasonData = '{}' }: StateFacts): unknown {
  const { triggeringAlarms }: { triggeringAlarms?: unknown } = JSON.parse(reasonData)
  return triggeringAlarms ?? []
}

function triggerOf(alarm: MetricAlarmRow): object {
  const common = {
    EvaluationPeriods: alarm.evaluationPeriods,
    ...(alarm.datapointsToAlarm !== undefined && { DatapointsToAlarm: alarm.datapointsToAlarm }),
    ComparisonOperator: alarm.comparison,
    Threshold: alarm.threshold,
    TreatMissingData: alarm.missingData ?? '',
    EvaluateLowSampleCountPercentile: alarm.lowSampleCount ?? '',
  }
  const stat = alarm.queries[0]?.MetricStat
  if (alarm.isMath || !stat) return { Period: 0, ...common, Metrics: alarm.queries }
  const isExtended = /\d/.test(stat.Stat ?? '')
  return {
    MetricName: stat.Metric?.MetricName,
    Namespace: stat.Metric?.Namespace,
    StatisticType: isExtended ? 'ExtendedStatistic' : 'Statistic',
    ...(isExtended
      ? { ExtendedStatistic: stat.Stat }
      : { Statistic: (stat.Stat ?? '').replace('SampleCount', 'SAMPLE_COUNT').toUpperCase() }),
    Unit: stat.Unit ?? null,
    Dimensions: (stat.Metric?.Dimensions ?? []).map(({ Name, Value }) => ({
      value: Value,
      name: Name,
    })),
    Period: stat.Period,
    ...common,
  }
}

/** The event that a function gets (https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-actions-Lambda.html). */
function lambdaEvent(ctx: Context, alarm: AlarmRow, { state, previous }: AlarmAction): object {
  return {
    source: 'aws.cloudwatch',
    alarmArn: alarmArn(ctx, alarm.name),
    accountId: ctx.account,
    time: awsTime(state.updatedAt),
    region: ctx.region,
    alarmData: {
      alarmName: alarm.name,
      state: eventState(state),
      previousState: eventState(previous),
      configuration: {
        ...(alarm.description !== undefined && { description: alarm.description }),
        ...(alarm.type === 'MetricAlarm'
          ? { metrics: metricConfiguration(alarm) }
          : { alarmRule: alarm.rule }),
      },
    },
  }
}
