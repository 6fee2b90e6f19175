import { createHash, createHmac } from 'node:crypto'
import type { Hash, Hmac } from 'node:crypto'
import { SignatureV4 } from '@smithy/signature-v4'

/** A call in the form that goes over the wire, before it is signed. */
export interface WireCall {
  readonly service: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | Uint8Array
  /** POST when absent. */
  readonly method?: string
  /** `/` when absent; written as it goes over the wire. */
  readonly path?: string
}

/** Who signs, and for which server. */
export interface Signer {
  readonly port: number
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string }
}

/** A service that speaks awsJson, by its signing name, its version of that and its target's prefix. */
export interface JsonService {
  readonly service: string
  readonly version: '1.0' | '1.1'
  readonly target: string
}

/** A call in awsJson. */
export function jsonCall(to: JsonService, operation: string, input: object): WireCall {
  return {
    service: to.service,
    headers: {
      'content-type': `application/x-amz-json-${to.version}`,
      'x-amz-target': `${to.target}.${operation}`,
    },
    body: JSON.stringify(input),
  }
}

/** A KMS call (awsJson 1.1). */
export function kmsCall(operation: string, input: object): WireCall {
  return jsonCall({ service: 'kms', version: '1.1', target: 'TrentService' }, operation, input)
}

/** An IAM call (awsQuery). */
export function iamCall(action: string, input: Readonly<Record<string, string>>): WireCall {
  return {
    service: 'iam',
    headers: { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' },
    body: new URLSearchParams({ Action: action, Version: '2010-05-08', ...input }).toString(),
  }
}

/** The headers of a signed call, with the ones that AWS's Python SDK sends beside them. */
export async function signedHeaders(
  call: WireCall,
  { port, credentials }: Signer,
): Promise<Record<string, string>> {
  const signer = new SignatureV4({
    credentials,
    region: 'us-east-1',
    service: call.service,
    sha256: Sha256,
    applyChecksum: call.service === 's3',
    uriEscapePath: call.service !== 's3',
  })
  const { headers } = await signer.sign({
    method: call.method ?? 'POST',
    protocol: 'http:',
    hostname: '127.0.0.1',
    port,
    path: call.path ?? '/',
    query: {},
    headers: { host: `127.0.0.1:${port}`, ...call.headers },
    body: call.body,
  })
  return {
    ...headers,
    'accept-encoding': 'identity',
    'user-agent':
      'Boto3/1.40.0 md/Botocore#1.40.0 ua/2.1 os/linux lang/python#3.12 md/pyimpl#CPython',
    'amz-sdk-invocation-id': 'e0a1bb5e-5e0a-4b8f-9c53-6f3b1e4c9a77',
    'amz-sdk-request': 'attempt=1',
    'content-length': String(Buffer.byteLength(call.body)),
  }
}

/** The bytes of a signed call, to be sent as often as wanted for fifteen minutes. */
export async function signedBytes(call: WireCall, signer: Signer): Promise<Buffer> {
  return requestBytes(await signedHeaders(call, signer), call.body, call)
}

/** The bytes of a request, a POST to `/` unless it is said otherwise. */
export function requestBytes(
  headers: Readonly<Record<string, string>>,
  body: string | Uint8Array,
  { method = 'POST', path = '/' }: Pick<WireCall, 'method' | 'path'> = {},
): Buffer {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  return Buffer.concat([
    Buffer.from(`${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n`),
    Buffer.from(body),
  ])
}

type Text = string | ArrayBuffer | ArrayBufferView

/** SHA-256 and HMAC-SHA-256 in the form that the signer asks for. */
class Sha256 {
  readonly #hash: Hash | Hmac

  constructor(secret?: Text) {
    this.#hash = secret === undefined ? createHash('sha256') : createHmac('sha256', bytes(secret))
  }

  update(chunk: Text): void {
    this.#hash.update(bytes(chunk))
  }

  async digest(): Promise<Uint8Array> {
    return this.#hash.digest()
  }

  reset(): void {
    throw new Error('the signer makes a new hash each time')
  }
}

function bytes(text: Text): Uint8Array {
  if (typeof text === 'string') return Buffer.from(text, 'utf8')
  if (text instanceof ArrayBuffer) return new Uint8Array(text)
  return new Uint8Array(text.buffer, text.byteOffset, text.byteLength)
}
