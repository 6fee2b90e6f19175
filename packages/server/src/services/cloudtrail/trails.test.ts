import * as sdk from '@aws-sdk/client-cloudtrail'
import {
  CreateKeyCommand,
  DescribeKeyCommand,
  KMSClient,
  ListAliasesCommand,
} from '@aws-sdk/client-kms'
import { CreateUserCommand, IAMClient } from '@aws-sdk/client-iam'
import {
  CreateBucketCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutBucketPolicyCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import { startTestServer } from '@bartizan/testkit'
import assert from 'node:assert/strict'
import { createPublicKey, hash, verify } from 'node:crypto'
import { after, test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import type { AuditRecord } from '../../kernel/audit-record.ts'

const bartizan = await startTestServer()
after(() => bartizan.close())
const { accountId } = bartizan
const cloudtrail = bartizan.client(sdk.CloudTrailClient)
const kms = bartizan.client(KMSClient)
const s3 = new S3Client({
  endpoint: bartizan.endpoint,
  region: 'us-east-1',
  credentials: bartizan.credentials,
  forcePathStyle: true,
})
const arnOf = (name: string) => `arn:aws:cloudtrail:us-east-1:${accountId}:trail/${name}`

/** The bucket policy that AWS documents for trails. */
function bucketPolicy(bucket: string, name: string, prefix = ''): string {
  const principal = { Service: 'cloudtrail.amazonaws.com' }
  const source = { 'aws:SourceArn': arnOf(name) }
  return JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: principal,
        Action: 's3:GetBucketAcl',
        Resource: `arn:aws:s3:::${bucket}`,
        Condition: { StringEquals: source },
      },
      {
        Effect: 'Allow',
        Principal: principal,
        Action: 's3:PutObject',
        Resource: `arn:aws:s3:::${bucket}/${prefix}AWSLogs/${accountId}/*`,
        Condition: {
          StringEquals: { 's3:x-amz-acl': 'bucket-owner-full-control', ...source },
        },
      },
    ],
  })
}

async function newBucket(Bucket: string, name: string, prefix?: string): Promise<void> {
  await s3.send(new CreateBucketCommand({ Bucket }))
  const Policy = bucketPolicy(Bucket, name, prefix)
  await s3.send(new PutBucketPolicyCommand({ Bucket, Policy }))
}

async function newTrail(
  Name: string,
  input: Partial<sdk.CreateTrailCommandInput> = {},
): Promise<string> {
  const bucket = input.S3BucketName ?? `logs-of-${Name}`
  await newBucket(bucket, Name, input.S3KeyPrefix === undefined ? '' : `${input.S3KeyPrefix}/`)
  await cloudtrail.send(new sdk.CreateTrailCommand({ Name, S3BucketName: bucket, ...input }))
  return bucket
}

const start = (Name: string) => cloudtrail.send(new sdk.StartLoggingCommand({ Name }))

async function keysIn(Bucket: string, part: string): Promise<string[]> {
  const { Contents } = await s3.send(new ListObjectsV2Command({ Bucket }))
  return (Contents ?? []).map(({ Key = '' }) => Key).filter((key) => key.includes(part))
}

async function read(Bucket: string, Key: string): Promise<string> {
  const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }))
  const bytes = await Body?.transformToByteArray()
  return gunzipSync(bytes ?? new Uint8Array()).toString('utf8')
}

async function recordsIn(bucket: string, part = '/CloudTrail/'): Promise<AuditRecord[]> {
  const records: AuditRecord[] = []
  for (const key of await keysIn(bucket, part)) {
    if (!key.endsWith('.gz')) continue
    const { Records }: { Records: AuditRecord[] } = JSON.parse(await read(bucket, key))
    records.push(...Records)
  }
  return records
}

const names = (records: readonly AuditRecord[]) => records.map(({ eventName }) => eventName)

test('a trail needs a bucket whose policy lets CloudTrail write', async () => {
  const create = (S3BucketName: string) =>
    cloudtrail.send(new sdk.CreateTrailCommand({ Name: 'first', S3BucketName }))
  await assert.rejects(create('no-such-bucket-here'), {
    name: 'S3BucketDoesNotExistException',
    message: 'S3 bucket no-such-bucket-here does not exist!',
  })
  await s3.send(new CreateBucketCommand({ Bucket: 'closed-bucket' }))
  await assert.rejects(create('closed-bucket'), {
    name: 'InsufficientS3BucketPolicyException',
    message: 'Incorrect S3 bucket policy is detected for bucket: closed-bucket',
  })
  const Policy = bucketPolicy('closed-bucket', 'another-trail')
  await s3.send(new PutBucketPolicyCommand({ Bucket: 'closed-bucket', Policy }))
  await assert.rejects(create('closed-bucket'), { name: 'InsufficientS3BucketPolicyException' })
  await assert.rejects(
    cloudtrail.send(new sdk.CreateTrailCommand({ Name: 'x', S3BucketName: 'closed-bucket' })),
    { name: 'InvalidTrailNameException' },
  )
})

test('a trail is created, described, updated, tagged and deleted', async () => {
  const TagsList = [{ Key: 'team', Value: 'red' }]
  const bucket = await newTrail('kept', { TagsList, S3KeyPrefix: 'pre' })
  await assert.rejects(
    cloudtrail.send(new sdk.CreateTrailCommand({ Name: 'kept', S3BucketName: bucket })),
    { name: 'TrailAlreadyExistsException' },
  )
  const { Trail } = await cloudtrail.send(new sdk.GetTrailCommand({ Name: 'kept' }))
  assert.deepEqual(Trail, {
    Name: 'kept',
    S3BucketName: bucket,
    S3KeyPrefix: 'pre',
    IncludeGlobalServiceEvents: true,
    IsMultiRegionTrail: false,
    TrailARN: arnOf('kept'),
    LogFileValidationEnabled: false,
    IsOrganizationTrail: false,
    HomeRegion: 'us-east-1',
    HasCustomEventSelectors: false,
    HasInsightSelectors: false,
  })
  const elsewhere = bartizan.client(sdk.CloudTrailClient, { region: 'eu-west-1' })
  const seen = async () =>
    (await elsewhere.send(new sdk.DescribeTrailsCommand({}))).trailList?.map((each) => each.Name)
  assert.deepEqual(await seen(), [])
  await cloudtrail.send(new sdk.UpdateTrailCommand({ Name: 'kept', IsMultiRegionTrail: true }))
  assert.deepEqual(await seen(), ['kept'])
  await assert.rejects(elsewhere.send(new sdk.DeleteTrailCommand({ Name: 'kept' })), {
    name: 'InvalidHomeRegionException',
  })
  const ResourceId = arnOf('kept')
  await cloudtrail.send(
    new sdk.AddTagsCommand({ ResourceId, TagsList: [{ Key: 'a', Value: '1' }] }),
  )
  await cloudtrail.send(new sdk.RemoveTagsCommand({ ResourceId, TagsList: [{ Key: 'team' }] }))
  const { ResourceTagList } = await cloudtrail.send(
    new sdk.ListTagsCommand({ ResourceIdList: [ResourceId] }),
  )
  assert.deepEqual(ResourceTagList?.[0]?.TagsList, [{ Key: 'a', Value: '1' }])
  await assert.rejects(cloudtrail.send(new sdk.GetInsightSelectorsCommand({ TrailName: 'kept' })), {
    name: 'InsightNotEnabledException',
  })
  await cloudtrail.send(new sdk.DeleteTrailCommand({ Name: 'kept' }))
  await assert.rejects(cloudtrail.send(new sdk.GetTrailCommand({ Name: 'kept' })), {
    name: 'TrailNotFoundException',
    message: `Unknown trail: ${arnOf('kept')} for the user: ${accountId}`,
  })
})

test('log files are delivered while the trail is logging, each event once', async () => {
  const bucket = await newTrail('files')
  await kms.send(new CreateKeyCommand({ Description: 'before' }))
  await start('files')
  await kms.send(new CreateKeyCommand({ Description: 'during' }))
  await bartizan.advance('6m')
  const [key] = (await keysIn(bucket, '/CloudTrail/')).filter((each) => each.endsWith('.gz'))
  const day = bartizan.now().toISOString().slice(0, 10).replaceAll('-', '/')
  assert.match(
    key ?? '',
    new RegExp(
      `^AWSLogs/${accountId}/CloudTrail/us-east-1/${day}/${accountId}_CloudTrail_us-east-1_\\d{8}T\\d{4}Z_[A-Za-z0-9]{16}\\.json\\.gz$`,
    ),
  )
  const created = (await recordsIn(bucket)).filter((each) => each.eventName === 'CreateKey')
  assert.equal(created.length, 1)
  assert.equal(created[0]?.recipientAccountId, accountId)
  await kms.send(new ListAliasesCommand({}))
  await cloudtrail.send(new sdk.StopLoggingCommand({ Name: 'files' }))
  await bartizan.advance('6m')
  await kms.send(new CreateKeyCommand({ Description: 'after' }))
  await bartizan.advance('10m')
  const all = await recordsIn(bucket)
  assert.equal(names(all).filter((name) => name === 'CreateKey').length, 1)
  assert.equal(names(all).filter((name) => name === 'ListAliases').length, 1)
  assert.equal(new Set(all.map(({ eventID }) => eventID)).size, all.length)
  const status = await cloudtrail.send(new sdk.GetTrailStatusCommand({ Name: 'files' }))
  assert.equal(status.IsLogging, false)
  assert.ok(status.LatestDeliveryTime && status.StartLoggingTime && status.StopLoggingTime)
  assert.match(status.TimeLoggingStarted ?? '', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)
  await cloudtrail.send(new sdk.DeleteTrailCommand({ Name: 'files' }))
})

test('selectors decide: writes only, without KMS, data of one bucket', async () => {
  const bucket = await newTrail('picky')
  const TrailName = 'picky'
  await s3.send(new CreateBucketCommand({ Bucket: 'watched-data' }))
  await s3.send(new CreateBucketCommand({ Bucket: 'other-data' }))
  const EventSelectors: sdk.EventSelector[] = [
    {
      ReadWriteType: 'WriteOnly',
      IncludeManagementEvents: true,
      ExcludeManagementEventSources: ['kms.amazonaws.com'],
      DataResources: [{ Type: 'AWS::S3::Object', Values: ['arn:aws:s3:::watched-data/'] }],
    },
  ]
  await cloudtrail.send(new sdk.PutEventSelectorsCommand({ TrailName, EventSelectors }))
  const got = await cloudtrail.send(new sdk.GetEventSelectorsCommand({ TrailName }))
  assert.deepEqual(got.EventSelectors, EventSelectors)
  await start('picky')
  await kms.send(new CreateKeyCommand({}))
  await kms.send(new ListAliasesCommand({}))
  await bartizan.client(IAMClient).send(new CreateUserCommand({ UserName: 'picked' }))
  for (const Bucket of ['watched-data', 'other-data']) {
    await s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'x' }))
  }
  await bartizan.advance('6m')
  const found = await recordsIn(bucket)
  assert.ok(names(found).includes('CreateUser'))
  assert.ok(!names(found).includes('CreateKey') && !names(found).includes('ListAliases'))
  const puts = found.filter(({ eventName }) => eventName === 'PutObject')
  assert.equal(puts.length, 1)
  assert.ok(puts[0]?.resources?.some(({ ARN }) => ARN === 'arn:aws:s3:::watched-data/k'))
  const AdvancedEventSelectors = [
    {
      Name: 'keys',
      FieldSelectors: [
        { Field: 'eventCategory', Equals: ['Management'] },
        { Field: 'eventSource', Equals: ['kms.amazonaws.com'] },
        { Field: 'readOnly', Equals: ['true'] },
      ],
    },
  ]
  await cloudtrail.send(new sdk.PutEventSelectorsCommand({ TrailName, AdvancedEventSelectors }))
  await kms.send(new CreateKeyCommand({}))
  await kms.send(new ListAliasesCommand({}))
  await bartizan.advance('5m')
  const later = (await recordsIn(bucket)).slice(found.length)
  assert.deepEqual([...new Set(names(later))], ['ListAliases'])
  await assert.rejects(
    cloudtrail.send(
      new sdk.PutEventSelectorsCommand({
        TrailName,
        EventSelectors: [{ ExcludeManagementEventSources: ['iam.amazonaws.com'] }],
      }),
    ),
    { name: 'InvalidEventSelectorsException' },
  )
  await cloudtrail.send(new sdk.DeleteTrailCommand({ Name: 'picky' }))
})

test('a multi-Region trail has a file a Region, encrypted under its key', async () => {
  const { KeyMetadata } = await kms.send(
    new CreateKeyCommand({
      Policy: JSON.stringify({
        Version: '2012-10-17',
        Statement: [
          { Effect: 'Allow', Principal: { AWS: accountId }, Action: 'kms:*', Resource: '*' },
          {
            Effect: 'Allow',
            Principal: { Service: 'cloudtrail.amazonaws.com' },
            Action: ['kms:GenerateDataKey*', 'kms:DescribeKey'],
            Resource: '*',
            Condition: { StringEquals: { 'aws:SourceArn': arnOf('wide') } },
          },
        ],
      }),
    }),
  )
  const closed = await kms.send(new CreateKeyCommand({}))
  const bucket = await newTrail('wide', {
    IsMultiRegionTrail: true,
    KmsKeyId: KeyMetadata?.Arn,
  })
  await assert.rejects(
    cloudtrail.send(
      new sdk.UpdateTrailCommand({ Name: 'wide', KmsKeyId: closed.KeyMetadata?.KeyId }),
    ),
    { name: 'InsufficientEncryptionPolicyException' },
  )
  await start('wide')
  const abroad = bartizan.client(KMSClient, { region: 'eu-west-1' })
  await abroad.send(new CreateKeyCommand({}))
  await kms.send(new DescribeKeyCommand({ KeyId: KeyMetadata?.KeyId }))
  await bartizan.advance('6m')
  assert.ok(names(await recordsIn(bucket, '/CloudTrail/eu-west-1/')).includes('CreateKey'))
  const [key] = await keysIn(bucket, '/CloudTrail/us-east-1/')
  const head = await s3.send(new HeadObjectCommand({ Bucket: bucket, Key: key }))
  assert.equal(head.ServerSideEncryption, 'aws:kms')
  assert.equal(head.SSEKMSKeyId, KeyMetadata?.Arn)
  await cloudtrail.send(new sdk.DeleteTrailCommand({ Name: 'wide' }))
})

test('digests are signed, chained and name every file', async () => {
  const bucket = await newTrail('proven', { EnableLogFileValidation: true })
  await start('proven')
  await kms.send(new CreateKeyCommand({}))
  await bartizan.advance('61m')
  await kms.send(new CreateKeyCommand({}))
  await bartizan.advance('61m')
  const digests = await keysIn(bucket, '/CloudTrail-Digest/')
  assert.equal(digests.length, 2)
  const { PublicKeyList } = await cloudtrail.send(new sdk.ListPublicKeysCommand({}))
  const [publicKey] = PublicKeyList ?? []
  const key = createPublicKey({
    key: Buffer.from(publicKey?.Value ?? []),
    format: 'der',
    type: 'pkcs1',
  })
  let previous: string | null = null
  const named: string[] = []
  for (const Key of digests) {
    const text = await read(bucket, Key)
    const digest = JSON.parse(text)
    const { Metadata } = await s3.send(new HeadObjectCommand({ Bucket: bucket, Key }))
    const signature = Metadata?.['signature'] ?? ''
    assert.equal(digest.previousDigestSignature, previous)
    assert.equal(digest.digestPublicKeyFingerprint, publicKey?.Fingerprint)
    const signed: string = `${digest.digestEndTime}\n${bucket}/${Key}\n${hash('sha256', text)}\n${previous ?? 'null'}`
    assert.ok(verify('sha256', Buffer.from(signed), key, Buffer.from(signature, 'hex')))
    for (const file of digest.logFiles) {
      assert.equal(hash('sha256', await read(bucket, file.s3Object)), file.hashValue)
      named.push(file.s3Object)
    }
    previous = signature
  }
  const files = (await keysIn(bucket, '/CloudTrail/')).filter((each) => each.endsWith('.gz'))
  assert.deepEqual(named.toSorted(), files.toSorted())
  await cloudtrail.send(new sdk.DeleteTrailCommand({ Name: 'proven' }))
})
