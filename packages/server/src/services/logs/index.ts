import * as sdk from '@aws-sdk/client-cloudwatch-logs'
import { awsJson } from '@bartizan/wire'
import { defineService, jsonErrorCodes } from '../../kernel/service.ts'
import constraints from './data/constraints.json' with { type: 'json' }
import * as encryption from './encryption.ts'
import { eraseTask } from './erasure.ts'
import * as filterEvents from './filter-events.ts'
import * as getEvents from './get-events.ts'
import * as groups from './groups.ts'
import { meterTask } from './metering.ts'
import * as metricFilters from './metric-filters.ts'
import * as putEvents from './put-events.ts'
import * as resourcePolicies from './resource-policies.ts'
import { expireJob, measureJob } from './retention.ts'
import * as streams from './streams.ts'
import { deliverTask } from './subscription-delivery.ts'
import * as subscriptionFilters from './subscription-filters.ts'
import * as tags from './tags.ts'
import { logsResources } from './resources.ts'

/** Amazon CloudWatch Logs (https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/). */
export const logs = defineService({
  id: 'logs',
  protocols: [awsJson('1.1', 'Logs_20140328')],
  sdk,
  operations: [
    encryption,
    filterEvents,
    getEvents,
    groups,
    metricFilters,
    putEvents,
    resourcePolicies,
    streams,
    subscriptionFilters,
    tags,
  ],
  constraints,
  errorCodes: { ...jsonErrorCodes, validation: 'InvalidParameterException' },
  jobs: [expireJob, measureJob],
  tasks: [deliverTask, eraseTask, meterTask],
  resources: logsResources,
  fidelity: {
    supported: [
      'log groups with retention, class, tags, deletion protection and a KMS key under which the events are really encrypted',
      'PutLogEvents with its limits and rejectedLogEventsInfo; events are sealed on disk and kept in compressed batches',
      'GetLogEvents with forward and backward tokens, FilterLogEvents by time over a whole group',
      'the filter pattern language: terms, phrases, regular expressions, JSON and space-delimited patterns',
      'metric filters that publish to CloudWatch, with dimensions and default values',
      'subscription filters to Lambda, tried for 24 hours, with the gzip and base64 payload of AWS',
      'resource policies that let AWS services write',
    ],
    deviates: [
      'storedBytes of a group is measured every quarter of an hour while events come in',
      'a JSON condition other than NOT EXISTS on a property that is not there is false, != too',
      'regular expressions are RE2’s, which run in linear time',
      'a search that reads 16 MiB without filling a page comes back with a token, as AWS’s does at a time of its own',
      'GetLogEvents tokens do not expire',
    ],
    absent: [
      'Logs Insights queries, live tail, anomaly detectors, data protection, transformers, field indexes, exports, deliveries and cross-account destinations',
      'subscriptions to Kinesis, Firehose and OpenSearch, which are not here',
      'reading events of the INFREQUENT_ACCESS and DELIVERY classes, which on AWS takes Logs Insights',
    ],
  },
})
