import { listProperty, textProperty, type ResourceProperties } from '../../kernel/resource-type.ts'

/** A bucket's setting: how a template's property is put, and how it goes back to what it was. */
interface BucketSetting {
  readonly put: string
  readonly input: (value: ResourceProperties) => object
  readonly remove: string | object
}

const objects = (properties: ResourceProperties, name: string) =>
  listProperty(properties, name) as readonly ResourceProperties[]

/** The settings of `AWS::S3::Bucket`, by property, in the order in which they are put. */
export const bucketSettings: Readonly<Record<string, BucketSetting>> = {
  OwnershipControls: {
    put: 'PutBucketOwnershipControls',
    input: (OwnershipControls) => ({ OwnershipControls }),
    remove: 'DeleteBucketOwnershipControls',
  },
  PublicAccessBlockConfiguration: {
    put: 'PutPublicAccessBlock',
    input: (PublicAccessBlockConfiguration) => ({ PublicAccessBlockConfiguration }),
    remove: 'DeletePublicAccessBlock',
  },
  VersioningConfiguration: {
    put: 'PutBucketVersioning',
    input: (VersioningConfiguration) => ({ VersioningConfiguration }),
    remove: { VersioningConfiguration: { Status: 'Suspended' } },
  },
  BucketEncryption: {
    put: 'PutBucketEncryption',
    input: (value) => ({
      ServerSideEncryptionConfiguration: {
        Rules: objects(value, 'ServerSideEncryptionConfiguration').map(
          ({ ServerSideEncryptionByDefault, ...rule }) => ({
            ApplyServerSideEncryptionByDefault: ServerSideEncryptionByDefault,
            ...rule,
          }),
        ),
      },
    }),
    remove: 'DeleteBucketEncryption',
  },
  CorsConfiguration: {
    put: 'PutBucketCors',
    input: (value) => ({
      CORSConfiguration: {
        CORSRules: objects(value, 'CorsRules').map(({ Id, MaxAge, ExposedHeaders, ...rule }) => ({
          ...rule,
          ID: Id,
          MaxAgeSeconds: MaxAge,
          ExposeHeaders: ExposedHeaders,
        })),
      },
    }),
    remove: 'DeleteBucketCors',
  },
  LifecycleConfiguration: {
    put: 'PutBucketLifecycleConfiguration',
    input: (value) => ({
      LifecycleConfiguration: { Rules: objects(value, 'Rules').map(lifecycleRule) },
    }),
    remove: 'DeleteBucketLifecycle',
  },
  LoggingConfiguration: {
    put: 'PutBucketLogging',
    input: (value) => ({
      BucketLoggingStatus: {
        LoggingEnabled: {
          TargetBucket: value['DestinationBucketName'],
          TargetPrefix: value['LogFilePrefix'] ?? '',
        },
      },
    }),
    remove: { BucketLoggingStatus: {} },
  },
  NotificationConfiguration: {
    put: 'PutBucketNotificationConfiguration',
    input: (value) => ({ NotificationConfiguration: notifications(value) }),
    remove: { NotificationConfiguration: {} },
  },
}

function lifecycleRule(rule: ResourceProperties): object {
  const expiration = {
    Days: rule['ExpirationInDays'],
    Date: rule['ExpirationDate'],
    ExpiredObjectDeleteMarker: rule['ExpiredObjectDeleteMarker'],
  }
  const hasExpiration = Object.values(expiration).some((value) => value !== undefined)
  const older = rule['NoncurrentVersionExpirationInDays']
  const noncurrent =
    rule['NoncurrentVersionExpiration'] ??
    (older === undefined ? undefined : { NoncurrentDays: older })
  const abort = rule['AbortIncompleteMultipartUpload'] as ResourceProperties | undefined
  return {
    ID: rule['Id'],
    Status: rule['Status'],
    Filter: lifecycleFilter(rule),
    ...(hasExpiration && { Expiration: expiration }),
    ...(noncurrent !== undefined && { NoncurrentVersionExpiration: noncurrent }),
    ...(abort && { AbortIncompleteMultipartUpload: abort }),
    ...(rule['Transitions'] !== undefined && {
      Transitions: objects(rule, 'Transitions').map(
        ({ TransitionInDays, TransitionDate, StorageClass }) => ({
          Days: TransitionInDays,
          Date: TransitionDate,
          StorageClass,
        }),
      ),
    }),
  }
}

function lifecycleFilter(rule: ResourceProperties): object {
  const tags = objects(rule, 'TagFilters')
  const prefix = textProperty(rule, 'Prefix')
  const sizes = {
    ObjectSizeGreaterThan: rule['ObjectSizeGreaterThan'],
    ObjectSizeLessThan: rule['ObjectSizeLessThan'],
  }
  const hasSizes = Object.values(sizes).some((value) => value !== undefined)
  const count = tags.length + (prefix === undefined ? 0 : 1) + (hasSizes ? 1 : 0)
  if (count > 1) return { And: { Prefix: prefix, Tags: tags, ...sizes } }
  if (tags[0]) return { Tag: tags[0] }
  return hasSizes ? sizes : { Prefix: prefix ?? '' }
}

const destinations = {
  LambdaConfigurations: ['LambdaFunctionConfigurations', 'Function', 'LambdaFunctionArn'],
  QueueConfigurations: ['QueueConfigurations', 'Queue', 'QueueArn'],
  TopicConfigurations: ['TopicConfigurations', 'Topic', 'TopicArn'],
} as const

function notifications(value: ResourceProperties): object {
  const lists = Object.entries(destinations).map(([name, [list, own, theirs]]) => [
    list,
    objects(value, name).map((entry) => ({
      Events: [entry['Event']],
      [theirs]: entry[own],
      ...(entry['Filter'] !== undefined && { Filter: filterOf(entry) }),
    })),
  ])
  const bridge = value['EventBridgeConfiguration']
  return {
    ...Object.fromEntries(lists.filter(([, entries]) => entries && entries.length > 0)),
    ...(bridge !== undefined && { EventBridgeConfiguration: {} }),
  }
}

function filterOf(entry: ResourceProperties): object {
  const { S3Key } = entry['Filter'] as { S3Key?: ResourceProperties }
  return { Key: { FilterRules: objects(S3Key ?? {}, 'Rules') } }
}
