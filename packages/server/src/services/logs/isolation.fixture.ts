import { CloudWatchLogs } from '@aws-sdk/client-cloudwatch-logs'
import type { TestServer } from '@bartizan/testkit'
import type { Loot } from '../../isolation.fixture.ts'

/** A log group with everything that it can have. */
export async function plant(bartizan: TestServer, loot: Loot): Promise<void> {
  const logs = bartizan.client(CloudWatchLogs)
  const group = { logGroupName: 'canary-log-group' }
  const stream = { ...group, logStreamName: 'canary-log-stream' }
  await logs.createLogGroup({ ...group, tags: { 'canary-tag': 'canary-tag-value' } })
  await logs.createLogStream(stream)
  const timestamp = bartizan.now().getTime()
  const message = 'canary message of the owner'
  await logs.putLogEvents({ ...stream, logEvents: [{ timestamp, message }] })
  const filterPattern = '"canary pattern"'
  await logs.putMetricFilter({
    ...group,
    filterName: 'canary-metric-filter',
    filterPattern,
    metricTransformations: [
      { metricName: 'canary-metric', metricNamespace: 'canary-space', metricValue: '1' },
    ],
  })
  const statement = {
    Sid: 'canary',
    Effect: 'Allow',
    Principal: { Service: 'events.amazonaws.com' },
    Action: 'logs:PutLogEvents',
    Resource: '*',
  }
  const policyDocument = JSON.stringify({ Version: '2012-10-17', Statement: [statement] })
  loot.keep(await logs.putResourcePolicy({ policyName: 'canary-log-policy', policyDocument }))
  const { logGroups = [] } = await logs.describeLogGroups({})
  const { logGroupArn } = logGroups[0] ?? {}
  loot.keep({ logGroups, logGroupIdentifier: logGroupArn, resourceArn: logGroupArn })
  loot.keep(await logs.describeLogStreams(group))
  loot.keep(await logs.describeMetricFilters(group))
  loot.keep(await logs.getLogEvents(stream))
  loot.keep(await logs.filterLogEvents(group))
}
