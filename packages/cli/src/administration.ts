import { createHash, createHmac } from 'node:crypto'
import { SignatureV4 } from '@smithy/signature-v4'
import type { Hash, SourceData } from '@smithy/types'
import type { Installation } from './installation.ts'

/** The hash that the SDK's signer asks for, over node:crypto. */
class Sha256 implements Hash {
  readonly #hash: { update(data: Uint8Array): unknown; digest(): Buffer }
  constructor(secret?: SourceData) {
    this.#hash = secret === undefined ? createHash('sha256') : createHmac('sha256', bytes(secret))
  }
  update(data: SourceData): void {
    this.#hash.update(bytes(data))
  }
  digest(): Promise<Uint8Array> {
    return Promise.resolve(this.#hash.digest())
  }
}

function bytes(data: SourceData): Uint8Array {
  if (typeof data === 'string') return Buffer.from(data)
  return ArrayBuffer.isView(data)
    ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    : new Uint8Array(data)
}

/** Performs one of the operator's actions (`clock`, `reset`, …) with a signed request. */
export async function administer(
  { endpoint, region, credentials }: Installation,
  action: string,
  body: object,
): Promise<Record<string, unknown>> {
  const url = new URL(`/_bartizan/${action}`, endpoint)
  const signer = new SignatureV4({
    credentials: credentials(),
    region,
    service: 'bartizan',
    sha256: Sha256,
  })
  const signed = await signer.sign({
    method: 'POST',
    protocol: url.protocol,
    hostname: url.hostname,
    path: url.pathname,
    headers: { host: url.host, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  const response = await reach(url, {
    method: 'POST',
    headers: signed.headers,
    body: JSON.stringify(body),
  })
  const answer = (await response.json()) as Record<string, unknown>
  if (!response.ok) throw new Error(String(answer['message'] ?? response.statusText))
  return answer
}

/** The server's health; throws when it does not answer. */
export async function health({ endpoint }: Installation): Promise<Record<string, unknown>> {
  const response = await reach(new URL('/_bartizan/health', endpoint), {})
  return (await response.json()) as Record<string, unknown>
}

async function reach(url: URL, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, init)
  } catch {
    throw new Error(`no server answers at ${url.origin}; is \`bartizan up\` running?`)
  }
}
