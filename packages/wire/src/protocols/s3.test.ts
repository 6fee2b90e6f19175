import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as s3 from '@aws-sdk/client-s3'
import { operationsOf, roundTrip, type ClientPackage } from './client.fixture.ts'
import { restXml, type OperationSchema } from './index.ts'

const client: ClientPackage = s3
const operations = operationsOf(s3)
const protocol = restXml([...operations.values()], {
  xmlNamespace: 'http://s3.amazonaws.com/doc/2006-03-01/',
  wrapErrors: false,
  outerLabel: 'Bucket',
})
const config = { forcePathStyle: true, requestChecksumCalculation: 'WHEN_REQUIRED' }

/** What the server read and what the client got back. */
async function exchange(name: string, input: object, output: Record<string, unknown> = {}) {
  let decoded: Record<string, unknown> = {}
  const received = await roundTrip(client, { name, input, config }, (request) => {
    assert.equal(protocol.operationName(request), name)
    const operation = operations.get(name) as OperationSchema
    decoded = protocol.decode(operation, request)
    return protocol.encode(operation, output, { requestId: 'r-1' })
  })
  return { decoded, received }
}

describe('restXml as S3 speaks it', () => {
  it('an object goes in with its key, headers, metadata and bytes', async () => {
    const { decoded, received } = await exchange(
      'PutObject',
      {
        Bucket: 'bucket',
        Key: 'a folder/b+c%é.txt',
        Body: Buffer.from('hello'),
        ContentType: 'text/plain',
        Metadata: { owner: 'me' },
        Expires: new Date(1_700_000_000_000),
      },
      { ETag: '"abc"', ServerSideEncryption: 'aws:kms' },
    )
    assert.equal(decoded['Bucket'], 'bucket')
    assert.equal(decoded['Key'], 'a folder/b+c%é.txt')
    assert.equal(Buffer.from(decoded['Body'] as Uint8Array).toString(), 'hello')
    assert.equal(decoded['ContentType'], 'text/plain')
    assert.deepEqual({ ...(decoded['Metadata'] as object) }, { owner: 'me' })
    assert.deepEqual(received, { ETag: '"abc"', ServerSideEncryption: 'aws:kms' })
  })

  it('a listing comes out with its flat lists, dates and escaped keys', async () => {
    const output = {
      Name: 'bucket',
      IsTruncated: false,
      KeyCount: 2,
      Contents: [
        { Key: 'a&b<c>', Size: 3, LastModified: new Date(1_700_000_000_000) },
        { Key: 'd', Size: 0, LastModified: new Date(0) },
      ],
      CommonPrefixes: [{ Prefix: 'p/' }],
    }
    const input = { Bucket: 'bucket', Prefix: 'p /', MaxKeys: 10 }
    const { decoded, received } = await exchange('ListObjectsV2', input, output)
    assert.deepEqual(decoded, input)
    assert.deepEqual(received, output)
  })

  it('tags go in as an XML payload and come out as a body', async () => {
    const TagSet = [
      { Key: 'a', Value: '1' },
      { Key: 'b', Value: '' },
    ]
    const put = await exchange('PutBucketTagging', { Bucket: 'bucket', Tagging: { TagSet } })
    assert.deepEqual(put.decoded['Tagging'], { TagSet })
    const { received } = await exchange('GetBucketTagging', { Bucket: 'bucket' }, { TagSet })
    assert.deepEqual(received, { TagSet })
  })
})
