import {
  documentProperty,
  flagProperty,
  listProperty,
  tagChanges,
  tagsProperty,
  textProperty,
  textsProperty,
  type ResourceContext,
  type ResourceProperties,
  type ResourceType,
} from '../../kernel/resource-type.ts'

const topicAttributes: Readonly<Record<string, string>> = {
  ContentBasedDeduplication: 'ContentBasedDeduplication',
  DisplayName: 'DisplayName',
  FifoThroughputScope: 'FifoThroughputScope',
  KmsMasterKeyId: 'KmsMasterKeyId',
  SignatureVersion: 'SignatureVersion',
  TracingConfig: 'TracingConfig',
}

interface Listed {
  readonly Protocol: string
  readonly Endpoint: string
}

const gone = ['NotFound', 'NotFoundException']

/** `AWS::SNS::Topic`. */
const topic: ResourceType = {
  type: 'AWS::SNS::Topic',
  required: [],
  optional: [
    ...Object.keys(topicAttributes),
    'ArchivePolicy',
    'DataProtectionPolicy',
    'FifoTopic',
    'Subscription',
    'Tags',
    'TopicName',
  ],
  replacing: ['FifoTopic', 'TopicName'],
  attributes: ['TopicArn', 'TopicName'],
  tags: 'list',
  async create(at, properties) {
    const isFifo = flagProperty(properties, 'FifoTopic') === true
    const end = isFifo ? '.fifo' : ''
    const Name = textProperty(properties, 'TopicName') ?? `${at.newName({ maxLength: 200 })}${end}`
    const { TopicArn } = await at.call('sns', 'CreateTopic', {
      Name,
      Attributes: { ...attributesOf(properties), ...(isFifo && { FifoTopic: 'true' }) },
      Tags: tagsProperty(properties),
    })
    await subscribe(at, String(TopicArn), properties, {})
    return { physicalId: String(TopicArn), attributes: { TopicArn, TopicName: Name } }
  },
  async update(at, properties, before) {
    const TopicArn = before.physicalId
    const [wanted, had] = [attributesOf(properties), attributesOf(before.properties)]
    for (const name of new Set([...Object.keys(wanted), ...Object.keys(had)])) {
      const [AttributeValue = '', was = ''] = [wanted[name], had[name]]
      if (AttributeValue === was) continue
      const change = { TopicArn, AttributeName: name, AttributeValue }
      await at.call('sns', 'SetTopicAttributes', change)
    }
    await subscribe(at, TopicArn, properties, before.properties)
    const { put, remove } = tagChanges(before.properties, properties)
    const ResourceArn = TopicArn
    if (remove.length > 0) await at.call('sns', 'UntagResource', { ResourceArn, TagKeys: remove })
    if (put.length > 0) await at.call('sns', 'TagResource', { ResourceArn, Tags: put })
    return before
  },
  async delete(at, { physicalId: TopicArn }) {
    await at.tryCall(gone, 'sns', 'DeleteTopic', { TopicArn })
  },
}

const subscriptionDocuments = ['DeliveryPolicy', 'FilterPolicy', 'RedrivePolicy', 'ReplayPolicy']
const subscriptionTexts = ['FilterPolicyScope', 'RawMessageDelivery', 'SubscriptionRoleArn']

/** `AWS::SNS::Subscription`. */
const subscription: ResourceType = {
  type: 'AWS::SNS::Subscription',
  required: ['Protocol', 'TopicArn'],
  optional: [...subscriptionDocuments, ...subscriptionTexts, 'Endpoint', 'Region'],
  replacing: ['Endpoint', 'Protocol', 'TopicArn'],
  attributes: ['Arn'],
  async create(at, properties) {
    const { SubscriptionArn } = await at.call('sns', 'Subscribe', {
      TopicArn: textProperty(properties, 'TopicArn'),
      Protocol: textProperty(properties, 'Protocol'),
      Endpoint: textProperty(properties, 'Endpoint'),
      Attributes: subscriptionAttributes(properties),
      ReturnSubscriptionArn: true,
    })
    return { physicalId: String(SubscriptionArn), attributes: { Arn: SubscriptionArn } }
  },
  async update(at, properties, before) {
    const SubscriptionArn = before.physicalId
    const [wanted, had] = [properties, before.properties].map(subscriptionAttributes)
    for (const name of [...subscriptionDocuments, ...subscriptionTexts]) {
      const AttributeValue = wanted?.[name] ?? ''
      if (AttributeValue === (had?.[name] ?? '')) continue
      const change = { SubscriptionArn, AttributeName: name, AttributeValue }
      await at.call('sns', 'SetSubscriptionAttributes', change)
    }
    return before
  },
  async delete(at, { physicalId: SubscriptionArn }) {
    await at.tryCall(gone, 'sns', 'Unsubscribe', { SubscriptionArn })
  },
}

/** `AWS::SNS::TopicPolicy`: one policy on several topics. */
const topicPolicy: ResourceType = {
  type: 'AWS::SNS::TopicPolicy',
  required: ['PolicyDocument', 'Topics'],
  optional: [],
  replacing: [],
  attributes: ['Id'],
  async create(at, properties) {
    await putPolicy(at, properties)
    return { physicalId: at.newName(), attributes: {} }
  },
  async update(at, properties, before) {
    await putPolicy(at, properties)
    return before
  },
  async delete(at, { properties }) {
    for (const TopicArn of textsProperty(properties, 'Topics')) {
      const AttributeValue = ownersPolicy(at.account, TopicArn)
      const change = { TopicArn, AttributeName: 'Policy', AttributeValue }
      await at.tryCall(gone, 'sns', 'SetTopicAttributes', change)
    }
  },
}

/** What CloudFormation makes of SNS. */
export const snsResources: readonly ResourceType[] = [subscription, topic, topicPolicy]

async function putPolicy(at: ResourceContext, properties: ResourceProperties): Promise<void> {
  const AttributeValue = documentProperty(properties, 'PolicyDocument')
  for (const TopicArn of textsProperty(properties, 'Topics')) {
    const change = { TopicArn, AttributeName: 'Policy', AttributeValue }
    await at.call('sns', 'SetTopicAttributes', change)
  }
}

/** The policy that a topic is born with. */
function ownersPolicy(account: string, topicArn: string): string {
  return JSON.stringify({
    Version: '2008-10-17',
    Id: '__default_policy_ID',
    Statement: [
      {
        Sid: '__default_statement_ID',
        Effect: 'Allow',
        Principal: { AWS: '*' },
        Action: [
          'SNS:GetTopicAttributes',
          'SNS:SetTopicAttributes',
          'SNS:AddPermission',
          'SNS:RemovePermission',
          'SNS:DeleteTopic',
          'SNS:Subscribe',
          'SNS:ListSubscriptionsByTopic',
          'SNS:Publish',
        ],
        Resource: topicArn,
        Condition: { StringEquals: { 'AWS:SourceOwner': account } },
      },
    ],
  })
}

/** A topic's own list of subscriptions only grows here, as on AWS it is no way to take one back. */
async function subscribe(
  at: ResourceContext,
  TopicArn: string,
  wanted: ResourceProperties,
  had: ResourceProperties,
): Promise<void> {
  const before = listProperty(had, 'Subscription') as readonly Listed[]
  for (const { Protocol, Endpoint } of listProperty(wanted, 'Subscription') as readonly Listed[]) {
    const isThere = before.some((each) => each.Protocol === Protocol && each.Endpoint === Endpoint)
    if (!isThere) await at.call('sns', 'Subscribe', { TopicArn, Protocol, Endpoint })
  }
}

function attributesOf(properties: ResourceProperties): Record<string, string> {
  const attributes: Record<string, string> = {}
  for (const [name, attribute] of Object.entries(topicAttributes)) {
    const text = textProperty(properties, name)
    if (text !== undefined) attributes[attribute] = text
  }
  return attributes
}

function subscriptionAttributes(properties: ResourceProperties): Record<string, string> {
  const attributes: Record<string, string> = {}
  for (const name of subscriptionDocuments) {
    const text = documentProperty(properties, name)
    if (text !== undefined) attributes[name] = text
  }
  for (const name of subscriptionTexts) {
    const text = textProperty(properties, name)
    if (text !== undefined) attributes[name] = text
  }
  return attributes
}
