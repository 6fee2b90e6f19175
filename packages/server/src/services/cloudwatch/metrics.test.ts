import * as sdk from '@aws-sdk/client-cloudwatch'
import { signedFetch, startTestServer } from '@bartizan/testkit'
import assert from 'node:assert/strict'
import { after, test } from 'node:test'

const bartizan = await startTestServer()
after(() => bartizan.close())
const cloudwatch = bartizan.client(sdk.CloudWatchClient)
const minuteMs = 60_000

/** The minute in which the suite began: a test may run into the next one. */
const startMs = Math.floor(bartizan.now().getTime() / minuteMs) * minuteMs
const at = (minutesAgo: number): Date => new Date(startMs - minutesAgo * minuteMs)

const put = (Namespace: string, ...MetricData: sdk.MetricDatum[]) =>
  cloudwatch.send(new sdk.PutMetricDataCommand({ Namespace, MetricData }))

const statistics = async (
  Namespace: string,
  MetricName: string,
  input: Partial<sdk.GetMetricStatisticsCommandInput>,
) => {
  const { Datapoints } = await cloudwatch.send(
    new sdk.GetMetricStatisticsCommand({
      Namespace,
      MetricName,
      StartTime: at(30),
      EndTime: at(-5),
      Period: 60,
      ...input,
    }),
  )
  return Datapoints ?? []
}

test('values, counts and statistic sets come together in a period', async () => {
  const MetricName = 'Latency'
  await put(
    'App',
    { MetricName, Value: 10, Timestamp: at(3), Unit: 'Milliseconds' },
    { MetricName, Values: [20, 30], Counts: [2, 1], Timestamp: at(3), Unit: 'Milliseconds' },
    {
      MetricName,
      StatisticValues: { SampleCount: 4, Sum: 100, Minimum: 1, Maximum: 90 },
      Timestamp: at(2),
      Unit: 'Milliseconds',
    },
  )
  const all = ['SampleCount', 'Average', 'Sum', 'Minimum', 'Maximum'] as const
  const [first, second] = await statistics('App', MetricName, {
    Statistics: [...all],
    ExtendedStatistics: ['p50'],
  })
  assert.deepEqual(first, {
    Timestamp: at(3),
    SampleCount: 4,
    Average: 20,
    Sum: 80,
    Minimum: 10,
    Maximum: 30,
    Unit: 'Milliseconds',
    ExtendedStatistics: { p50: 20 },
  })
  assert.equal(second?.Sum, 100)
  assert.equal(second?.ExtendedStatistics, undefined)
  const [together] = await statistics('App', MetricName, { Statistics: ['Sum'], Period: 3600 })
  assert.equal(together?.Sum, 180)
  assert.deepEqual(await statistics('App', MetricName, { Statistics: ['Sum'], Unit: 'Bytes' }), [])
})

test('what CloudWatch refuses is refused', async () => {
  const MetricName = 'x'
  const cases: readonly [sdk.MetricDatum, string][] = [
    [{ MetricName }, 'MissingRequiredParameterException'],
    [{ MetricName, Value: 1, Values: [1] }, 'InvalidParameterCombinationException'],
    [{ MetricName, Value: NaN }, 'InvalidParameterValueException'],
    [{ MetricName, Values: [1, 2], Counts: [1] }, 'InvalidParameterValueException'],
    [{ MetricName, Value: 1, Timestamp: at(15 * 24 * 60) }, 'InvalidParameterValueException'],
    [{ MetricName, Value: 1, Timestamp: at(-180) }, 'InvalidParameterValueException'],
    [{ MetricName, Value: 1, StorageResolution: 5 }, 'InvalidParameterValueException'],
  ]
  for (const [datum, name] of cases) await assert.rejects(put('App', datum), { name })
  await assert.rejects(put('AWS/EC2', { MetricName, Value: 1 }), {
    name: 'InvalidParameterValueException',
  })
  await assert.rejects(
    statistics('App', 'x', { Statistics: ['Sum'], StartTime: at(2 * 24 * 60) }),
    { name: 'InvalidParameterCombinationException', message: /up to 2,885 datapoints/ },
  )
  await assert.rejects(statistics('App', 'x', {}), { name: 'MissingRequiredParameterException' })
})

test('metrics are listed by namespace, name and dimensions', async () => {
  const dimension = (Name: string, Value: string) => ({ Name, Value })
  for (const host of ['a', 'b']) {
    await put('Fleet', {
      MetricName: 'Load',
      Value: 1,
      Dimensions: [dimension('Host', host), dimension('App', 'x')],
    })
  }
  await put('Fleet', { MetricName: 'Jobs', Value: 1 })
  const list = async (input: sdk.ListMetricsCommandInput) =>
    (await cloudwatch.send(new sdk.ListMetricsCommand(input))).Metrics ?? []
  assert.equal((await list({ Namespace: 'Fleet' })).length, 3)
  assert.equal((await list({ MetricName: 'Load' })).length, 2)
  const found = await list({ Namespace: 'Fleet', Dimensions: [dimension('Host', 'b')] })
  assert.deepEqual(found, [
    {
      Namespace: 'Fleet',
      MetricName: 'Load',
      Dimensions: [dimension('App', 'x'), dimension('Host', 'b')],
    },
  ])
  assert.equal((await list({ Dimensions: [{ Name: 'Host' }] })).length, 2)
})

test('GetMetricData computes metric math and searches', async () => {
  for (const [host, value] of [
    ['a', 1],
    ['b', 3],
  ] as const) {
    const datum = { MetricName: 'Errors', Dimensions: [{ Name: 'Host', Value: host }] }
    await put(
      'Math',
      { ...datum, Value: value, Timestamp: at(2) },
      { ...datum, Value: 10 * value, Timestamp: at(1) },
    )
  }
  const stat = (host: string) => ({
    Metric: {
      Namespace: 'Math',
      MetricName: 'Errors',
      Dimensions: [{ Name: 'Host', Value: host }],
    },
    Period: 60,
    Stat: 'Sum',
  })
  const { MetricDataResults } = await cloudwatch.send(
    new sdk.GetMetricDataCommand({
      StartTime: at(10),
      EndTime: at(-1),
      ScanBy: 'TimestampAscending',
      MetricDataQueries: [
        { Id: 'a', MetricStat: stat('a'), ReturnData: false },
        { Id: 'b', MetricStat: stat('b') },
        { Id: 'share', Expression: '100 * a / (a + b)', Label: 'Share' },
        {
          Id: 'all',
          Expression: `SUM(SEARCH('{Math,Host} MetricName="Errors"', 'Sum', 60))`,
        },
      ],
    }),
  )
  const shown = MetricDataResults?.map(({ Id, Label, Values, StatusCode }) => [
    Id,
    Label,
    Values,
    StatusCode,
  ])
  assert.deepEqual(shown, [
    ['b', 'Errors', [3, 30], 'Complete'],
    ['share', 'Share', [25, 25], 'Complete'],
    ['all', 'all', [4, 40], 'Complete'],
  ])
  const bad = (Expression: string) =>
    cloudwatch.send(
      new sdk.GetMetricDataCommand({
        StartTime: at(10),
        EndTime: at(0),
        MetricDataQueries: [{ Id: 'e', Expression }],
      }),
    )
  for (const expression of ['m1 + 1', 'NONE(1)', '(']) {
    await assert.rejects(bad(expression), { name: 'ValidationException' })
  }
})

test('what services publish about themselves is there, and nobody else may claim to be one', async () => {
  const { serviceMetrics } = bartizan.server.kernel
  const place = { account: bartizan.accountId, region: 'us-east-1' }
  const sample = { namespace: 'AWS/Test', name: 'Calls', dimensions: { Name: 'x' } }
  for (const value of [1, 2, 3]) serviceMetrics.note(place, { ...sample, value })
  await serviceMetrics.flush()
  const Dimensions = [{ Name: 'Name', Value: 'x' }]
  const [point] = await statistics('AWS/Test', 'Calls', {
    Dimensions,
    Statistics: ['Sum', 'SampleCount'],
  })
  assert.deepEqual([point?.Sum, point?.SampleCount, point?.Unit], [6, 3, 'Count'])
})

test('GetMetricData comes in pages', async () => {
  await put(
    'Pages',
    ...[1, 2, 3, 4, 5].map((n) => ({ MetricName: 'x', Value: n, Timestamp: at(n) })),
  )
  const values: number[] = []
  const input = {
    StartTime: at(10),
    EndTime: at(0),
    MaxDatapoints: 2,
    MetricDataQueries: [
      {
        Id: 'm1',
        MetricStat: {
          Metric: { Namespace: 'Pages', MetricName: 'x' },
          Period: 60,
          Stat: 'Maximum',
        },
      },
    ],
  }
  let pages = 0
  for await (const page of sdk.paginateGetMetricData({ client: cloudwatch }, input)) {
    pages += 1
    values.push(...(page.MetricDataResults?.[0]?.Values ?? []))
  }
  assert.deepEqual(values, [1, 2, 3, 4, 5])
  assert.equal(pages, 3)
})

test('the older protocols are spoken too, and gzip is understood', async () => {
  const { credentials, endpoint } = bartizan
  const query = await signedFetch(endpoint, {
    service: 'monitoring',
    credentials,
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: 'Action=ListMetrics&Version=2010-08-01&Namespace=Fleet',
  })
  const xml = await query.text()
  assert.equal(query.status, 200, xml)
  assert.match(xml, /<MetricName>Load<\/MetricName>/)
  const json = await signedFetch(endpoint, {
    service: 'monitoring',
    credentials,
    headers: {
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-target': 'GraniteServiceVersion20100801.ListMetrics',
    },
    body: JSON.stringify({ Namespace: 'Fleet' }),
  })
  const answer = (await json.json()) as { Metrics: unknown[] }
  assert.equal(answer.Metrics.length, 3)
  const MetricData = Array.from({ length: 200 }, (_, index) => ({
    MetricName: `metric-with-a-long-name-${index}`,
    Value: index,
  }))
  const compressing = new sdk.CloudWatchClient({
    endpoint,
    region: 'us-east-1',
    credentials,
    requestMinCompressionSizeBytes: 100,
  })
  await compressing.send(new sdk.PutMetricDataCommand({ Namespace: 'Gzip', MetricData }))
  const { Metrics } = await cloudwatch.send(new sdk.ListMetricsCommand({ Namespace: 'Gzip' }))
  assert.equal(Metrics?.length, 200)
})

test('data by the second is there for three hours, by the minute longer, and ages into coarser periods', async () => {
  const MetricName = 'Fine'
  const second = new Date(at(1).getTime() + 7000)
  const datum = { MetricName, Timestamp: second, StorageResolution: 1 }
  await put('Aging', { ...datum, Value: 5 }, { ...datum, Value: 7 })
  const range = { StartTime: at(2), EndTime: at(0), Statistics: ['Sum' as const] }
  const [fine] = await statistics('Aging', MetricName, { ...range, Period: 1 })
  assert.deepEqual(fine?.Timestamp, second)
  assert.equal(fine?.Sum, 12)
  await bartizan.advance('20d')
  const [coarse] = await statistics('Aging', MetricName, { ...range, Period: 300 })
  assert.equal(coarse?.Sum, 12)
  await bartizan.advance('60d')
  const hour = {
    ...range,
    StartTime: new Date(range.StartTime.getTime() - 3_600_000),
    Period: 3600,
  }
  const hours = await statistics('Aging', MetricName, hour)
  assert.equal(
    hours.reduce((sum, { Sum = 0 }) => sum + Sum, 0),
    12,
  )
  await bartizan.advance('400d')
  assert.deepEqual(await statistics('Aging', MetricName, hour), [])
})
