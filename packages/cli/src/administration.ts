import { Hash } from '@smithy/core/serde'
import { SignatureV4 } from '@smithy/signature-v4'
import type { Installation } from './installation.ts'

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
    sha256: Hash.bind(null, 'sha256'),
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
