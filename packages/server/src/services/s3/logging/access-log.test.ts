import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import * as sdk from '@aws-sdk/client-s3'
import { startTestServer } from '@bartizan/testkit'
import { bytesOf } from '../test-support.ts'
import { accessLogs } from './access-log.ts'

const bartizan = await startTestServer()
after(() => bartizan.close())
const s3 = bartizan.client(sdk.S3Client)

test('requests on a bucket are logged into another, as the log service, where its policy lets it', async () => {
  const [Bucket, target] = ['logged', 'logs']
  await s3.send(new sdk.CreateBucketCommand({ Bucket }))
  await s3.send(new sdk.CreateBucketCommand({ Bucket: target }))
  const statement = {
    Effect: 'Allow',
    Principal: { Service: 'logging.s3.amazonaws.com' },
    Action: 's3:PutObject',
    Resource: `arn:aws:s3:::${target}/*`,
    Condition: { ArnLike: { 'aws:SourceArn': `arn:aws:s3:::${Bucket}` } },
  }
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [statement] })
  await s3.send(new sdk.PutBucketPolicyCommand({ Bucket: target, Policy }))
  const LoggingEnabled = { TargetBucket: target, TargetPrefix: 'log/' }
  const BucketLoggingStatus = { LoggingEnabled }
  await s3.send(new sdk.PutBucketLoggingCommand({ Bucket, BucketLoggingStatus }))
  await s3.send(new sdk.PutObjectCommand({ Bucket, Key: 'a/b', Body: '12345' }))
  await bytesOf((await s3.send(new sdk.GetObjectCommand({ Bucket, Key: 'a/b' }))).Body)
  await assert.rejects(s3.send(new sdk.GetObjectCommand({ Bucket, Key: 'none' })))
  await bartizan.server.kernel.runtimes.of(accessLogs).deliver()
  const { Contents = [] } = await s3.send(new sdk.ListObjectsV2Command({ Bucket: target }))
  assert.equal(Contents.length, 1)
  const Key = Contents[0]?.Key ?? ''
  assert.match(Key, /^log\/\d{4}-\d\d-\d\d-\d\d-\d\d-\d\d-[0-9A-F]{16}$/)
  const log = await s3.send(new sdk.GetObjectCommand({ Bucket: target, Key }))
  const lines = (await bytesOf(log.Body)).toString().trimEnd().split('\n')
  const seen = lines.map((line) => {
    const [, name, , , , , , operation, key] = line.split(' ')
    const [, status, code] = /HTTP\/1\.1" (\d+) (\S+)/.exec(line) ?? []
    return [name, operation, key, status, code].join(' ')
  })
  assert.deepEqual(seen, [
    'logged REST.PUT.LOGGING_STATUS - 200 -',
    'logged REST.PUT.OBJECT a/b 200 -',
    'logged REST.GET.OBJECT a/b 200 -',
    'logged REST.GET.OBJECT none 404 NoSuchKey',
  ])
})
