import {
  documentProperty,
  flagProperty,
  tagChanges,
  tagsProperty,
  textProperty,
  textsProperty,
  type ResourceContext,
  type ResourceProperties,
  type ResourceType,
} from '../../kernel/resource-type.ts'

/** Properties that are the queue's attributes, under the same or another name. */
const attributeNames: Readonly<Record<string, string>> = {
  ContentBasedDeduplication: 'ContentBasedDeduplication',
  DeduplicationScope: 'DeduplicationScope',
  DelaySeconds: 'DelaySeconds',
  FifoThroughputLimit: 'FifoThroughputLimit',
  KmsDataKeyReusePeriodSeconds: 'KmsDataKeyReusePeriodSeconds',
  KmsMasterKeyId: 'KmsMasterKeyId',
  MaximumMessageSize: 'MaximumMessageSize',
  MessageRetentionPeriod: 'MessageRetentionPeriod',
  ReceiveMessageWaitTimeSeconds: 'ReceiveMessageWaitTimeSeconds',
  SqsManagedSseEnabled: 'SqsManagedSseEnabled',
  VisibilityTimeout: 'VisibilityTimeout',
}
const documents = ['RedriveAllowPolicy', 'RedrivePolicy']

/** What an attribute is when a template leaves it out again. */
const defaults: Readonly<Record<string, string>> = {
  DelaySeconds: '0',
  MaximumMessageSize: '262144',
  MessageRetentionPeriod: '345600',
  ReceiveMessageWaitTimeSeconds: '0',
  VisibilityTimeout: '30',
}

const gone = ['QueueDoesNotExist', 'AWS.SimpleQueueService.NonExistentQueue']

/** `AWS::SQS::Queue`. */
const queue: ResourceType = {
  type: 'AWS::SQS::Queue',
  required: [],
  optional: [...Object.keys(attributeNames), ...documents, 'FifoQueue', 'QueueName', 'Tags'],
  replacing: ['FifoQueue', 'QueueName'],
  attributes: ['Arn', 'QueueName', 'QueueUrl'],
  tags: 'list',
  async create(at, properties) {
    const isFifo = flagProperty(properties, 'FifoQueue') === true
    const end = isFifo ? '.fifo' : ''
    const own = at.newName({ maxLength: 80 - end.length })
    const QueueName = textProperty(properties, 'QueueName') ?? `${own}${end}`
    const tags = tagsProperty(properties).map(({ Key, Value }) => [Key, Value])
    const { QueueUrl } = await at.call('sqs', 'CreateQueue', {
      QueueName,
      Attributes: { ...attributesOf(properties), ...(isFifo && { FifoQueue: 'true' }) },
      ...(tags.length > 0 && { tags: Object.fromEntries(tags) }),
    })
    const Arn = `arn:aws:sqs:${at.region}:${at.account}:${QueueName}`
    return { physicalId: String(QueueUrl), attributes: { Arn, QueueName, QueueUrl } }
  },
  async update(at, properties, before) {
    const QueueUrl = before.physicalId
    const [wanted, had] = [attributesOf(properties), attributesOf(before.properties)]
    const dropped = Object.keys(had).filter((name) => wanted[name] === undefined)
    const Attributes = {
      ...wanted,
      ...Object.fromEntries(dropped.map((name) => [name, defaults[name] ?? ''])),
    }
    await at.call('sqs', 'SetQueueAttributes', { QueueUrl, Attributes })
    const { put, remove } = tagChanges(before.properties, properties)
    if (remove.length > 0) await at.call('sqs', 'UntagQueue', { QueueUrl, TagKeys: remove })
    if (put.length > 0) {
      const Tags = Object.fromEntries(put.map(({ Key, Value }) => [Key, Value]))
      await at.call('sqs', 'TagQueue', { QueueUrl, Tags })
    }
    return before
  },
  async delete(at, { physicalId: QueueUrl }) {
    await at.tryCall(gone, 'sqs', 'DeleteQueue', { QueueUrl })
  },
}

/** `AWS::SQS::QueuePolicy`: one policy on several queues. */
const queuePolicy: ResourceType = {
  type: 'AWS::SQS::QueuePolicy',
  required: ['PolicyDocument', 'Queues'],
  optional: [],
  replacing: [],
  attributes: ['Id'],
  async create(at, properties) {
    await putPolicy(at, properties)
    return { physicalId: at.newName(), attributes: {} }
  },
  async update(at, properties, before) {
    await putPolicy(at, properties)
    const kept = textsProperty(properties, 'Queues')
    const left = textsProperty(before.properties, 'Queues').filter((url) => !kept.includes(url))
    await dropPolicy(at, left)
    return before
  },
  delete: (at, { properties }) => dropPolicy(at, textsProperty(properties, 'Queues')),
}

/** What CloudFormation makes of SQS. */
export const sqsResources: readonly ResourceType[] = [queue, queuePolicy]

async function putPolicy(at: ResourceContext, properties: ResourceProperties): Promise<void> {
  const Policy = documentProperty(properties, 'PolicyDocument') ?? ''
  for (const QueueUrl of textsProperty(properties, 'Queues')) {
    await at.call('sqs', 'SetQueueAttributes', { QueueUrl, Attributes: { Policy } })
  }
}

async function dropPolicy(at: ResourceContext, urls: readonly string[]): Promise<void> {
  for (const QueueUrl of urls) {
    await at.tryCall(gone, 'sqs', 'SetQueueAttributes', { QueueUrl, Attributes: { Policy: '' } })
  }
}

function attributesOf(properties: ResourceProperties): Record<string, string> {
  const attributes: Record<string, string> = {}
  for (const [name, attribute] of Object.entries(attributeNames)) {
    const text = textProperty(properties, name)
    if (text !== undefined) attributes[attribute] = text
  }
  for (const name of documents) {
    const text = documentProperty(properties, name)
    if (text !== undefined) attributes[name] = text
  }
  return attributes
}
