import { AwsError } from '../../kernel/errors.ts'
import { validation } from './errors.ts'

/** Calls another service: as the caller, or as a stack. */
export type ServiceCall = (
  service: string,
  operation: string,
  input: object,
) => Promise<Record<string, unknown>>

const maxBytes = 1_048_576

/** A template that lies in S3, read as `call` calls. Throws ValidationError. */
export async function templateAt(call: ServiceCall, address: string): Promise<string> {
  const place = objectAt(address)
  if (!place) throw validation('TemplateURL must be a supported URL.')
  const input = { Bucket: place.bucket, Key: place.key }
  const { Body } = await orRefused('S3 error', () => call('s3', 'GetObject', input))
  return textOf(Body)
}

/** What another service refuses is the caller's mistake here; so is one that is not there. Throws ValidationError. */
export async function orRefused<T>(what: string, run: () => Promise<T>): Promise<T> {
  try {
    return await run()
  } catch (error) {
    const isMissing = error instanceof Error && error.message.endsWith(' does not exist')
    if (!(error instanceof AwsError) && !isMissing) throw error
    throw validation(`${what}: ${error.message}`)
  }
}

const virtualHost = /^([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])\.s3(?:[.-][a-z0-9-]+)*\./

/** The bucket and key of an address, virtual-hosted or path style. */
function objectAt(address: string): { bucket: string; key: string } | undefined {
  if (!URL.canParse(address)) return undefined
  const { hostname, pathname } = new URL(address)
  const path = decodeURIComponent(pathname.slice(1))
  const bucket = virtualHost.exec(hostname)?.[1]
  if (bucket !== undefined) return { bucket, key: path }
  const slash = path.indexOf('/')
  return slash > 0 ? { bucket: path.slice(0, slash), key: path.slice(slash + 1) } : undefined
}

async function textOf(body: unknown): Promise<string> {
  if (typeof body === 'string') return body
  if (body instanceof Uint8Array) return Buffer.from(body).toString()
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of body as AsyncIterable<Uint8Array>) {
    size += chunk.byteLength
    if (size > maxBytes) throw validation(`Template may not exceed ${maxBytes} bytes in size.`)
    chunks.push(Buffer.from(chunk))
  }
  return Buffer.concat(chunks).toString()
}
