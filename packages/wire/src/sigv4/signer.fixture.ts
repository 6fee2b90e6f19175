import { createHash, createHmac } from 'node:crypto'
import type { Hash, Hmac } from 'node:crypto'
import { SignatureV4 } from '@smithy/signature-v4'
import type { SignedRequest } from './index.ts'

/** The credentials, region, service and time that the tests sign with. */
export const SIGNER = {
  accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
  region: 'eu-central-1',
  now: new Date('2026-02-28T23:59:58Z'),
} as const

class Sha256 {
  readonly #hash: Hash | Hmac

  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#hash = secret === undefined ? createHash('sha256') : createHmac('sha256', toBytes(secret))
  }

  update(data: string | Uint8Array): void {
    this.#hash.update(data)
  }

  async digest(): Promise<Uint8Array> {
    return new Uint8Array(this.#hash.digest())
  }

  reset(): void {
    throw new Error('a signer digests once')
  }
}

function toBytes(source: string | ArrayBuffer | ArrayBufferView): Uint8Array {
  if (typeof source === 'string') return Buffer.from(source, 'utf8')
  if (source instanceof ArrayBuffer) return new Uint8Array(source)
  return new Uint8Array(source.buffer, source.byteOffset, source.byteLength)
}

/** What a client wants to send; the path is percent-encoded already, as SDK serialisers leave it. */
export interface ClientRequest {
  readonly method?: string
  readonly path?: string
  readonly query?: Readonly<Record<string, string | readonly string[]>>
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Uint8Array
}

/** How to sign it: by Authorization header, or by query when `expiresIn` (seconds) is given. */
export interface SigningChoice {
  readonly service?: string
  readonly sessionToken?: string
  readonly expiresIn?: number
  readonly signingDate?: Date
}

/** Signs a request with the AWS SDK for JavaScript's own signer and returns it as the server would receive it. */
export async function signLikeTheSdk(
  client: ClientRequest,
  { service = 'kms', sessionToken, expiresIn, signingDate = SIGNER.now }: SigningChoice = {},
): Promise<SignedRequest> {
  const signer = new SignatureV4({
    service,
    region: SIGNER.region,
    credentials: { ...SIGNER, ...(sessionToken === undefined ? {} : { sessionToken }) },
    sha256: Sha256,
    uriEscapePath: service !== 's3',
  })
  const body = client.body ?? new Uint8Array()
  const query = Object.fromEntries(
    Object.entries(client.query ?? {}).map(([name, value]) => [
      name,
      typeof value === 'string' ? value : [...value],
    ]),
  )
  const request = {
    method: client.method ?? 'POST',
    protocol: 'http:',
    hostname: '127.0.0.1',
    path: client.path ?? '/',
    query,
    headers: { host: '127.0.0.1:4566', ...client.headers },
    body,
  }
  const signed =
    expiresIn === undefined
      ? await signer.sign(request, { signingDate })
      : await signer.presign(request, { signingDate, expiresIn })
  return {
    method: signed.method,
    rawPath: signed.path,
    rawQuery: writeQuery(signed.query ?? {}),
    headers: Object.fromEntries(
      Object.entries(signed.headers).map(([name, value]) => [name.toLowerCase(), value]),
    ),
    body,
  }
}

function writeQuery(query: Readonly<Record<string, unknown>>): string {
  const parts: string[] = []
  for (const [name, value] of Object.entries(query)) {
    for (const one of Array.isArray(value) ? value : [value]) {
      parts.push(`${encodeURIComponent(name)}=${encodeURIComponent(String(one))}`)
    }
  }
  return parts.join('&')
}
