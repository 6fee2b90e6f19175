import {
  documentProperty,
  listProperty,
  tagsProperty,
  textProperty,
  type ResourceContext,
  type ResourceProperties,
  type ResourceType,
} from '../../kernel/resource-type.ts'
import { bucketSettings } from './resource-settings.ts'

const gone = ['NoSuchBucket']

/** `AWS::S3::Bucket`. */
const bucket: ResourceType = {
  type: 'AWS::S3::Bucket',
  required: [],
  optional: [
    ...Object.keys(bucketSettings),
    'AccessControl',
    'BucketName',
    'ObjectLockEnabled',
    'Tags',
  ],
  replacing: ['BucketName', 'ObjectLockEnabled'],
  attributes: ['Arn', 'DomainName', 'DualStackDomainName', 'RegionalDomainName', 'WebsiteURL'],
  tags: 'list',
  async create(at, properties) {
    const own = textProperty(properties, 'BucketName')
    const Bucket = own ?? at.newName({ maxLength: 63, lowerCase: true })
    const acl = textProperty(properties, 'AccessControl')
    const codes = at.isRetry || own === undefined ? ['BucketAlreadyOwnedByYou'] : []
    const LocationConstraint = at.region
    await at.tryCall(codes, 's3', 'CreateBucket', {
      Bucket,
      ...(at.region !== 'us-east-1' && { CreateBucketConfiguration: { LocationConstraint } }),
      ...(properties['ObjectLockEnabled'] !== undefined && {
        ObjectLockEnabledForBucket: properties['ObjectLockEnabled'],
      }),
    })
    await applySettings(at, Bucket, properties, {})
    if (acl !== undefined) await at.call('s3', 'PutBucketAcl', { Bucket, ACL: cannedAcl(acl) })
    return { physicalId: Bucket, attributes: attributesOf(at, Bucket) }
  },
  async update(at, properties, before) {
    const Bucket = before.physicalId
    await applySettings(at, Bucket, properties, before.properties)
    const acl = textProperty(properties, 'AccessControl')
    if (acl !== undefined && acl !== before.properties['AccessControl']) {
      await at.call('s3', 'PutBucketAcl', { Bucket, ACL: cannedAcl(acl) })
    }
    return before
  },
  async delete(at, { physicalId: Bucket }) {
    await at.tryCall(gone, 's3', 'DeleteBucket', { Bucket })
  },
}

/** `AWS::S3::BucketPolicy`. */
const bucketPolicy: ResourceType = {
  type: 'AWS::S3::BucketPolicy',
  required: ['Bucket', 'PolicyDocument'],
  optional: [],
  replacing: ['Bucket'],
  attributes: [],
  create: putPolicy,
  update: putPolicy,
  async delete(at, { physicalId: Bucket }) {
    await at.tryCall(gone, 's3', 'DeleteBucketPolicy', { Bucket })
  },
}

/** What CloudFormation makes of S3. */
export const s3Resources: readonly ResourceType[] = [bucket, bucketPolicy]

async function putPolicy(at: ResourceContext, properties: ResourceProperties) {
  const Bucket = textProperty(properties, 'Bucket') ?? ''
  const Policy = documentProperty(properties, 'PolicyDocument')
  await at.call('s3', 'PutBucketPolicy', { Bucket, Policy })
  return { physicalId: Bucket, attributes: {} }
}

async function applySettings(
  at: ResourceContext,
  Bucket: string,
  wanted: ResourceProperties,
  had: ResourceProperties,
): Promise<void> {
  for (const [name, setting] of Object.entries(bucketSettings)) {
    const [now, before] = [wanted[name], had[name]]
    if (JSON.stringify(now) === JSON.stringify(before)) continue
    if (now !== undefined) {
      const input = setting.input(now as ResourceProperties)
      await at.call('s3', setting.put, { Bucket, ...input })
    } else if (typeof setting.remove === 'string') await at.call('s3', setting.remove, { Bucket })
    else await at.call('s3', setting.put, { Bucket, ...setting.remove })
  }
  const [tags, old] = [tagsProperty(wanted), listProperty(had, 'Tags')]
  if (JSON.stringify(tags) === JSON.stringify(old)) return
  if (tags.length > 0)
    await at.call('s3', 'PutBucketTagging', { Bucket, Tagging: { TagSet: tags } })
  else await at.call('s3', 'DeleteBucketTagging', { Bucket })
}

/** `PublicRead` in a template is `public-read` to S3. */
function cannedAcl(name: string): string {
  return name.replaceAll(/([a-z])([A-Z])/g, '$1-$2').toLowerCase()
}

function attributesOf({ region }: ResourceContext, name: string): Record<string, string> {
  return {
    Arn: `arn:aws:s3:::${name}`,
    DomainName: `${name}.s3.amazonaws.com`,
    DualStackDomainName: `${name}.s3.dualstack.${region}.amazonaws.com`,
    RegionalDomainName: `${name}.s3.${region}.amazonaws.com`,
    WebsiteURL: `http://${name}.s3-website-${region}.amazonaws.com`,
  }
}
