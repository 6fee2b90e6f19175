import {
  documentProperty,
  listProperty,
  numberProperty,
  tagChanges,
  tagsProperty,
  textProperty,
  type ResourceContext,
  type ResourceProperties,
  type ResourceTag,
  type ResourceType,
} from '../../kernel/resource-type.ts'

const gone = ['ResourceNotFoundException']

/** `AWS::Logs::LogGroup`. */
const logGroup: ResourceType = {
  type: 'AWS::Logs::LogGroup',
  required: [],
  optional: [
    'DataProtectionPolicy',
    'DeletionProtectionEnabled',
    'FieldIndexPolicies',
    'KmsKeyId',
    'LogGroupClass',
    'LogGroupName',
    'RetentionInDays',
    'Tags',
  ],
  replacing: ['LogGroupClass', 'LogGroupName'],
  attributes: ['Arn'],
  tags: 'list',
  async create(at, properties) {
    const own = textProperty(properties, 'LogGroupName')
    const logGroupName = own ?? at.newName({ maxLength: 512 })
    const kmsKeyId = textProperty(properties, 'KmsKeyId')
    const logGroupClass = textProperty(properties, 'LogGroupClass')
    const tags = tagsProperty(properties)
    const codes = at.isRetry || own === undefined ? ['ResourceAlreadyExistsException'] : []
    await at.tryCall(codes, 'logs', 'CreateLogGroup', {
      logGroupName,
      ...(kmsKeyId !== undefined && { kmsKeyId }),
      ...(logGroupClass !== undefined && { logGroupClass }),
      ...(tags.length > 0 && { tags: mapOf(tags) }),
    })
    await setRetention(at, logGroupName, properties, {})
    return { physicalId: logGroupName, attributes: { Arn: `${arnOf(at, logGroupName)}:*` } }
  },
  async update(at, properties, before) {
    const logGroupName = before.physicalId
    await setRetention(at, logGroupName, properties, before.properties)
    const kmsKeyId = textProperty(properties, 'KmsKeyId')
    if (kmsKeyId !== textProperty(before.properties, 'KmsKeyId')) {
      if (kmsKeyId === undefined) await at.call('logs', 'DisassociateKmsKey', { logGroupName })
      else await at.call('logs', 'AssociateKmsKey', { logGroupName, kmsKeyId })
    }
    const { put, remove } = tagChanges(before.properties, properties)
    const resourceArn = arnOf(at, logGroupName)
    if (remove.length > 0) await at.call('logs', 'UntagResource', { resourceArn, tagKeys: remove })
    if (put.length > 0) await at.call('logs', 'TagResource', { resourceArn, tags: mapOf(put) })
    return before
  },
  async delete(at, { physicalId: logGroupName }) {
    await at.tryCall(gone, 'logs', 'DeleteLogGroup', { logGroupName })
  },
}

/** `AWS::Logs::LogStream`. */
const logStream: ResourceType = {
  type: 'AWS::Logs::LogStream',
  required: ['LogGroupName'],
  optional: ['LogStreamName'],
  replacing: ['LogGroupName', 'LogStreamName'],
  attributes: [],
  async create(at, properties) {
    const logGroupName = textProperty(properties, 'LogGroupName')
    const own = textProperty(properties, 'LogStreamName')
    const logStreamName = own ?? at.newName({ maxLength: 512 })
    const codes = at.isRetry || own === undefined ? ['ResourceAlreadyExistsException'] : []
    await at.tryCall(codes, 'logs', 'CreateLogStream', { logGroupName, logStreamName })
    return { physicalId: logStreamName, attributes: {} }
  },
  async delete(at, { physicalId: logStreamName, properties }) {
    const logGroupName = textProperty(properties, 'LogGroupName')
    await at.tryCall(gone, 'logs', 'DeleteLogStream', { logGroupName, logStreamName })
  },
}

/** `AWS::Logs::SubscriptionFilter`. */
const subscriptionFilter: ResourceType = {
  type: 'AWS::Logs::SubscriptionFilter',
  required: ['DestinationArn', 'FilterPattern', 'LogGroupName'],
  optional: ['Distribution', 'FilterName', 'RoleArn'],
  replacing: ['FilterName', 'LogGroupName'],
  attributes: [],
  async create(at, properties) {
    const name = textProperty(properties, 'FilterName') ?? at.newName({ maxLength: 512 })
    await putSubscription(at, name, properties)
    return { physicalId: name, attributes: {} }
  },
  async update(at, properties, before) {
    await putSubscription(at, before.physicalId, properties)
    return before
  },
  async delete(at, { physicalId: filterName, properties }) {
    const logGroupName = textProperty(properties, 'LogGroupName')
    await at.tryCall(gone, 'logs', 'DeleteSubscriptionFilter', { logGroupName, filterName })
  },
}

/** `AWS::Logs::MetricFilter`. */
const metricFilter: ResourceType = {
  type: 'AWS::Logs::MetricFilter',
  required: ['FilterPattern', 'LogGroupName', 'MetricTransformations'],
  optional: ['ApplyOnTransformedLogs', 'FilterName'],
  replacing: ['FilterName', 'LogGroupName'],
  attributes: [],
  async create(at, properties) {
    const name = textProperty(properties, 'FilterName') ?? at.newName({ maxLength: 512 })
    await putMetricFilter(at, name, properties)
    return { physicalId: name, attributes: {} }
  },
  async update(at, properties, before) {
    await putMetricFilter(at, before.physicalId, properties)
    return before
  },
  async delete(at, { physicalId: filterName, properties }) {
    const logGroupName = textProperty(properties, 'LogGroupName')
    await at.tryCall(gone, 'logs', 'DeleteMetricFilter', { logGroupName, filterName })
  },
}

/** `AWS::Logs::ResourcePolicy`. */
const resourcePolicy: ResourceType = {
  type: 'AWS::Logs::ResourcePolicy',
  required: ['PolicyDocument', 'PolicyName'],
  optional: [],
  replacing: ['PolicyName'],
  attributes: [],
  create: putResourcePolicy,
  update: putResourcePolicy,
  async delete(at, { physicalId: policyName }) {
    await at.tryCall(gone, 'logs', 'DeleteResourcePolicy', { policyName })
  },
}

/** What CloudFormation makes of CloudWatch Logs. */
export const logsResources: readonly ResourceType[] = [
  logGroup,
  logStream,
  metricFilter,
  resourcePolicy,
  subscriptionFilter,
]

function arnOf({ region, account }: ResourceContext, logGroupName: string): string {
  return `arn:aws:logs:${region}:${account}:log-group:${logGroupName}`
}

function mapOf(tags: readonly ResourceTag[]): Record<string, string> {
  return Object.fromEntries(tags.map(({ Key, Value }) => [Key, Value]))
}

async function setRetention(
  at: ResourceContext,
  logGroupName: string,
  wanted: ResourceProperties,
  had: ResourceProperties,
): Promise<void> {
  const retentionInDays = numberProperty(wanted, 'RetentionInDays')
  if (retentionInDays === numberProperty(had, 'RetentionInDays')) return
  if (retentionInDays === undefined) {
    await at.call('logs', 'DeleteRetentionPolicy', { logGroupName })
  } else await at.call('logs', 'PutRetentionPolicy', { logGroupName, retentionInDays })
}

async function putSubscription(
  at: ResourceContext,
  filterName: string,
  properties: ResourceProperties,
): Promise<void> {
  const [roleArn, distribution] = [
    textProperty(properties, 'RoleArn'),
    textProperty(properties, 'Distribution'),
  ]
  await at.call('logs', 'PutSubscriptionFilter', {
    filterName,
    logGroupName: textProperty(properties, 'LogGroupName'),
    filterPattern: textProperty(properties, 'FilterPattern') ?? '',
    destinationArn: textProperty(properties, 'DestinationArn'),
    ...(roleArn !== undefined && { roleArn }),
    ...(distribution !== undefined && { distribution }),
  })
}

async function putMetricFilter(
  at: ResourceContext,
  filterName: string,
  properties: ResourceProperties,
): Promise<void> {
  const transformations = listProperty(properties, 'MetricTransformations') as readonly (
    ResourceProperties | undefined
  )[]
  await at.call('logs', 'PutMetricFilter', {
    filterName,
    logGroupName: textProperty(properties, 'LogGroupName'),
    filterPattern: textProperty(properties, 'FilterPattern') ?? '',
    metricTransformations: transformations.map((each = {}) => ({
      metricName: textProperty(each, 'MetricName'),
      metricNamespace: textProperty(each, 'MetricNamespace'),
      metricValue: textProperty(each, 'MetricValue'),
      ...(each['DefaultValue'] !== undefined && {
        defaultValue: numberProperty(each, 'DefaultValue'),
      }),
      ...(each['Unit'] !== undefined && { unit: textProperty(each, 'Unit') }),
      ...(each['Dimensions'] !== undefined && { dimensions: dimensionsOf(each) }),
    })),
  })
}

function dimensionsOf(transformation: ResourceProperties): Record<string, string> {
  const list = listProperty(transformation, 'Dimensions') as readonly ResourceTag[]
  return mapOf(list)
}

async function putResourcePolicy(at: ResourceContext, properties: ResourceProperties) {
  const policyName = textProperty(properties, 'PolicyName') ?? ''
  const policyDocument = documentProperty(properties, 'PolicyDocument')
  await at.call('logs', 'PutResourcePolicy', { policyName, policyDocument })
  return { physicalId: policyName, attributes: {} }
}
