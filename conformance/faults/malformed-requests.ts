import { randomBytes } from 'node:crypto'
import type { Farewell } from './raw-exchange.ts'
import { iamCall, kmsCall, requestBytes, signedHeaders } from './signed-request.ts'
import type { Signer, WireCall } from './signed-request.ts'

/** One bad request, and how its sender takes leave. */
export interface BadRequest {
  readonly kind: string
  readonly bytes: Uint8Array | string
  readonly farewell: Farewell
}

type Maker = (signer: Signer) => Promise<Omit<BadRequest, 'kind'>>

/** Every kind of malformed request, each with a maker that varies from call to call. */
export const malformedRequests: Readonly<Record<string, Maker>> = {
  'random body under a good signature': (signer) =>
    signed(signer, { ...kmsCall(pick(operations), {}), body: randomText(1 + below(400)) }),
  'broken JSON under a good signature': (signer) => {
    const call = kmsCall('Encrypt', { KeyId: 'alias/a', Plaintext: 'AAAA' })
    return signed(signer, { ...call, body: call.body.slice(0, 1 + below(call.body.length - 1)) })
  },
  'wrong types under a good signature': (signer) =>
    signed(signer, kmsCall(pick(needingKey), { KeyId: wrongValue(), Plaintext: wrongValue() })),
  'deep nesting under a good signature': (signer) => {
    const depth = 1_000 + below(20_000)
    const body = `{"KeyId":${'['.repeat(depth)}${']'.repeat(depth)}}`
    return signed(signer, { ...kmsCall(pick(needingKey), {}), body })
  },
  'names of the prototype': (signer) =>
    signed(signer, {
      ...kmsCall(pick(needingKey), {}),
      body: `{"__proto__":{"KeyId":"x"},"constructor":${below(99)},"toString":null}`,
    }),
  'not UTF-8 under a good signature': async (signer) => {
    const { bytes } = await signed(signer, kmsCall(pick(needingKey), { KeyId: 'aaaaaaaaaaaaaaaa' }))
    return wait(replaced(Buffer.from(bytes), 'aaaaaaaa', randomBytes(8)))
  },
  'unknown operation': (signer) =>
    signed(signer, { ...kmsCall(pick(strangeNames), { KeyId: 'alias/a' }) }),
  'unknown target': (signer) => {
    const { body, ...call } = kmsCall('Encrypt', {})
    const headers = { ...call.headers, 'x-amz-target': randomText(1 + below(60)) }
    return signed(signer, { ...call, headers, body })
  },
  'form without a known action': (signer) =>
    signed(signer, { ...iamCall(pick(strangeNames), {}), body: formText() }),
  'form with bad values': (signer) =>
    signed(signer, iamCall('CreateUser', { UserName: randomText(1 + below(80)) + ' \u0000' })),
  'altered signature': async (signer) => {
    const call = kmsCall('ListKeys', {})
    const headers = await signedHeaders(call, signer)
    const authorization = headers['authorization'] ?? ''
    const last = authorization.at(-1) === '0' ? '1' : '0'
    return wait(
      requestBytes({ ...headers, authorization: authorization.slice(0, -1) + last }, '{}'),
    )
  },
  'garbled authorization': async (signer) => {
    const headers = await signedHeaders(kmsCall('ListKeys', {}), signer)
    const good = headers['authorization'] ?? ''
    const bad = garbled(good)
    // Blanks and commas separate alike: changed into each other they say the same.
    const plain = (text: string) => text.replace(/[,\s]+/g, ' ').trim()
    const authorization = plain(bad) === plain(good) ? 'AWS4-HMAC-SHA256' : bad
    return wait(requestBytes({ ...headers, authorization }, '{}'))
  },
  'strange dates': async (signer) => {
    const headers = await signedHeaders(kmsCall('ListKeys', {}), signer)
    return wait(requestBytes({ ...headers, 'x-amz-date': pick(strangeDates) }, '{}'))
  },
  'unknown access key': (signer) => {
    const accessKeyId = `AKIA${randomBytes(8).toString('hex').toUpperCase()}`
    const credentials = { accessKeyId, secretAccessKey: 'x' }
    return signed({ ...signer, credentials }, kmsCall('ListKeys', {}))
  },
  'forged session token': async (signer) => {
    const headers = await signedHeaders(kmsCall('ListKeys', {}), signer)
    const token = { 'x-amz-security-token': randomBytes(1 + below(600)).toString('base64') }
    return wait(requestBytes({ ...headers, ...token }, '{}'))
  },
  'no signature': async ({ port }) => {
    const { headers, body } = kmsCall(pick(operations), {})
    const length = { host: `127.0.0.1:${port}`, 'content-length': String(body.length) }
    return wait(requestBytes({ ...headers, ...length }, body))
  },
  'bad presigned query': async () => {
    const names = ['Algorithm', 'Credential', 'Date', 'Expires', 'SignedHeaders', 'Signature']
    const query = names
      .filter(() => below(5) > 0)
      .map(
        (name) => `X-Amz-${name}=${pick(['', '%', '%zz', '%ff', '-1', 'AWS4-HMAC-SHA256', 'a/b'])}`,
      )
      .join('&')
    return wait(`GET /?${query}&Action=ListUsers HTTP/1.1\r\nHost: x\r\n\r\n`)
  },
  'strange request lines': async () => {
    const method = pick([
      'GET',
      'POST',
      'PUT',
      'DELETE',
      'OPTIONS',
      'TRACE',
      'PATCH',
      'CONNECT',
      'PRI',
    ])
    const target = pick(['*', '/%00', '/%', '//..//..', '/?%', 'http://[', '/\u00ff', '/a?b#c'])
    return wait(`${method} ${target} HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n`)
  },
  'administration paths': async () => {
    const path = pick([
      '',
      'clock',
      'reset',
      'accounts',
      'backup',
      '__proto__',
      'constructor',
      '%00',
    ])
    const body = pick(['', '{', '[]', 'null', '{"advance":"1d"}'])
    const head = `POST /_bartizan/${path} HTTP/1.1\r\nHost: x\r\n`
    return wait(`${head}Content-Length: ${body.length}\r\n\r\n${body}`)
  },
  'not HTTP': async () => ({ bytes: randomBytes(1 + below(300)), farewell: 'end' }),
  'another protocol': async () => ({ bytes: pick(otherProtocols), farewell: 'end' }),
  'huge headers': async () =>
    wait(`GET / HTTP/1.1\r\nHost: x\r\nX-Large: ${'x'.repeat(70_000 + below(9_000))}\r\n\r\n`),
  'many headers': async () =>
    wait(`GET / HTTP/1.1\r\nHost: x\r\n${'X-Amz-Many: a\r\n'.repeat(3_000 + below(900))}\r\n`),
  'bad header lines': async () =>
    wait(`GET / HTTP/1.1\r\nHost: x\r\n${pick(badHeaderLines)}\r\n\r\n`),
  'content length too small': async (signer) => {
    const call = kmsCall('ListKeys', {})
    const headers = await signedHeaders({ ...call, body: '{"Limit":1}' }, signer)
    return wait(requestBytes({ ...headers, 'content-length': String(below(11)) }, '{"Limit":1}'))
  },
  'content length too large': async (signer) => {
    const headers = await signedHeaders(kmsCall('ListKeys', {}), signer)
    const bytes = requestBytes({ ...headers, 'content-length': String(3 + below(9_999)) }, '{}')
    return { bytes, farewell: pick(['end', 'destroy']) }
  },
  'bad chunks': async () => {
    const head = 'POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n'
    const chunks = pick([
      'zz\r\n',
      '5\r\nab',
      '-1\r\n\r\n',
      'ffffffffffffffff\r\n',
      '2\r\nabcd\r\n',
    ])
    return { bytes: head + chunks, farewell: 'end' }
  },
  'truncated anywhere': async (signer) => {
    const { bytes } = await signed(signer, kmsCall('ListKeys', {}))
    const farewell = pick<Farewell>(['end', 'destroy'])
    return { bytes: bytes.slice(0, 1 + below(bytes.length - 2)), farewell }
  },
}

const operations = ['Encrypt', 'Decrypt', 'CreateKey', 'Sign', 'CreateGrant', 'TagResource']
const needingKey = [
  'Encrypt',
  'DescribeKey',
  'Sign',
  'GenerateDataKey',
  'GetPublicKey',
  'DisableKey',
]
const strangeNames = ['Nothing', 'constructor', '__proto__', 'toString', 'encrypt', '\u00ff', ' ']
const strangeDates = ['', 'x', '20200101T000000Z', '99999999T999999Z', '20260230T250000Z', '0']
const otherProtocols = [
  'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
  'GET /\r\n\r\n',
  'GET / HTTP/9.9\r\n\r\n',
  '\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc\u0003\u0003',
  'SSH-2.0-OpenSSH_9.6\r\n',
  '*1\r\n$4\r\nPING\r\n',
  '\r\n\r\n\r\n',
]
const badHeaderLines = [
  'No colon here',
  ': empty name',
  'Bad Name: x',
  'X: \u0000',
  'Content-Length: -1',
  'Content-Length: 1\r\nContent-Length: 2',
  'Content-Length: 5\r\nTransfer-Encoding: chunked',
  'Transfer-Encoding: gzip',
  'Expect: the-unexpected',
  'Connection: upgrade\r\nUpgrade: websocket',
]

async function signed(signer: Signer, call: WireCall) {
  // A header value is Latin-1 on the wire; what is signed must be what is sent.
  const headers = await signedHeaders(call, signer)
  return wait(requestBytes(headers, call.body))
}

function wait<T extends Uint8Array | string>(bytes: T): { bytes: T; farewell: Farewell } {
  return { bytes, farewell: 'wait' }
}

function below(limit: number): number {
  return Math.floor(Math.random() * limit)
}

function pick<T>(values: readonly T[]): T {
  const value = values[below(values.length)]
  if (value === undefined) throw new Error('nothing to pick from')
  return value
}

/** Printable text that is not JSON: it never starts as a JSON value does. */
function randomText(length: number): string {
  return `~${Array.from({ length }, () => String.fromCharCode(33 + below(90))).join('')}`
}

function formText(): string {
  return Array.from({ length: below(20) }, () => `${randomText(3)}=${randomText(5)}`).join('&')
}

function wrongValue(): unknown {
  return pick<unknown>([0, -1, 1e308, true, [], {}, [null], { a: 1 }, [[1]], ['x'], 0.5])
}

function garbled(text: string): string {
  const at = below(text.length)
  switch (below(4)) {
    case 0:
      return text.slice(0, at)
    case 1:
      return `${text.slice(0, at)}${String.fromCharCode(34 + below(90))}!${text.slice(at + 1)}`
    case 2:
      return text.replaceAll(pick([',', '=', '/', ' ', ';']), pick(['', ',', '\u00ff', '//']))
    default:
      return `${pick(['Basic', 'Bearer', 'AWS4-ECDSA-P256-SHA256', 'AWS'])} ${text.slice(at)}`
  }
}

function replaced(bytes: Buffer, text: string, other: Uint8Array): Buffer {
  const at = bytes.lastIndexOf(text)
  bytes.set(other, at)
  return bytes
}
