import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import * as sdk from '@aws-sdk/client-s3'
import { startTestServer } from '@bartizan/testkit'
import { refusal } from './test-support.ts'

const bartizan = await startTestServer()
after(() => bartizan.close())
const s3 = bartizan.client(sdk.S3Client)
const Bucket = 'documents'
await s3.send(new sdk.CreateBucketCommand({ Bucket }))

type Headers = Record<string, string>

/** Sends a batch of deletions whose headers are changed before they are signed. */
async function deletion(change: (headers: Headers) => void): Promise<unknown> {
  const command = new sdk.DeleteObjectsCommand({ Bucket, Delete: { Objects: [{ Key: 'one' }] } })
  command.middlewareStack.add(
    (next) => (args) => {
      const { headers } = args.request as { headers: Headers }
      for (const name of Object.keys(headers)) {
        if (/^x-amz-(sdk-)?checksum-/.test(name)) delete headers[name]
      }
      change(headers)
      return next(args)
    },
    { step: 'build', priority: 'low' },
  )
  return s3.send(command)
}

test('a document is checked against its digest, and a batch of deletions must have one', async () => {
  const zeros = Buffer.alloc(16).toString('base64')
  const cases: [change: (headers: Headers) => void, name: string, message: RegExp][] = [
    [() => {}, 'InvalidRequest', /^Missing required header for this request: Content-MD5$/],
    [
      (headers) => (headers['content-md5'] = zeros),
      'BadDigest',
      /Content-MD5 you specified did not/,
    ],
    [
      (headers) => (headers['content-md5'] = 'no'),
      'InvalidDigest',
      /Content-MD5 you specified was/,
    ],
    [(headers) => (headers['x-amz-checksum-crc32'] = 'AAAAAA=='), 'BadDigest', /^The CRC32 you/],
  ]
  for (const [change, name, message] of cases) {
    const refused = await refusal(deletion(change))
    assert.equal(refused.name, name)
    assert.match(refused.message, message)
  }
  await s3.send(new sdk.DeleteObjectsCommand({ Bucket, Delete: { Objects: [{ Key: 'one' }] } }))
})

test('what is no version is told among the errors of a batch', async () => {
  const Objects = [{ Key: 'one', VersionId: 'none' }, { Key: 'two' }]
  const { Deleted, Errors } = await s3.send(
    new sdk.DeleteObjectsCommand({ Bucket, Delete: { Objects } }),
  )
  assert.deepEqual(Deleted, [{ Key: 'two' }])
  assert.deepEqual(
    Errors?.map(({ Key, Code }) => [Key, Code]),
    [['one', 'NoSuchVersion']],
  )
})

test('parts come with the key that their upload was begun with', async () => {
  const Key = 'parts'
  const keyed = (letter: string) => ({
    SSECustomerAlgorithm: 'AES256',
    SSECustomerKey: letter.repeat(32),
  })
  const { UploadId } = await s3.send(
    new sdk.CreateMultipartUploadCommand({ Bucket, Key, ...keyed('a') }),
  )
  const part = { Bucket, Key, UploadId, PartNumber: 1, Body: 'text' }
  const refused = await refusal(s3.send(new sdk.UploadPartCommand({ ...part, ...keyed('b') })))
  assert.equal(refused.name, 'InvalidRequest')
  assert.match(refused.message, /did not match the ones used originally\.$/)
  await s3.send(new sdk.UploadPartCommand({ ...part, ...keyed('a') }))
})

test('page sizes that are no sizes, transitions that come too early and odd ciphers are refused', async () => {
  const lifecycle = (StorageClass: sdk.TransitionStorageClass, Days: number) =>
    s3.send(
      new sdk.PutBucketLifecycleConfigurationCommand({
        Bucket,
        LifecycleConfiguration: {
          Rules: [{ Status: 'Enabled', Filter: {}, Transitions: [{ Days, StorageClass }] }],
        },
      }),
    )
  const early = await refusal(lifecycle('STANDARD_IA', 29))
  assert.match(early.message, /greater than or equal to 30 for storageClass 'STANDARD_IA'$/)
  await lifecycle('STANDARD_IA', 30)
  await lifecycle('GLACIER', 0)
  const list = new sdk.ListObjectsV2Command({ Bucket, MaxKeys: -1 })
  const told = await refusal(s3.send(list))
  assert.equal(told.name, 'InvalidArgument')
  assert.match(told.message, /^Argument maxKeys must be an integer between 0 and 2147483647$/)
  const cipher = new sdk.PutObjectCommand({
    Bucket,
    Key: 'one',
    SSECustomerAlgorithm: 'AES128',
    SSECustomerKey: 'k'.repeat(32),
  })
  assert.equal((await refusal(s3.send(cipher))).name, 'InvalidEncryptionAlgorithmError')
})
