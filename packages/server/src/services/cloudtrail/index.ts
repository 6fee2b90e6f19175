import * as sdk from '@aws-sdk/client-cloudtrail'
import { awsJson } from '@bartizan/wire'
import { defineService } from '../../kernel/service.ts'
import constraints from './data/constraints.json' with { type: 'json' }
import { deliverJob } from './delivery.ts'
import { digestJob } from './digests.ts'
import * as eventSelectors from './event-selectors.ts'
import * as events from './events.ts'
import * as logging from './logging.ts'
import * as publicKeys from './public-keys.ts'
import * as trailTags from './trail-tags.ts'
import * as trails from './trails.ts'
import { cloudtrailResources } from './resources.ts'

/** AWS CloudTrail: the event history and trails (https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/). */
export const cloudtrail = defineService({
  id: 'cloudtrail',
  protocols: [
    awsJson('1.1', 'CloudTrail_20131101'),
    awsJson('1.1', 'com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101'),
  ],
  sdk,
  operations: [eventSelectors, events, logging, publicKeys, trails, trailTags],
  constraints,
  jobs: [deliverJob, digestJob],
  resources: cloudtrailResources,
  fidelity: {
    supported: [
      'LookupEvents over the audit log: newest first, one lookup attribute, a time range within 90 days, pages of up to 50',
      'trails of one Region, of all, and of an organization: every five minutes gzipped log files to S3 in the key layout of AWS, with SSE-KMS, an SNS message and CloudWatch Logs through a role',
      'the bucket policy, the topic policy, the KMS key and the role are tried before a trail is taken, as on AWS',
      'hourly digest files, signed and chained, that aws cloudtrail validate-logs accepts',
      'basic and advanced event selectors: management and data events, reads or writes, excluded sources',
    ],
    deviates: [
      'events are in the event history at once; AWS takes minutes',
      'there are no Insights events: asking for them finds nothing',
      'one signing key, renewed every year, serves all Regions',
      'a digest is delivered for the home Region and for Regions that have had log files; AWS delivers them for all',
      'events that come in while logging is stopped are never delivered',
    ],
    absent: [
      'Insights, event data stores, channels, imports, queries, dashboards and delegated administrators',
    ],
  },
})
