import * as sdk from '@aws-sdk/client-cloudwatch'
import { startTestServer } from '@bartizan/testkit'
import assert from 'node:assert/strict'
import { after, test } from 'node:test'

const bartizan = await startTestServer()
after(() => bartizan.close())
const cloudwatch = bartizan.client(sdk.CloudWatchClient)

/** All of it in the same minute. */
const putAll = (...data: readonly (readonly [name: string, value: number])[]) =>
  cloudwatch.send(
    new sdk.PutMetricDataCommand({
      Namespace: 'App',
      MetricData: data.map(([MetricName, Value]) => ({ MetricName, Value })),
    }),
  )

const put = (name: string, value: number) => putAll([name, value])

const alarm = (AlarmName: string, input: Partial<sdk.PutMetricAlarmCommandInput> = {}) =>
  cloudwatch.send(
    new sdk.PutMetricAlarmCommand({
      AlarmName,
      Namespace: 'App',
      MetricName: AlarmName,
      Statistic: 'Maximum',
      Period: 60,
      EvaluationPeriods: 1,
      Threshold: 10,
      ComparisonOperator: 'GreaterThanThreshold',
      ...input,
    }),
  )

const described = async (name: string) => {
  const { MetricAlarms } = await cloudwatch.send(
    new sdk.DescribeAlarmsCommand({ AlarmNames: [name] }),
  )
  const [found] = MetricAlarms ?? []
  assert.ok(found)
  return found
}

const stateOf = async (name: string) => (await described(name)).StateValue

/** The beginning of a minute: what is set by hand holds until the next one. */
const newMinute = () => bartizan.advance(`${60 - bartizan.now().getUTCSeconds()}s`)

test('an alarm follows its metric and comes to rest when there is no more data', async () => {
  await alarm('load', { AlarmDescription: 'too much', Tags: [{ Key: 'team', Value: 'red' }] })
  const initial = await described('load')
  assert.equal(initial.StateValue, 'INSUFFICIENT_DATA')
  assert.equal(initial.StateReason, 'Unchecked: Initial alarm creation')
  assert.equal(initial.AlarmArn, `arn:aws:cloudwatch:us-east-1:${bartizan.accountId}:alarm:load`)
  await put('load', 90)
  await bartizan.advance('1m')
  const alarmed = await described('load')
  assert.equal(alarmed.StateValue, 'ALARM')
  assert.match(
    alarmed.StateReason ?? '',
    /^Threshold Crossed: 1 out of the last 1 datapoint \[90\.0 \(\d\d\/\d\d\/\d\d \d\d:\d\d:\d\d\)\] was greater than the threshold \(10\.0\) \(minimum 1 datapoint for OK -> ALARM transition\)\.$/,
  )
  await put('load', 5)
  await bartizan.advance('1m')
  assert.equal(await stateOf('load'), 'OK')
  await bartizan.advance('365d')
  assert.equal(await stateOf('load'), 'INSUFFICIENT_DATA')
})

test('M out of N, and what is missing counts as it is told', async () => {
  await alarm('two', {
    EvaluationPeriods: 3,
    DatapointsToAlarm: 2,
    TreatMissingData: 'notBreaching',
  })
  await put('two', 50)
  await bartizan.advance('1m')
  assert.equal(await stateOf('two'), 'OK')
  await put('two', 50)
  await bartizan.advance('1m')
  assert.equal(await stateOf('two'), 'ALARM')
  await bartizan.advance('10m')
  assert.equal(await stateOf('two'), 'OK')
  await alarm('quiet', { TreatMissingData: 'breaching' })
  await bartizan.advance('1m')
  assert.equal(await stateOf('quiet'), 'ALARM')
})

test('metric math and percentiles decide', async () => {
  const metric = (Id: string, MetricName: string) => ({
    Id,
    MetricStat: { Metric: { Namespace: 'App', MetricName }, Period: 60, Stat: 'Sum' },
    ReturnData: false,
  })
  await cloudwatch.send(
    new sdk.PutMetricAlarmCommand({
      AlarmName: 'rate',
      EvaluationPeriods: 1,
      Threshold: 50,
      ComparisonOperator: 'GreaterThanOrEqualToThreshold',
      Metrics: [
        metric('errors', 'errors'),
        metric('calls', 'calls'),
        { Id: 'rate', Expression: '100 * errors / calls', Label: 'Error rate' },
      ],
    }),
  )
  await alarm('p90', { Statistic: undefined, ExtendedStatistic: 'p90' })
  const latencies = [1, 1, 1, 20, 20].map((value) => ['p90', value] as const)
  await putAll(['errors', 6], ['calls', 10], ...latencies)
  await bartizan.advance('1m')
  assert.equal(await stateOf('rate'), 'ALARM')
  assert.equal(await stateOf('p90'), 'ALARM')
  assert.equal((await described('p90')).ExtendedStatistic, 'p90')
  assert.equal((await described('rate')).Metrics?.length, 3)
})

test('a composite alarm follows the alarms of its rule', async () => {
  await newMinute()
  await alarm('left')
  await alarm('right')
  const rule = 'ALARM(left) AND NOT ALARM("right")'
  await cloudwatch.send(new sdk.PutCompositeAlarmCommand({ AlarmName: 'both', AlarmRule: rule }))
  const composite = async () =>
    (
      await cloudwatch.send(
        new sdk.DescribeAlarmsCommand({ AlarmNames: ['both'], AlarmTypes: ['CompositeAlarm'] }),
      )
    ).CompositeAlarms?.[0]
  assert.equal((await composite())?.StateValue, 'OK')
  const set = (AlarmName: string, StateValue: sdk.StateValue) =>
    cloudwatch.send(new sdk.SetAlarmStateCommand({ AlarmName, StateValue, StateReason: 'test' }))
  await set('left', 'ALARM')
  assert.equal((await composite())?.StateValue, 'ALARM')
  assert.match(
    (await composite())?.StateReason ?? '',
    /alarm:left transitioned to ALARM at \w+ \d\d /,
  )
  await set('right', 'ALARM')
  assert.equal((await composite())?.StateValue, 'OK')
  await assert.rejects(cloudwatch.send(new sdk.DeleteAlarmsCommand({ AlarmNames: ['left'] })), {
    name: 'ValidationException',
  })
  await assert.rejects(
    cloudwatch.send(new sdk.PutCompositeAlarmCommand({ AlarmName: 'bad', AlarmRule: 'ALARM(x)' })),
    { name: 'ValidationException' },
  )
  await assert.rejects(
    cloudwatch.send(new sdk.PutCompositeAlarmCommand({ AlarmName: 'bad', AlarmRule: 'ALARM(' })),
    { name: 'ValidationException' },
  )
  const names = ['both', 'left', 'right']
  await cloudwatch.send(new sdk.DeleteAlarmsCommand({ AlarmNames: names }))
})

test('history tells what happened, newest first', async () => {
  await alarm('told')
  await alarm('told', { Threshold: 20 })
  await put('told', 30)
  await bartizan.advance('1m')
  const { AlarmHistoryItems } = await cloudwatch.send(
    new sdk.DescribeAlarmHistoryCommand({ AlarmName: 'told' }),
  )
  assert.deepEqual(AlarmHistoryItems?.map(({ HistorySummary }) => HistorySummary).toSorted(), [
    'Alarm "told" created',
    'Alarm "told" updated',
    'Alarm updated from INSUFFICIENT_DATA to ALARM',
  ])
  const first = AlarmHistoryItems?.[0]
  assert.equal(first?.HistoryItemType, 'StateUpdate')
  assert.equal(JSON.parse(first?.HistoryData ?? '').newState.stateValue, 'ALARM')
})

test('what PutMetricAlarm cannot mean is refused', async () => {
  const cases: readonly Partial<sdk.PutMetricAlarmCommandInput>[] = [
    { Statistic: undefined },
    { ExtendedStatistic: 'p90' },
    { Period: 61 },
    { EvaluationPeriods: 1441 },
    { DatapointsToAlarm: 2 },
    { TreatMissingData: 'maybe' },
    { AlarmActions: ['not-an-arn'] },
    { Threshold: undefined },
    { MetricName: undefined },
    { ComparisonOperator: 'GreaterThanUpperThreshold' },
  ]
  for (const input of cases) {
    await assert.rejects(
      alarm('bad', input),
      { name: 'ValidationException' },
      JSON.stringify(input),
    )
  }
  await assert.rejects(cloudwatch.send(new sdk.DeleteAlarmsCommand({ AlarmNames: ['none'] })), {
    name: 'ResourceNotFound',
  })
})

test('alarms are found by prefix, state and metric; actions and tags can be changed', async () => {
  for (const name of ['list/a', 'list/b', 'list/c']) await alarm(name, { MetricName: 'listed' })
  const names: (string | undefined)[] = []
  const config = { client: cloudwatch, pageSize: 2 }
  for await (const page of sdk.paginateDescribeAlarms(config, { AlarmNamePrefix: 'list/' })) {
    names.push(...(page.MetricAlarms ?? []).map(({ AlarmName }) => AlarmName))
  }
  assert.deepEqual(names, ['list/a', 'list/b', 'list/c'])
  const { MetricAlarms } = await cloudwatch.send(
    new sdk.DescribeAlarmsForMetricCommand({ Namespace: 'App', MetricName: 'listed' }),
  )
  assert.equal(MetricAlarms?.length, 3)
  await cloudwatch.send(new sdk.DisableAlarmActionsCommand({ AlarmNames: ['list/a'] }))
  assert.equal((await described('list/a')).ActionsEnabled, false)
  const ResourceARN = (await described('list/a')).AlarmArn
  await cloudwatch.send(
    new sdk.TagResourceCommand({ ResourceARN, Tags: [{ Key: 'a', Value: '1' }] }),
  )
  const { Tags } = await cloudwatch.send(new sdk.ListTagsForResourceCommand({ ResourceARN }))
  assert.deepEqual(Tags, [{ Key: 'a', Value: '1' }])
})

test('dashboards are put, got, listed and deleted', async () => {
  const DashboardName = 'main'
  const DashboardBody = JSON.stringify({ widgets: [{ type: 'text', properties: {} }] })
  const { DashboardValidationMessages } = await cloudwatch.send(
    new sdk.PutDashboardCommand({ DashboardName, DashboardBody }),
  )
  assert.deepEqual(DashboardValidationMessages, [])
  const got = await cloudwatch.send(new sdk.GetDashboardCommand({ DashboardName }))
  assert.equal(got.DashboardBody, DashboardBody)
  assert.equal(got.DashboardArn, `arn:aws:cloudwatch::${bartizan.accountId}:dashboard/main`)
  const { DashboardEntries } = await cloudwatch.send(new sdk.ListDashboardsCommand({}))
  assert.equal(DashboardEntries?.[0]?.Size, DashboardBody.length)
  await assert.rejects(
    cloudwatch.send(new sdk.PutDashboardCommand({ DashboardName, DashboardBody: '{' })),
    { name: 'DashboardInvalidInputError' },
  )
  await cloudwatch.send(new sdk.DeleteDashboardsCommand({ DashboardNames: ['main'] }))
  await assert.rejects(cloudwatch.send(new sdk.GetDashboardCommand({ DashboardName })), {
    name: 'ResourceNotFound',
  })
})
