import * as sdk from '@aws-sdk/client-cloudwatch'
import { awsJson, awsQuery, rpcV2Cbor } from '@bartizan/wire'
import { defineService } from '../../kernel/service.ts'
import { actTask } from './alarm-actions.ts'
import { evaluateJob } from './alarm-evaluator.ts'
import * as history from './alarm-history.ts'
import { unsuppressJob } from './alarm-suppression.ts'
import * as alarms from './alarms.ts'
import * as dashboards from './dashboards.ts'
import constraints from './data/constraints.json' with { type: 'json' }
import * as metricData from './get-metric-data.ts'
import * as metricStatistics from './get-metric-statistics.ts'
import * as listMetrics from './list-metrics.ts'
import * as putAlarms from './put-alarms.ts'
import * as putMetricData from './put-metric-data.ts'
import { gzipped } from './request-compression.ts'
import { rollupJob } from './rollup.ts'
import * as tags from './tags.ts'
import { cloudwatchResources } from './resources.ts'

const target = 'GraniteServiceVersion20100801'
const queryCompatible = true

/** Amazon CloudWatch (https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/). */
export const cloudwatch = defineService({
  id: 'cloudwatch',
  signingNames: ['monitoring'],
  eventSource: 'monitoring.amazonaws.com',
  protocols: [
    gzipped(rpcV2Cbor(target, { queryCompatible })),
    gzipped(awsJson('1.0', target, { queryCompatible })),
    gzipped(
      awsQuery({
        version: '2010-08-01',
        xmlNamespace: 'http://monitoring.amazonaws.com/doc/2010-08-01/',
      }),
    ),
  ],
  sdk,
  operations: [
    alarms,
    dashboards,
    history,
    listMetrics,
    metricData,
    metricStatistics,
    putAlarms,
    putMetricData,
    tags,
  ],
  constraints,
  errorCodes: {
    accessDenied: 'AccessDenied',
    validation: 'ValidationError',
    internal: 'InternalFailure',
  },
  jobs: [evaluateJob, history.forgetHistoryJob, rollupJob, unsuppressJob],
  tasks: [actTask],
  metricSink: putMetricData.metricSink,
  resources: cloudwatchResources,
  fidelity: {
    supported: [
      'PutMetricData with values and counts, statistic sets, up to 30 dimensions, high resolution and gzip; over CBOR, JSON and Query',
      'GetMetricStatistics and GetMetricData with every documented statistic and metric math, SEARCH included; data ages into 5 minute and hourly periods and goes after 455 days, as on AWS',
      'metric alarms with M out of N, every treatment of missing data, percentiles and metric math; composite alarms with suppressors; SNS and Lambda actions, EventBridge events and history',
      'dashboards and tags',
    ],
    deviates: [
      'metrics can be listed and read as soon as they are published',
      'an alarm is evaluated while its metrics have data in its range or its state was set by hand; one at rest costs nothing',
      'more than 300 distinct values of a metric in a minute are kept to three significant digits, which percentiles then have',
      'EvaluateLowSampleCountPercentile is kept and never decides',
      'actions other than SNS and Lambda are taken and fail, as the history then says',
      'labels of GetMetricData are not expanded',
    ],
    absent: [
      'anomaly detectors and their bands, Metrics Insights, PromQL, metric streams, Contributor Insights, mute rules and images of widgets',
    ],
  },
})
