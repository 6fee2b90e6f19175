import * as sdk from '@aws-sdk/client-sns'
import { awsQuery } from '@bartizan/wire'
import { AwsError } from '../../kernel/errors.ts'
import { defineService } from '../../kernel/service.ts'
import * as certificate from './certificate-page.ts'
import * as confirming from './confirming.ts'
import constraints from './data/constraints.json' with { type: 'json' }
import { sweepJob } from './deduplication.ts'
import { deliveryTasks } from './dispatch.ts'
import * as permissions from './permissions.ts'
import * as publish from './publish.ts'
import * as subscriptions from './subscriptions.ts'
import * as tags from './tags.ts'
import * as topics from './topics.ts'
import { snsResources } from './resources.ts'

/** Amazon Simple Notification Service (https://docs.aws.amazon.com/sns/latest/api/). */
export const sns = defineService({
  id: 'sns',
  protocols: [
    certificate.certificatePage(),
    awsQuery({ version: '2010-03-31', xmlNamespace: 'http://sns.amazonaws.com/doc/2010-03-31/' }),
  ],
  sdk: { ...sdk, GetSigningCertificate$: certificate.GetSigningCertificate$ },
  operations: [certificate, confirming, permissions, publish, subscriptions, tags, topics],
  constraints,
  errorCodes: {
    accessDenied: 'AuthorizationError',
    validation: 'InvalidParameter',
    internal: 'InternalError',
  },
  // Refusals of the policy engine have the status of the modelled error.
  tellError: (error) =>
    error.code === 'AuthorizationError' && error.status === 400
      ? new AwsError({ code: error.code, message: error.message, status: 403 })
      : error,
  open: ['ConfirmSubscription', 'Unsubscribe', 'GetSigningCertificate'],
  jobs: [sweepJob, subscriptions.expirePendingJob],
  tasks: deliveryTasks,
  resources: snsResources,
  fidelity: {
    supported: [
      'standard and FIFO topics, policies, tags, message attributes, message structure, batches',
      'subscriptions of queues, functions, web servers (confirmed, signed in versions 1 and 2, raw or not) and mail by a configured SMTP server',
      'filter policies on attributes and bodies with every operator, delivery policies, dead-letter queues',
      'topics with a KMS key encrypt what waits for delivery with data keys of that key, asked for on the publisher’s behalf',
      'deliveries survive a restart, are tried again as on AWS, and never wait for another endpoint',
    ],
    deviates: [
      'messages are signed by a key and certificate of the installation’s own: clients that insist on an address under amazonaws.com must be told of it',
      'delivery status logging, tracing and X-Ray: the attributes are kept and shown, nothing is written',
      'SubscriptionsDeleted is always 0; a delivery policy’s throttlePolicy is kept and does not slow deliveries down',
      'limits on rates and on the number of topics, subscriptions and filter policies are not enforced',
    ],
    absent: [
      'SMS, mobile push and Firehose endpoints',
      'message archives and replay, data protection policies',
    ],
  },
})
