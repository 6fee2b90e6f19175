import assert from 'node:assert/strict'
import { hash } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import { deriveSigningKey } from '../sigv4/signing-key.ts'
import { AwsChunkedDecoder, ChunkedError, type ChunkSigning } from './aws-chunked.ts'

/** The example of AWS's own documentation (sigv4-streaming). */
const scope = { date: '20130524', region: 'us-east-1', service: 's3' }
const signing: ChunkSigning = {
  key: deriveSigningKey('wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY', scope),
  amzDate: '20130524T000000Z',
  scope: '20130524/us-east-1/s3/aws4_request',
  seedSignature: '4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9',
}
const documented = Buffer.concat([
  Buffer.from(
    '10000;chunk-signature=ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648\r\n',
  ),
  Buffer.alloc(65_536, 'a'),
  Buffer.from(
    '\r\n400;chunk-signature=0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497\r\n',
  ),
  Buffer.alloc(1024, 'a'),
  Buffer.from(
    '\r\n0;chunk-signature=b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9\r\n\r\n',
  ),
])

function decoded(decoder: AwsChunkedDecoder, body: Uint8Array, step: number): Buffer {
  const pieces: Uint8Array[] = []
  for (let at = 0; at < body.length; at += step) {
    pieces.push(...decoder.push(body.subarray(at, at + step)))
  }
  decoder.end()
  return Buffer.concat(pieces)
}

function refusal(run: () => unknown): string {
  try {
    run()
  } catch (error) {
    assert.ok(error instanceof ChunkedError, String(error))
    return error.code
  }
  throw new assert.AssertionError({ message: 'was not refused' })
}

test("AWS's documented example decodes and verifies, however it is cut", () => {
  for (const step of [1000, 4096, documented.length]) {
    const options = { signing, trailer: false, decodedLength: 66_560 }
    const body = decoded(new AwsChunkedDecoder(options), documented, step)
    assert.equal(hash('sha256', body), hash('sha256', Buffer.alloc(66_560, 'a')))
  }
})

test('a changed byte, a changed signature, a missing end and a wrong length are refused', () => {
  const changedData = Buffer.from(documented)
  changedData[500] = 98
  const changedSignature = Buffer.from(documented)
  changedSignature.write('0'.repeat(8), 30)
  const options = { signing, trailer: false, decodedLength: 66_560 }
  const cases: readonly (readonly [Uint8Array, object, string])[] = [
    [changedData, options, 'SignatureDoesNotMatch'],
    [changedSignature, options, 'SignatureDoesNotMatch'],
    [documented.subarray(0, -90), options, 'IncompleteBody'],
    [documented.subarray(0, 60_000), options, 'IncompleteBody'],
    [documented, { ...options, decodedLength: 66_561 }, 'IncompleteBody'],
    [Buffer.from('zz\r\n'), options, 'IncompleteBody'],
    [Buffer.from('5\r\nhello\r\n0\r\n\r\n'), options, 'SignatureDoesNotMatch'],
    [Buffer.alloc(9000, 'x'), options, 'IncompleteBody'],
  ]
  for (const [body, given, code] of cases) {
    const decoder = new AwsChunkedDecoder(given as typeof options)
    assert.equal(
      refusal(() => decoded(decoder, body, 4096)),
      code,
    )
  }
  assert.equal(cases.length, 8)
})

/** Chunks a payload as a client does, signed or not, with one trailing header. */
function chunked(payload: Uint8Array, size: number, signed: boolean): Buffer {
  const empty = hash('sha256', '')
  let previous = signing.seedSignature
  const sign = (algorithm: string, hashes: string): string => {
    const { key, amzDate, scope: credential } = signing
    previous = key.mac(`${algorithm}\n${amzDate}\n${credential}\n${previous}\n${hashes}`)
    return previous
  }
  const head = (bytes: Uint8Array): string =>
    bytes.length.toString(16) +
    (signed
      ? `;chunk-signature=${sign('AWS4-HMAC-SHA256-PAYLOAD', `${empty}\n${hash('sha256', bytes)}`)}`
      : '')
  const parts: Uint8Array[] = []
  for (let at = 0; at < payload.length; at += size) {
    const bytes = payload.subarray(at, at + size)
    parts.push(Buffer.from(`${head(bytes)}\r\n`), bytes, Buffer.from('\r\n'))
  }
  parts.push(Buffer.from(`${head(new Uint8Array())}\r\nx-amz-checksum-crc32:AAAAAA==\r\n`))
  if (signed) {
    const canonical = hash('sha256', 'x-amz-checksum-crc32:AAAAAA==\n')
    const signature = sign('AWS4-HMAC-SHA256-TRAILER', canonical)
    parts.push(Buffer.from(`x-amz-trailer-signature:${signature}\r\n`))
  }
  parts.push(Buffer.from('\r\n'))
  return Buffer.concat(parts)
}

test('whatever is chunked, signed or not, comes out whole with its trailer', () => {
  let cases = 0
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 2000 }),
      fc.integer({ min: 1, max: 700 }),
      fc.integer({ min: 1, max: 400 }),
      fc.boolean(),
      (payload, size, step, signed) => {
        const options = { trailer: true, decodedLength: payload.length, ...(signed && { signing }) }
        const decoder = new AwsChunkedDecoder(options)
        const body = decoded(decoder, chunked(payload, size, signed), step)
        assert.deepEqual(body, Buffer.from(payload))
        assert.deepEqual({ ...decoder.trailers }, { 'x-amz-checksum-crc32': 'AAAAAA==' })
        cases += 1
      },
    ),
  )
  assert.ok(cases >= 100)
})

test('a trailer that is not signed, or not as it was signed, is refused', () => {
  const body = chunked(Buffer.from('hello'), 5, true).toString('latin1')
  const unsigned = body.replace(/x-amz-trailer-signature:.*\r\n/, '')
  const changed = body.replace('AAAAAA==', 'AAAAAQ==')
  const run = (text: string) => () =>
    decoded(new AwsChunkedDecoder({ signing, trailer: true }), Buffer.from(text, 'latin1'), 50)
  assert.equal(refusal(run(unsigned)), 'MalformedTrailerError')
  assert.equal(refusal(run(changed)), 'SignatureDoesNotMatch')
})
