import * as sdk from '@aws-sdk/client-sqs'
import { awsJson, awsQuery } from '@bartizan/wire'
import { defineService, queryErrorCodes } from '../../kernel/service.ts'
import constraints from './data/constraints.json' with { type: 'json' }
import * as deletion from './deletion.ts'
import * as moveTasks from './move-tasks.ts'
import * as permissions from './permissions.ts'
import { atQueueUrl, withoutEnums } from './protocol.ts'
import * as queueAttributes from './queue-attributes.ts'
import * as queues from './queues.ts'
import * as receive from './receive.ts'
import * as send from './send.ts'
import { eraseTask, sweepJob } from './sweep.ts'
import * as tags from './tags.ts'
import * as visibility from './visibility.ts'
import { sqsResources } from './resources.ts'

/** Amazon Simple Queue Service (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/). */
export const sqs = defineService({
  id: 'sqs',
  protocols: [
    atQueueUrl(awsJson('1.0', 'AmazonSQS', { queryCompatible: true })),
    atQueueUrl(
      awsQuery({
        version: '2012-11-05',
        xmlNamespace: 'http://queue.amazonaws.com/doc/2012-11-05/',
      }),
    ),
  ],
  sdk,
  operations: [
    deletion,
    moveTasks,
    permissions,
    queueAttributes,
    queues,
    receive,
    send,
    tags,
    visibility,
  ],
  constraints: withoutEnums(constraints),
  errorCodes: { ...queryErrorCodes, validation: 'MissingParameter' },
  rewordValidation: (message) => {
    const [, name = ''] =
      /Value (?:null )?at '([^']+)' failed to satisfy constraint: Member must not be null/.exec(
        message,
      ) ?? []
    if (name === '') return message
    return `The request must contain the parameter ${name.charAt(0).toUpperCase()}${name.slice(1)}.`
  },
  jobs: [sweepJob],
  tasks: [eraseTask, moveTasks.moveTask],
  resources: sqsResources,
  fidelity: {
    supported: [
      'every operation, over AWS JSON 1.0 and for older clients over AWS Query, also at the queue URL',
      'standard queues and FIFO queues with message groups, deduplication by id and content, and receive attempt ids',
      'visibility timeouts, delays, retention, long polling that a message ends at once, dead-letter queues and their redrive',
      'CloudWatch metrics: messages sent, received, deleted, and once a minute how many there are and how old',
      'message contents are sealed at rest; queues with a KMS key encrypt them with data keys of that key',
    ],
    deviates: [
      'approximate counts are exact',
      'a queue can be made again right after it was deleted; changed attributes count at once',
      'a receive that finds nothing but messages for the dead-letter queue answers at once, also a long poll',
      'messages of standard queues come in the order in which they became available, and as a rule once',
      'fair queues: MessageGroupId of a standard queue is kept and shown, but does not change the order',
      'limits on messages in flight and on request rates are not enforced',
    ],
    absent: ['requests without a signature, which a queue policy for everyone allows on AWS'],
  },
})
