import {
  documentProperty,
  tagChanges,
  textProperty,
  type ResourceBefore,
  type ResourceContext,
  type ResourceProperties,
  type ResourceType,
} from '../../kernel/resource-type.ts'

/** `AWS::CloudWatch::Alarm`. */
const alarm: ResourceType = {
  type: 'AWS::CloudWatch::Alarm',
  required: [],
  optional: [
    'ActionsEnabled',
    'AlarmActions',
    'AlarmDescription',
    'AlarmName',
    'ComparisonOperator',
    'DatapointsToAlarm',
    'Dimensions',
    'EvaluateLowSampleCountPercentile',
    'EvaluationPeriods',
    'ExtendedStatistic',
    'InsufficientDataActions',
    'MetricName',
    'Metrics',
    'Namespace',
    'OKActions',
    'Period',
    'Statistic',
    'Tags',
    'Threshold',
    'ThresholdMetricId',
    'TreatMissingData',
    'Unit',
  ],
  replacing: ['AlarmName'],
  attributes: ['Arn'],
  tags: 'list',
  create: (at, properties) => putAlarm(at, 'PutMetricAlarm', properties),
  update: (at, properties, before) => changeAlarm(at, 'PutMetricAlarm', properties, before),
  delete: deleteAlarm,
}

/** `AWS::CloudWatch::CompositeAlarm`. */
const compositeAlarm: ResourceType = {
  type: 'AWS::CloudWatch::CompositeAlarm',
  required: ['AlarmRule'],
  optional: [
    'ActionsEnabled',
    'ActionsSuppressor',
    'ActionsSuppressorExtensionPeriod',
    'ActionsSuppressorWaitPeriod',
    'AlarmActions',
    'AlarmDescription',
    'AlarmName',
    'InsufficientDataActions',
    'OKActions',
    'Tags',
  ],
  replacing: ['AlarmName'],
  attributes: ['Arn'],
  tags: 'list',
  create: (at, properties) => putAlarm(at, 'PutCompositeAlarm', properties),
  update: (at, properties, before) => changeAlarm(at, 'PutCompositeAlarm', properties, before),
  delete: deleteAlarm,
}

/** `AWS::CloudWatch::Dashboard`. */
const dashboard: ResourceType = {
  type: 'AWS::CloudWatch::Dashboard',
  required: ['DashboardBody'],
  optional: ['DashboardName'],
  replacing: ['DashboardName'],
  attributes: [],
  async create(at, properties) {
    const DashboardName = textProperty(properties, 'DashboardName') ?? at.newName()
    const DashboardBody = documentProperty(properties, 'DashboardBody')
    await at.call('cloudwatch', 'PutDashboard', { DashboardName, DashboardBody })
    return { physicalId: DashboardName, attributes: {} }
  },
  async update(at, properties, before) {
    const DashboardBody = documentProperty(properties, 'DashboardBody')
    await at.call('cloudwatch', 'PutDashboard', { DashboardName: before.physicalId, DashboardBody })
    return before
  },
  async delete(at, { physicalId }) {
    const gone = ['ResourceNotFound', 'DashboardNotFoundError']
    await at.tryCall(gone, 'cloudwatch', 'DeleteDashboards', { DashboardNames: [physicalId] })
  },
}

/** What CloudFormation makes of CloudWatch. */
export const cloudwatchResources: readonly ResourceType[] = [alarm, compositeAlarm, dashboard]

async function putAlarm(at: ResourceContext, operation: string, properties: ResourceProperties) {
  const AlarmName = textProperty(properties, 'AlarmName') ?? at.newName({ maxLength: 255 })
  await at.call('cloudwatch', operation, { ...properties, AlarmName })
  const Arn = `arn:aws:cloudwatch:${at.region}:${at.account}:alarm:${AlarmName}`
  return { physicalId: AlarmName, attributes: { Arn } }
}

async function changeAlarm(
  at: ResourceContext,
  operation: string,
  properties: ResourceProperties,
  before: ResourceBefore,
) {
  const { Tags: _tags, ...own } = properties
  await at.call('cloudwatch', operation, { ...own, AlarmName: before.physicalId })
  const ResourceARN = before.attributes['Arn']
  const { put, remove } = tagChanges(before.properties, properties)
  if (remove.length > 0) {
    await at.call('cloudwatch', 'UntagResource', { ResourceARN, TagKeys: remove })
  }
  if (put.length > 0) await at.call('cloudwatch', 'TagResource', { ResourceARN, Tags: put })
  return before
}

async function deleteAlarm(at: ResourceContext, { physicalId }: ResourceBefore): Promise<void> {
  const gone = ['ResourceNotFound', 'ResourceNotFoundException']
  await at.tryCall(gone, 'cloudwatch', 'DeleteAlarms', { AlarmNames: [physicalId] })
}
