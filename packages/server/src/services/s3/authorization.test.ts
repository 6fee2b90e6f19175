import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { after, test } from 'node:test'
import * as sdk from '@aws-sdk/client-s3'
import { getSignedUrl } from '@aws-sdk/s3-request-presigner'
import { startTestServer } from '@bartizan/testkit'

const bartizan = await startTestServer()
after(() => bartizan.close())
const s3 = bartizan.client(sdk.S3Client)
const Bucket = 'signed'
await s3.send(new sdk.CreateBucketCommand({ Bucket }))
await s3.send(new sdk.PutObjectCommand({ Bucket, Key: 'one', Body: 'one' }))

/** Status, code and message of a refusal in S3's own form. */
async function answerOf(url: string, init: RequestInit = {}): Promise<[number, string, string]> {
  const response = await fetch(url, init)
  const text = await response.text()
  const [, code = text] = /<Code>(.*)<\/Code>/.exec(text) ?? []
  const [, message = ''] = /<Message>(.*)<\/Message>/.exec(text) ?? []
  return [response.status, code, message]
}

test('a link that is malformed, forged or used otherwise is refused in the words of S3', async () => {
  const link = await getSignedUrl(s3, new sdk.GetObjectCommand({ Bucket, Key: 'one' }))
  assert.equal((await fetch(link)).status, 200)
  const [query, mismatch] = ['AuthorizationQueryParametersError', 'SignatureDoesNotMatch']
  const cases: [url: string, init: RequestInit, status: number, code: string, message: RegExp][] = [
    [link.replace(/X-Amz-Expires=\d+/, 'X-Amz-Expires=soon'), {}, 400, query, /should be a number/],
    [link.replace(/X-Amz-Expires=\d+/, 'X-Amz-Expires=604801'), {}, 400, query, /less than a week/],
    [link.replace(/&X-Amz-Signature=\w+/, ''), {}, 400, query, /^Query-string authentication/],
    [link, { method: 'PUT', body: 'x' }, 403, mismatch, /Check your key and signing method\.$/],
  ]
  for (const [url, init, status, code, message] of cases) {
    const [toldStatus, toldCode, toldMessage] = await answerOf(url, init)
    assert.deepEqual([toldStatus, toldCode], [status, code])
    assert.match(toldMessage, message)
  }
})

test('an Authorization header that cannot be read is refused in the words of S3', async () => {
  for (const authorization of ['AWS4-HMAC-SHA256 nothing', 'AWS4-HMAC-SHA256 Credential=a/b']) {
    const headers = { authorization }
    const [status, code] = await answerOf(`${bartizan.endpoint}/${Bucket}/one`, { headers })
    assert.deepEqual([status, code], [400, 'AuthorizationHeaderMalformed'])
  }
})

test('a form is told which condition of its policy it breaks', async () => {
  const { accessKeyId, secretAccessKey } = bartizan.credentials
  const conditions = [{ bucket: Bucket }, ['starts-with', '$key', 'up/']]
  const expiration = new Date(bartizan.now().getTime() + 60_000).toISOString()
  const policy = Buffer.from(JSON.stringify({ expiration, conditions })).toString('base64')
  const signature = createHmac('sha1', secretAccessKey).update(policy).digest('base64')
  const posted = (key: string, more: Record<string, string> = {}) => {
    const form = new FormData()
    const fields = { key, AWSAccessKeyId: accessKeyId, policy, signature, ...more }
    for (const [name, value] of Object.entries(fields)) form.append(name, value)
    form.append('file', new Blob(['text']), 'file.txt')
    return answerOf(`${bartizan.endpoint}/${Bucket}`, { method: 'POST', body: form })
  }
  assert.equal((await posted('up/one'))[0], 204)
  const [status, code, message] = await posted('down/one')
  assert.deepEqual([status, code], [403, 'AccessDenied'])
  assert.match(message, /^Invalid according to Policy: Policy Condition failed: /)
  const [, , extra] = await posted('up/one', { tagging: 'x' })
  assert.equal(extra, 'Invalid according to Policy: Extra input fields: tagging')
})
