import * as sdk from '@aws-sdk/client-cloudtrail'
import { awsJson } from '@bartizan/wire'
import { defineService } from '../../kernel/service.ts'
import constraints from './data/constraints.json' with { type: 'json' }
import * as events from './events.ts'

/** AWS CloudTrail's event history (https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/). */
export const cloudtrail = defineService({
  id: 'cloudtrail',
  protocols: [
    awsJson('1.1', 'CloudTrail_20131101'),
    awsJson('1.1', 'com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101'),
  ],
  sdk,
  operations: [events],
  constraints,
  fidelity: {
    supported: [
      'LookupEvents over the audit log: newest first, one lookup attribute, a time range within 90 days, pages of up to 50',
    ],
    deviates: [
      'events are there at once; AWS takes minutes',
      'there are no Insights events: asking for them finds nothing',
    ],
    absent: ['trails, event data stores, channels, imports and queries'],
  },
})
