import {
  flagProperty,
  listProperty,
  tagChanges,
  tagsProperty,
  textProperty,
  type ResourceContext,
  type ResourceProperties,
  type ResourceType,
} from '../../kernel/resource-type.ts'

const own = [
  'CloudWatchLogsLogGroupArn',
  'CloudWatchLogsRoleArn',
  'EnableLogFileValidation',
  'IncludeGlobalServiceEvents',
  'IsMultiRegionTrail',
  'IsOrganizationTrail',
  'S3BucketName',
  'S3KeyPrefix',
  'SnsTopicName',
]

/** `AWS::CloudTrail::Trail`. */
const trail: ResourceType = {
  type: 'AWS::CloudTrail::Trail',
  required: ['IsLogging', 'S3BucketName'],
  optional: [
    ...own.filter((name) => name !== 'S3BucketName'),
    'AdvancedEventSelectors',
    'EventSelectors',
    'InsightSelectors',
    'KMSKeyId',
    'Tags',
    'TrailName',
  ],
  replacing: ['TrailName'],
  attributes: ['Arn', 'SnsTopicArn'],
  tags: 'list',
  async create(at, properties) {
    const Name = textProperty(properties, 'TrailName') ?? at.newName({ maxLength: 128 })
    const codes = at.isRetry ? ['TrailAlreadyExistsException'] : []
    await at.tryCall(codes, 'cloudtrail', 'CreateTrail', {
      ...settingsOf(properties),
      Name,
      TagsList: tagsProperty(properties),
    })
    await select(at, Name, properties)
    await log(at, Name, properties)
    const Arn = `arn:aws:cloudtrail:${at.region}:${at.account}:trail/${Name}`
    return { physicalId: Name, attributes: { Arn } }
  },
  async update(at, properties, before) {
    const Name = before.physicalId
    await at.call('cloudtrail', 'UpdateTrail', { ...settingsOf(properties), Name })
    await select(at, Name, properties)
    await log(at, Name, properties)
    const ResourceId = before.attributes['Arn']
    const { put, remove } = tagChanges(before.properties, properties)
    if (remove.length > 0) {
      const TagsList = remove.map((Key) => ({ Key }))
      await at.call('cloudtrail', 'RemoveTags', { ResourceId, TagsList })
    }
    if (put.length > 0) await at.call('cloudtrail', 'AddTags', { ResourceId, TagsList: put })
    return before
  },
  async delete(at, { physicalId: Name }) {
    await at.tryCall(['TrailNotFoundException'], 'cloudtrail', 'DeleteTrail', { Name })
  },
}

/** What CloudFormation makes of CloudTrail. */
export const cloudtrailResources: readonly ResourceType[] = [trail]

function settingsOf(properties: ResourceProperties): Record<string, unknown> {
  const KmsKeyId = properties['KMSKeyId']
  const given = own.flatMap((name) =>
    properties[name] === undefined ? [] : [[name, properties[name]] as const],
  )
  return { ...Object.fromEntries(given), ...(KmsKeyId !== undefined && { KmsKeyId }) }
}

async function select(
  at: ResourceContext,
  TrailName: string,
  properties: ResourceProperties,
): Promise<void> {
  const EventSelectors = listProperty(properties, 'EventSelectors')
  const AdvancedEventSelectors = listProperty(properties, 'AdvancedEventSelectors')
  if (EventSelectors.length > 0) {
    await at.call('cloudtrail', 'PutEventSelectors', { TrailName, EventSelectors })
  } else if (AdvancedEventSelectors.length > 0) {
    await at.call('cloudtrail', 'PutEventSelectors', { TrailName, AdvancedEventSelectors })
  }
}

async function log(at: ResourceContext, Name: string, properties: ResourceProperties) {
  const isLogging = flagProperty(properties, 'IsLogging') ?? false
  await at.call('cloudtrail', isLogging ? 'StartLogging' : 'StopLogging', { Name })
}
