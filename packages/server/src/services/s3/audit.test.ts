import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import * as sdk from '@aws-sdk/client-s3'
import { startTestServer } from '@bartizan/testkit'

const bartizan = await startTestServer()
after(() => bartizan.close())
const s3 = bartizan.client(sdk.S3Client)

test('calls on buckets are management events, calls on objects data events; both name the bucket as CloudTrail does', async () => {
  const Bucket = 'audited'
  await s3.send(new sdk.CreateBucketCommand({ Bucket }))
  await s3.send(new sdk.PutObjectCommand({ Bucket, Key: 'k', Body: 'x' }))
  const key = Buffer.alloc(32, 7).toString('base64')
  const withKey = { SSECustomerAlgorithm: 'AES256', SSECustomerKey: key }
  await s3.send(new sdk.PutObjectCommand({ Bucket, Key: 'k', Body: 'x', ...withKey }))
  await s3.send(
    new sdk.PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }),
  )
  const records = await bartizan.server.kernel.store.lookupAudit({
    account: bartizan.accountId,
    limit: 100,
  })
  const own = records
    .map(({ record }) => record)
    .filter(({ eventSource }) => eventSource === 's3.amazonaws.com')
  assert.deepEqual(
    own.map(({ eventName, eventCategory }) => `${eventName} ${eventCategory}`),
    [
      'PutBucketVersioning Management',
      'PutObject Data',
      'PutObject Data',
      'CreateBucket Management',
    ],
  )
  for (const { requestParameters, resources } of own) {
    assert.equal((requestParameters as { bucketName?: string }).bucketName, Bucket)
    assert.ok(resources?.some(({ ARN }) => ARN === `arn:aws:s3:::${Bucket}`))
  }
  assert.ok(!JSON.stringify(records).includes(key))
})

test('requests of nobody are in the log of the bucket’s owner', async () => {
  const response = await fetch(`${bartizan.endpoint}/audited/k`)
  assert.equal(response.status, 403)
  const text = await response.text()
  assert.match(text, /<Code>AccessDenied<\/Code><Message>Access Denied<\/Message>/)
})
