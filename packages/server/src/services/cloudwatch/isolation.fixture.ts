import { CloudWatch } from '@aws-sdk/client-cloudwatch'
import type { TestServer } from '@bartizan/testkit'
import type { Loot } from '../../isolation.fixture.ts'

/** A metric, alarms of both kinds with history, and a dashboard. */
export async function plant(bartizan: TestServer, loot: Loot): Promise<void> {
  const cloudwatch = bartizan.client(CloudWatch)
  const Tags = [{ Key: 'canary-alarm-tag', Value: 'canary-alarm-tag-value' }]
  const metric = {
    Namespace: 'canary-namespace',
    MetricName: 'canary-metric-name',
    Dimensions: [{ Name: 'canary-dimension', Value: 'canary-dimension-value' }],
  }
  const { Namespace, ...datum } = metric
  await cloudwatch.putMetricData({ Namespace, MetricData: [{ ...datum, Value: 421_421 }] })
  await cloudwatch.putMetricAlarm({
    ...metric,
    AlarmName: 'canary-alarm',
    AlarmDescription: 'canary description of the alarm',
    Statistic: 'Sum',
    Period: 60,
    EvaluationPeriods: 1,
    Threshold: 1,
    ComparisonOperator: 'GreaterThanThreshold',
    Tags,
  })
  await cloudwatch.setAlarmState({
    AlarmName: 'canary-alarm',
    StateValue: 'ALARM',
    StateReason: 'canary reason of the owner',
  })
  await cloudwatch.putCompositeAlarm({
    AlarmName: 'canary-composite',
    AlarmRule: 'ALARM("canary-alarm")',
  })
  const dashboard = {
    DashboardName: 'canary-dashboard',
    DashboardBody: JSON.stringify({ widgets: [], note: 'canary body' }),
  }
  await cloudwatch.putDashboard(dashboard)
  loot.keep({ ...metric, ...dashboard })
  const AlarmTypes = ['MetricAlarm', 'CompositeAlarm'] as const
  const { MetricAlarms = [], CompositeAlarms = [] } = await cloudwatch.describeAlarms({
    AlarmTypes: [...AlarmTypes],
  })
  loot.keep({ MetricAlarms, CompositeAlarms, AlarmNames: 'canary-alarm' })
  loot.keep({ ResourceARN: MetricAlarms[0]?.AlarmArn })
  loot.keep(await cloudwatch.listDashboards({}))
}
