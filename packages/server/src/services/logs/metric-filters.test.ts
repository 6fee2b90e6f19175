import * as sdk from '@aws-sdk/client-cloudwatch-logs'
import { CloudWatchClient, GetMetricStatisticsCommand } from '@aws-sdk/client-cloudwatch'
import { startTestServer } from '@bartizan/testkit'
import assert from 'node:assert/strict'
import { after, test } from 'node:test'

const bartizan = await startTestServer()
after(() => bartizan.close())
const logs = bartizan.client(sdk.CloudWatchLogsClient)
const cloudwatch = bartizan.client(CloudWatchClient)
const logGroupName = 'metered'

const filter = (
  filterName: string,
  filterPattern: string,
  transformation: Partial<sdk.MetricTransformation>,
) =>
  logs.send(
    new sdk.PutMetricFilterCommand({
      logGroupName,
      filterName,
      filterPattern,
      metricTransformations: [
        { metricName: filterName, metricNamespace: 'App', metricValue: '1', ...transformation },
      ],
    }),
  )

const total = async (MetricName: string, Dimensions?: { Name: string; Value: string }[]) => {
  const nowMs = bartizan.now().getTime()
  const { Datapoints } = await cloudwatch.send(
    new GetMetricStatisticsCommand({
      Namespace: 'App',
      MetricName,
      StartTime: new Date(nowMs - 600_000),
      EndTime: new Date(nowMs + 60_000),
      Period: 3600,
      Statistics: ['Sum', 'SampleCount'],
      ...(Dimensions && { Dimensions }),
    }),
  )
  return Datapoints?.map(({ Sum, SampleCount, Unit }) => [Sum, SampleCount, Unit])
}

test('what metric filters find is published, with dimensions and default values', async () => {
  await logs.send(new sdk.CreateLogGroupCommand({ logGroupName }))
  await logs.send(new sdk.CreateLogStreamCommand({ logGroupName, logStreamName: 's' }))
  await filter('Errors', 'ERROR', { defaultValue: 0 })
  await filter('Silence', '"never said"', { defaultValue: 0 })
  await filter('Latency', '{ $.ms = * }', { metricValue: '$.ms', unit: 'Milliseconds' })
  await filter('Calls', '{ $.ms = * }', { dimensions: { Api: '$.api' } })
  const timestamp = bartizan.now().getTime()
  const logEvents = [
    { timestamp, message: 'ERROR one' },
    { timestamp, message: 'ERROR two' },
    { timestamp, message: '{"api":"a","ms":10}' },
    { timestamp, message: '{"api":"b","ms":32}' },
    { timestamp, message: '{"ms":"no number"}' },
  ]
  await logs.send(new sdk.PutLogEventsCommand({ logGroupName, logStreamName: 's', logEvents }))
  await bartizan.settled()
  assert.deepEqual(await total('Errors'), [[2, 2, 'None']])
  assert.deepEqual(await total('Silence'), [[0, 1, 'None']])
  assert.deepEqual(await total('Latency'), [[42, 2, 'Milliseconds']])
  assert.deepEqual(await total('Calls', [{ Name: 'Api', Value: 'a' }]), [[1, 1, 'None']])
  const { metricFilters } = await logs.send(
    new sdk.DescribeMetricFiltersCommand({ metricName: 'Calls', metricNamespace: 'App' }),
  )
  assert.equal(metricFilters?.[0]?.filterName, 'Calls')
  const { logGroups } = await logs.send(
    new sdk.DescribeLogGroupsCommand({ logGroupNamePrefix: logGroupName }),
  )
  assert.equal(logGroups?.[0]?.metricFilterCount, 4)
})

test('a filter that makes no sense is refused', async () => {
  const refused = { name: 'InvalidParameterException' }
  await assert.rejects(filter('bad', '{ $.a }', {}), refused)
  await assert.rejects(filter('bad', '', { metricValue: 'many' }), refused)
  const both = { dimensions: { a: '$.a' }, defaultValue: 0 }
  await assert.rejects(filter('bad', '', both), refused)
  await assert.rejects(
    logs.send(new sdk.DeleteMetricFilterCommand({ logGroupName, filterName: 'none' })),
    { name: 'ResourceNotFoundException' },
  )
})
