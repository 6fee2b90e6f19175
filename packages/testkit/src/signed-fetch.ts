import { Hash } from '@smithy/core/serde'
import { SignatureV4 } from '@smithy/signature-v4'
import type { TestCredentials } from './server.ts'

/** A POST to be signed and sent as it is, for requests that no SDK would make. */
export interface SignedPost {
  readonly service: string
  readonly credentials: TestCredentials
  readonly body: string
  readonly headers?: Readonly<Record<string, string>>
  readonly region?: string
  readonly path?: string
}

/** Signs a POST with AWS's own signer and sends it. */
export async function signedFetch(endpoint: string, post: SignedPost): Promise<Response> {
  const url = new URL(post.path ?? '/', endpoint)
  const { service, credentials, region = 'us-east-1', body } = post
  const signer = new SignatureV4({
    credentials,
    region,
    service,
    sha256: Hash.bind(null, 'sha256'),
  })
  const { headers } = await signer.sign({
    method: 'POST',
    protocol: url.protocol,
    hostname: url.hostname,
    path: url.pathname,
    headers: { host: url.host, ...post.headers },
    body,
  })
  return fetch(url, { method: 'POST', headers, body })
}
