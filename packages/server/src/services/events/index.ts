import * as sdk from '@aws-sdk/client-eventbridge'
import { awsJson } from '@bartizan/wire'
import { defineService, jsonErrorCodes } from '../../kernel/service.ts'
import * as apiDestinations from './api-destinations.ts'
import { archiveTask, emptyArchiveJob, expireEventsJob } from './archive-events.ts'
import * as archives from './archives.ts'
import { busDeadLetterTask } from './bus-dead-letter.ts'
import * as buses from './buses.ts'
import * as connections from './connections.ts'
import constraints from './data/constraints.json' with { type: 'json' }
import { deliverBatchTask, deliverTask, invokeTask } from './delivery/tasks.ts'
import { eventSink } from './ingest.ts'
import * as permissions from './permissions.ts'
import * as putEvents from './put-events.ts'
import * as replays from './replays.ts'
import * as rules from './rules.ts'
import { fireJob } from './schedules.ts'
import * as tags from './tags.ts'
import * as targets from './targets.ts'
import * as testEventPattern from './test-event-pattern.ts'
import { eventsResources } from './resources.ts'

/** Amazon EventBridge (https://docs.aws.amazon.com/eventbridge/latest/APIReference/). */
export const events = defineService({
  id: 'events',
  protocols: [awsJson('1.1', 'AWSEvents')],
  sdk,
  operations: [
    apiDestinations,
    archives,
    buses,
    connections,
    permissions,
    putEvents,
    replays,
    rules,
    tags,
    targets,
    testEventPattern,
  ],
  constraints,
  errorCodes: { ...jsonErrorCodes, internal: 'InternalException' },
  jobs: [fireJob, expireEventsJob, emptyArchiveJob],
  tasks: [
    deliverTask,
    deliverBatchTask,
    invokeTask,
    archiveTask,
    busDeadLetterTask,
    connections.authorizeTask,
    replays.replayTask,
  ],
  eventSink,
  resources: eventsResources,
  fidelity: {
    supported: [
      'the whole event pattern language, with the refusals of EventBridge in its own words and places',
      'rate and cron schedules; every due time fires once, also those that fell into a downtime',
      'targets: Lambda, SNS, SQS (FIFO too), another event bus, CloudWatch Logs, API destinations',
      'input paths and transformers, retry policies and dead-letter queues with their attributes',
      'every audited call as an event, reads for rules that ask for all management events',
      "KMS keys of buses and archives encrypt events that wait or are archived; what EventBridge may not encrypt goes to the bus's dead-letter queue, what it may not decrypt to the target's",
      'archives and replays; connections with BASIC, API_KEY and OAuth client credentials, really performed',
    ],
    deviates: [
      'a delivery is retried at most 185 times in 24 hours, at times of our own: doubling from one second to eight minutes',
      'scheduled rules fire later for due times that a downtime has covered; EventBridge passes them over',
      "everything is encrypted under the root key; a bus's KMS key encrypts custom events, not rules",
      'the encrypted payload of an event that cannot be decrypted is no message of the AWS Encryption SDK: it is the length of the encrypted data key in two bytes, that key, and IV, ciphertext and tag of AES-256-GCM',
      'in development mode plain HTTP is allowed to this machine, for API destinations and authorization endpoints',
      'an archive counts its events when it is described, so that the figures are never late',
      'the wildcard limit counts places of a pattern, so patterns near it may fall on the other side than on AWS',
      'the log groups of LogConfig are remembered and nothing is written to them',
    ],
    absent: [
      'targets of other services: PutTargets takes them and every delivery to them fails, visibly',
      'partner event sources, global endpoints, private connectivity and schema discovery',
    ],
  },
})
