import { Hash } from '@smithy/core/serde'
import { SignatureV4 } from '@smithy/signature-v4'
import type { TestCredentials } from './server.ts'

/** A request to be signed and sent as it is, for those that no SDK makes; a POST unless told otherwise. */
export interface SignedPost {
  readonly method?: 'GET' | 'POST'
  readonly service: string
  readonly credentials: TestCredentials
  readonly body: string
  readonly headers?: Readonly<Record<string, string>>
  readonly region?: string
  readonly path?: string
}

/** Signs a request with AWS's own signer and sends it. */
export async function signedFetch(endpoint: string, post: SignedPost): Promise<Response> {
  const url = new URL(post.path ?? '/', endpoint)
  const { service, credentials, region = 'us-east-1', method = 'POST' } = post
  const content = method === 'GET' ? {} : { body: post.body }
  const signer = new SignatureV4({
    credentials,
    region,
    service,
    sha256: Hash.bind(null, 'sha256'),
  })
  const { headers } = await signer.sign({
    method,
    protocol: url.protocol,
    hostname: url.hostname,
    path: url.pathname,
    query: Object.fromEntries(url.searchParams),
    headers: { host: url.host, ...post.headers },
    ...content,
  })
  return fetch(url, { method, headers, ...content })
}
