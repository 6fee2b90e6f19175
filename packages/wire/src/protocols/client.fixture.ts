import { isDeepStrictEqual } from 'node:util'
import { NormalizedSchema } from '@smithy/core/schema'
import fc from 'fast-check'
import type { OperationSchema, WireRequest, WireResponse } from './protocol.ts'
import { kindOf } from './shapes.ts'

/** An AWS SDK client package, as an import of it gives. */
export type ClientPackage = Readonly<Record<string, unknown>>

interface SdkRequest {
  readonly method: string
  readonly path: string
  readonly query?: Readonly<Record<string, string | readonly string[] | null>>
  readonly headers: Readonly<Record<string, string>>
  readonly body?: unknown
}

interface SdkClient {
  send(command: unknown): Promise<Record<string, unknown>>
}

type Constructor<T> = new (argument: unknown) => T

/** Every operation schema of a client package by name. */
export function operationsOf(client: ClientPackage): Map<string, OperationSchema> {
  const operations = new Map<string, OperationSchema>()
  for (const schema of Object.values(client)) {
    if (Array.isArray(schema) && schema[0] === 9) {
      operations.set(String(schema[2]), schema as OperationSchema)
    }
  }
  return operations
}

const bytesOf = (body: unknown): Uint8Array => {
  if (body === undefined || body === null) return new Uint8Array()
  return body instanceof Uint8Array ? body : Buffer.from(String(body))
}

/** An SDK client's request as a server would see it. */
export function wireRequest({ method, path, query, headers, body }: SdkRequest): WireRequest {
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(query ?? {})) {
    for (const item of [value ?? ''].flat()) search.append(name, item)
  }
  const lower = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value])
  return {
    method,
    path,
    query: search.toString(),
    headers: Object.fromEntries(lower) as Record<string, string>,
    body: bytesOf(body),
  }
}

/** Sends a command by the real client to a server that is a function. */
export async function roundTrip(
  client: ClientPackage,
  command: { name: string; input: unknown; config?: Readonly<Record<string, unknown>> },
  serve: (request: WireRequest) => WireResponse,
): Promise<Record<string, unknown>> {
  const className = Object.keys(client).find(
    (name) => name.endsWith('Client') && name !== 'Client' && !name.startsWith('__'),
  )
  const Client = client[className ?? ''] as Constructor<SdkClient>
  const Command = client[`${command.name}Command`] as Constructor<unknown>
  const sdk = new Client({
    region: 'us-east-1',
    credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' },
    maxAttempts: 1,
    requestHandler: {
      handle: (request: SdkRequest) => {
        const { status, headers, body } = serve(wireRequest(request))
        return Promise.resolve({ response: { statusCode: status, headers, body: bytesOf(body) } })
      },
    },
    ...command.config,
  })
  const { $metadata: _metadata, ...output } = await sdk.send(new Command(command.input))
  return output
}

/** How values for one protocol are made. */
export interface ValueOptions {
  /** Every member set and no collection empty, as forms cannot say "empty structure". */
  readonly whole: boolean
  readonly emptyLists: boolean
}

const text = fc.oneof(
  fc.string({ unit: fc.constantFrom(...'abcXYZ019 _-/+=&<>"\'%.,:;é世😀'), maxLength: 12 }),
  fc.constantFrom('constructor', 'true', '0', 'a\tb', ']]>', '<!--'),
)
const label = fc.string({ unit: fc.constantFrom(...'abcXYZ019_- %é'), minLength: 1, maxLength: 8 })
const seconds = fc.integer({ min: 0, max: 4_000_000_000 })
const mapKey = fc.stringMatching(/^[A-Za-z][A-Za-z0-9_-]{0,6}$/)
const deepest = 6

/** An arbitrary of a schema's typed values. */
export function valueOf(
  schema: NormalizedSchema,
  options: ValueOptions,
  depth = 0,
): fc.Arbitrary<unknown> {
  const minLength = options.whole && depth < deepest ? 1 : 0
  switch (kindOf(schema)) {
    case 'structure':
      return structureOf(schema, options, depth)
    case 'list': {
      const element = valueOf(schema.getValueSchema(), options, depth + 1)
      const least = options.emptyLists ? 0 : minLength
      return fc.array(element, { minLength: least, maxLength: depth < deepest ? 2 : 0 })
    }
    case 'map': {
      const element = valueOf(schema.getValueSchema(), options, depth + 1)
      const size = { minKeys: minLength, maxKeys: depth < deepest ? 2 : 0, noNullPrototype: true }
      return fc.dictionary(mapKey, element, size)
    }
    case 'number':
      if (schema.getMergedTraits().httpResponseCode) return fc.integer({ min: 200, max: 206 })
      return fc.integer({ min: -1000, max: 1_000_000_000 })
    case 'boolean':
      return fc.boolean()
    case 'blob':
      return fc.uint8Array({ minLength: 1, maxLength: 20 })
    case 'timestamp':
      return seconds.map((value) => new Date(value * 1000))
    case 'document':
      return fc.constantFrom({ a: [1, 'b', true] }, [], { b: {} })
    default:
      return schema.getMergedTraits().httpLabel ? label : text
  }
}

function structureOf(
  schema: NormalizedSchema,
  options: ValueOptions,
  depth: number,
): fc.Arbitrary<unknown> {
  const members: Record<string, fc.Arbitrary<unknown>> = {}
  const always: string[] = []
  for (const [name, member] of schema.structIterator()) {
    if (depth >= deepest && !['string', 'number'].includes(kindOf(member))) continue
    const { httpLabel, httpResponseCode, idempotencyToken, mediaType } = member.getMergedTraits()
    if (mediaType !== undefined) continue
    members[name] = valueOf(member, options, depth + 1)
    if (httpLabel || httpResponseCode || idempotencyToken || options.whole) always.push(name)
  }
  if (schema.isUnionSchema()) {
    const one = Object.entries(members).map(([name, value]) => fc.record({ [name]: value }))
    return fc.oneof(...one)
  }
  return fc.record(members, { requiredKeys: always, noNullPrototype: true })
}

/** A value in one form for comparison: plain objects, plain bytes, nothing undefined or empty. */
export function canonical(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex')
  if (value instanceof Date) return value.toISOString()
  if (Array.isArray(value)) return value.map(canonical)
  if (typeof value !== 'object' || value === null) return value
  const entries: [string, unknown][] = []
  for (const [key, item] of Object.entries(value)) {
    const plain = canonical(item)
    if (plain === undefined || plain === null) continue
    if (isDeepStrictEqual(plain, {}) || isDeepStrictEqual(plain, [])) continue
    entries.push([key, plain])
  }
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** Whether a schema holds a stream, which a value cannot stand for. */
export function hasStream(operation: OperationSchema): boolean {
  return [operation[4], operation[5]].some((ref) => {
    const schema = NormalizedSchema.of(ref)
    if (!schema.isStructSchema()) return false
    return [...schema.structIterator()].some(([, member]) => member.isStreaming())
  })
}
