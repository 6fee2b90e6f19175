import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import * as sdk from '@aws-sdk/client-s3'
import { getSignedUrl } from '@aws-sdk/s3-request-presigner'
import { startTestServer } from '@bartizan/testkit'
import { refusal } from './test-support.ts'

const bartizan = await startTestServer()
after(() => bartizan.close())
const s3 = bartizan.client(sdk.S3Client)
const Bucket = 'ruled'
await s3.send(new sdk.CreateBucketCommand({ Bucket }))
await s3.send(new sdk.PutObjectCommand({ Bucket, Key: 'one', Body: 'one' }))

const put = (statement: object) =>
  s3.send(
    new sdk.PutBucketPolicyCommand({
      Bucket,
      Policy: JSON.stringify({
        Version: '2012-10-17',
        Statement: [{ Effect: 'Deny', Principal: '*', ...statement }],
      }),
    }),
  )
const bucketArn = `arn:aws:s3:::${Bucket}`

test('a bucket policy with actions that are none, or of other resources, is malformed', async () => {
  const objects = `${bucketArn}/*`
  const cases: [object, RegExp][] = [
    [{ Action: 's3:GetObjct', Resource: objects }, /^Policy has invalid action$/],
    [{ Action: 'sqs:SendMessage', Resource: objects }, /^Policy has invalid action$/],
    [{ Action: 's3:GetObject', Resource: bucketArn }, /^Action does not apply to any resource/],
    [{ Action: 's3:ListBucket', Resource: objects }, /^Action does not apply to any resource/],
    [{ Action: 's3:ListAllMyBuckets', Resource: bucketArn }, /^Action does not apply to any/],
    [{ Sid: 'x'.repeat(21_000), Action: 's3:*', Resource: objects }, /exceeds the maximum allowed/],
  ]
  for (const [statement, message] of cases) {
    const { name, message: told } = await refusal(put(statement))
    assert.equal(name, 'MalformedPolicy')
    assert.match(told, message)
  }
  await put({ Action: ['s3:getobject', 's3:DeleteObject*'], Resource: objects })
  await put({ Action: ['s3:ListBucket', 's3:GetObject'], Resource: [bucketArn, objects] })
  await s3.send(new sdk.DeleteBucketPolicyCommand({ Bucket }))
})

test('a policy tells links from headers and old signatures from new ones', async () => {
  const object = { Bucket, Key: 'one' }
  const link = await getSignedUrl(s3, new sdk.GetObjectCommand(object))
  const byHeader = () => s3.send(new sdk.GetObjectCommand(object))
  const statement = { Action: 's3:GetObject', Resource: `${bucketArn}/*` }
  await put({
    ...statement,
    Condition: { StringEquals: { 's3:authType': 'REST-QUERY-STRING' } },
  })
  assert.equal((await fetch(link)).status, 403)
  await byHeader()
  await put({ ...statement, Condition: { StringEquals: { 's3:authType': 'REST-HEADER' } } })
  assert.equal((await fetch(link)).status, 200)
  assert.equal((await refusal(byHeader())).name, 'AccessDenied')
  const signingDate = new Date(bartizan.now().getTime() - 60_000)
  const old = await getSignedUrl(s3, new sdk.GetObjectCommand(object), { signingDate })
  await put({ ...statement, Condition: { NumericGreaterThan: { 's3:signatureAge': '30000' } } })
  assert.equal((await fetch(old)).status, 403)
  assert.equal((await fetch(link)).status, 200)
})
