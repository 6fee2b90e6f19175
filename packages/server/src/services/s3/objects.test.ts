import assert from 'node:assert/strict'
import { createHash, createHmac, randomBytes } from 'node:crypto'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { request as httpRequest } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { after, test } from 'node:test'
import * as sdk from '@aws-sdk/client-s3'
import { Upload } from '@aws-sdk/lib-storage'
import { getSignedUrl } from '@aws-sdk/s3-request-presigner'
import { startTestServer } from '@bartizan/testkit'
import { blobRuntime } from './blobs/runtime.ts'
import { bytesOf, refusal } from './test-support.ts'

const folder = mkdtempSync(join(tmpdir(), 'bartizan-s3-'))
const bartizan = await startTestServer({ BARTIZAN_DATA_DIR: folder })
after(async () => {
  await bartizan.close()
  rmSync(folder, { recursive: true, force: true })
})
const s3 = bartizan.client(sdk.S3Client)
const Bucket = 'objects'
await s3.send(new sdk.CreateBucketCommand({ Bucket }))

const get = (Key: string, more: object = {}) =>
  s3.send(new sdk.GetObjectCommand({ Bucket, Key, ...more }))

/** The files of the blob store, by name. */
function files(place: 'blobs' | 'in-doubt'): string[] {
  const root = join(folder, 's3', place)
  if (!existsSync(root)) return []
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name))
}

test('what lies on the disk is not what was put, and goes when the object goes', async () => {
  const before = files('blobs').length
  const body = Buffer.from('attack at dawn. '.repeat(10_000))
  await s3.send(new sdk.PutObjectCommand({ Bucket, Key: 'secret', Body: body }))
  const stored = files('blobs').map((path) => readFileSync(path))
  assert.equal(stored.length, before + 1)
  assert.ok(stored.every((bytes) => !bytes.includes('attack')))
  assert.deepEqual(await bytesOf((await get('secret')).Body), body)
  await s3.send(new sdk.DeleteObjectCommand({ Bucket, Key: 'secret' }))
  assert.equal((await refusal(get('secret'))).name, 'NoSuchKey')
})

test('a small object has no file, is read whole and in ranges, copied, replaced and deleted', async () => {
  const before = files('blobs').length
  const body = randomBytes(16_384)
  await s3.send(new sdk.PutObjectCommand({ Bucket, Key: 'small', Body: body }))
  assert.deepEqual(await bytesOf((await get('small')).Body), body)
  const Range = 'bytes=100-299'
  const part = await s3.send(new sdk.GetObjectCommand({ Bucket, Key: 'small', Range }))
  assert.equal(part.ContentRange, 'bytes 100-299/16384')
  assert.deepEqual(await bytesOf(part.Body), body.subarray(100, 300))
  const copy = { Bucket, Key: 'small copy', CopySource: `${Bucket}/small` }
  await s3.send(new sdk.CopyObjectCommand(copy))
  assert.equal(files('blobs').length, before)
  await s3.send(new sdk.PutObjectCommand({ Bucket, Key: 'small', Body: randomBytes(16_385) }))
  assert.equal(files('blobs').length, before + 1)
  await s3.send(new sdk.PutObjectCommand({ Bucket, Key: 'small', Body: '' }))
  assert.equal((await bytesOf((await get('small')).Body)).length, 0)
  assert.deepEqual(await bytesOf((await get('small copy')).Body), body)
  for (const Key of ['small', 'small copy']) {
    await s3.send(new sdk.DeleteObjectCommand({ Bucket, Key }))
    assert.equal((await refusal(get(Key))).name, 'NoSuchKey')
  }
})

test('a stream of unknown length goes up in parts, with a checksum of the whole', async () => {
  const body = randomBytes(12_000_000)
  const source = Readable.from(
    (function* () {
      for (let at = 0; at < body.length; at += 100_000) yield body.subarray(at, at + 100_000)
    })(),
  )
  const params = { Bucket, Key: 'streamed', Body: source }
  const done = await new Upload({ client: s3, params, partSize: 5 * 1024 * 1024 }).done()
  assert.match(done.ETag ?? '', /-3"$/)
  const hash = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')
  assert.equal(hash(await bytesOf((await get('streamed')).Body)), hash(body))
  const middle = await get('streamed', { Range: 'bytes=5242870-5242889' })
  assert.deepEqual(await bytesOf(middle.Body), body.subarray(5_242_870, 5_242_890))
  assert.equal(middle.$metadata.httpStatusCode, 206)
})

test('an unsigned chunked stream with a trailing checksum is decoded and checked', async () => {
  const Body = Readable.from([Buffer.from('one '), Buffer.from('two')])
  await s3.send(
    new sdk.PutObjectCommand({
      Bucket,
      Key: 'chunked',
      Body,
      ContentLength: 7,
      ChecksumAlgorithm: 'CRC32C',
    }),
  )
  const { Body: got, ContentEncoding } = await get('chunked')
  assert.equal((await bytesOf(got)).toString(), 'one two')
  assert.equal(ContentEncoding, undefined)
})

/** Sends a request by a signed link, with a body as it is. */
function send(
  url: string,
  { body, headers }: { body: Buffer; headers: Record<string, string> },
  cutAfter?: number,
): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest(url, { method: 'PUT', headers }, (answer) => {
      bytesOf(answer).then((bytes) =>
        resolve({ status: answer.statusCode ?? 0, text: bytes.toString() }),
      )
    })
    outgoing.on('error', reject)
    if (cutAfter === undefined) outgoing.end(body)
    else outgoing.write(body.subarray(0, cutAfter), () => outgoing.destroy(new Error('cut')))
  })
}

test('a payload that is not what its signature says is refused, and nothing is stored', async () => {
  const before = files('blobs').length
  const body = randomBytes(300_000)
  const command = new sdk.PutObjectCommand({ Bucket, Key: 'forged', Body: body })
  command.middlewareStack.add(
    (next) => (args) => {
      const { request } = args as { request: { body: unknown } }
      request.body = Buffer.from(body.map((byte) => byte ^ 1))
      return next(args)
    },
    { step: 'finalizeRequest', priority: 'low' },
  )
  const { name, status } = await refusal(s3.send(command))
  assert.equal(name, 'XAmzContentSHA256Mismatch')
  assert.equal(status, 400)
  assert.equal((await refusal(get('forged'))).name, 'NoSuchKey')
  assert.equal(files('blobs').length, before)
  assert.deepEqual(files('in-doubt'), [])
})

test('an upload that is cut off leaves nothing behind', async () => {
  const before = files('blobs').length
  const url = await getSignedUrl(s3, new sdk.PutObjectCommand({ Bucket, Key: 'cut' }))
  const whole = randomBytes(2_000_000)
  const headers = { 'content-length': String(whole.length) }
  await assert.rejects(send(url, { body: whole, headers }, 1_000_000), /cut/)
  const good = await send(url, { body: whole, headers })
  assert.equal(good.status, 200)
  const { Body } = await get('cut')
  assert.deepEqual(await bytesOf(Body), whole)
  assert.equal(files('blobs').length, before + 1)
})

/** A signed chunked upload as AWS's documentation spells it out: no SDK of JavaScript makes one. */
async function signedChunks(Key: string, payload: Buffer, spoil = (chunk: Buffer) => chunk) {
  const { credentials, endpoint } = bartizan
  const { host } = new URL(endpoint)
  const now = new Date(bartizan.now()).toISOString().replace(/[-:]|\.\d+/g, '')
  const date = now.slice(0, 8)
  const scope = `${date}/us-east-1/s3/aws4_request`
  const hmac = (key: Buffer | string, text: string) =>
    createHmac('sha256', key).update(text).digest()
  const key = ['us-east-1', 's3', 'aws4_request'].reduce(
    hmac,
    hmac(`AWS4${credentials.secretAccessKey}`, date),
  )
  const sha = (bytes: Buffer | string) => createHash('sha256').update(bytes).digest('hex')
  const headers = {
    host,
    'x-amz-content-sha256': 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD',
    'x-amz-date': now,
    'x-amz-decoded-content-length': String(payload.length),
  }
  const names = Object.keys(headers).join(';')
  const lines = Object.entries(headers).map(([name, value]) => `${name}:${value}\n`)
  const canonical = `PUT\n/${Bucket}/${Key}\n\n${lines.join('')}\n${names}\n${headers['x-amz-content-sha256']}`
  let signature = hmac(key, `AWS4-HMAC-SHA256\n${now}\n${scope}\n${sha(canonical)}`).toString('hex')
  const authorization = `AWS4-HMAC-SHA256 Credential=${credentials.accessKeyId}/${scope}, SignedHeaders=${names}, Signature=${signature}`
  const parts: Buffer[] = []
  // The last chunk is empty.
  for (const at of [0, 65_536, 131_072, 196_608, payload.length]) {
    const chunk = payload.subarray(at, at + 65_536)
    const hashes = `${signature}\n${sha('')}\n${sha(chunk)}`
    const text = `AWS4-HMAC-SHA256-PAYLOAD\n${now}\n${scope}\n${hashes}`
    signature = hmac(key, text).toString('hex')
    const head = `${chunk.length.toString(16)};chunk-signature=${signature}\r\n`
    parts.push(Buffer.from(head), spoil(Buffer.from(chunk)), Buffer.from('\r\n'))
  }
  const body = Buffer.concat(parts)
  return send(`${endpoint}/${Bucket}/${Key}`, {
    body,
    headers: {
      ...headers,
      authorization,
      'content-encoding': 'aws-chunked',
      'content-length': String(body.length),
    },
  })
}

test('signed chunks are put together, and a chunk that was changed spoils them all', async () => {
  const payload = randomBytes(200_000)
  const good = await signedChunks('signed-chunks', payload)
  assert.equal(good.status, 200, good.text)
  const { Body, ContentEncoding } = await get('signed-chunks')
  assert.deepEqual(await bytesOf(Body), payload)
  assert.equal(ContentEncoding, undefined)
  const bad = await signedChunks(
    'spoilt',
    payload,
    (chunk) => chunk.map((byte) => byte ^ 1) as Buffer,
  )
  assert.equal(bad.status, 403)
  assert.match(bad.text, /<Code>SignatureDoesNotMatch<\/Code>/)
  assert.equal((await refusal(get('spoilt'))).name, 'NoSuchKey')
})

test('who may not write is refused before the body is read', async () => {
  const { credentials } = await bartizan.createAccount('444455556666')
  const stranger = bartizan.client(sdk.S3Client, { credentials })
  const url = await getSignedUrl(stranger, new sdk.PutObjectCommand({ Bucket, Key: 'x' }))
  const headers = { 'content-length': '4000000000' }
  const answer = await send(url, { body: Buffer.alloc(0), headers }, undefined).catch(
    (error: unknown) => ({ status: 0, text: String(error) }),
  )
  assert.equal(answer.status, 403, answer.text)
  assert.match(answer.text, /<Code>AccessDenied<\/Code>/)
})

test('of two writers at once one wins, and the files of the other go', async () => {
  const before = files('blobs').length
  const bodies = Array.from({ length: 8 }, (_, index) => Buffer.alloc(70_000, index))
  await Promise.all(
    bodies.map((Body) => s3.send(new sdk.PutObjectCommand({ Bucket, Key: 'contested', Body }))),
  )
  const got = await bytesOf((await get('contested')).Body)
  assert.ok(bodies.some((body) => body.equals(got)))
  const { sweep } = bartizan.server.kernel.runtimes.of(blobRuntime)
  await sweep(Infinity)
  assert.equal(files('blobs').length, before + 1)
  const only = await Promise.allSettled(
    bodies.map((Body) =>
      s3.send(new sdk.PutObjectCommand({ Bucket, Key: 'once', Body, IfNoneMatch: '*' })),
    ),
  )
  assert.equal(only.filter(({ status }) => status === 'fulfilled').length, 1)
})

test('an object is read to its end though it is overwritten meanwhile', async () => {
  const body = randomBytes(6_000_000)
  await s3.send(new sdk.PutObjectCommand({ Bucket, Key: 'replaced', Body: body }))
  const { Body } = await get('replaced')
  await s3.send(new sdk.PutObjectCommand({ Bucket, Key: 'replaced', Body: 'short' }))
  assert.deepEqual(await bytesOf(Body), body)
  assert.equal((await bytesOf((await get('replaced')).Body)).toString(), 'short')
})

test('names are global: another account is told that a bucket is taken, and nothing of what is in it', async () => {
  const { credentials } = await bartizan.createAccount('777788889999')
  const other = bartizan.client(sdk.S3Client, { credentials })
  const make = other.send(new sdk.CreateBucketCommand({ Bucket }))
  assert.equal((await refusal(make)).name, 'BucketAlreadyExists')
  const refused = [
    refusal(other.send(new sdk.GetObjectCommand({ Bucket, Key: 'cut' }))),
    refusal(other.send(new sdk.ListObjectsV2Command({ Bucket }))),
    refusal(other.send(new sdk.DeleteBucketCommand({ Bucket }))),
    refusal(other.send(new sdk.PutBucketPolicyCommand({ Bucket, Policy: '{}' }))),
  ]
  for (const { name } of await Promise.all(refused)) assert.equal(name, 'AccessDenied')
  assert.deepEqual((await other.send(new sdk.ListBucketsCommand({}))).Buckets ?? [], [])
})
