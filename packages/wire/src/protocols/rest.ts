import { Readable } from 'node:stream'
import { ToStringShapeSerializer } from '@smithy/core/protocols'
import { NormalizedSchema } from '@smithy/core/schema'
import { splitEvery, splitHeader } from '@smithy/core/serde'
import {
  decodedLabel,
  httpMembers,
  type HttpLocation,
  type HttpMember,
  type HttpRoute,
  type HttpRouter,
} from './http-router.ts'
import type { OperationSchema, WireError, WireRequest, WireResponse } from './protocol.ts'
import { scalarFromText } from './scalars.ts'
import { errorMembers, inputOf, kindOf, memoized, outputOf, timestampFormatOf } from './shapes.ts'
import type { TimestampFormat } from './shapes.ts'

/** What differs between the REST protocols: how a body is read and written. */
export interface BodyCodec {
  readonly contentType: string
  /** The error code of an unreadable request. */
  readonly malformed: string
  /** The format of timestamps in bodies whose schema names none. */
  readonly timestamps: 'epoch-seconds' | 'date-time'
  /** Reads members from a document. */
  read(schema: NormalizedSchema, body: Uint8Array): unknown
  /** Writes a document holding the schema's value. */
  write(schema: NormalizedSchema, value: unknown): Uint8Array | string
}

interface Bindings {
  readonly members: readonly HttpMember[]
  readonly payload: HttpMember | undefined
  /** The structure of the members that travel in the body, under the name of the whole. */
  readonly body: NormalizedSchema | undefined
}

const requestOnly: readonly HttpLocation[] = ['label', 'query', 'queryParams']

/** An answer has no place but the body for what a request has in its address (API Gateway's `position`). */
const outputBindingsOf = memoized((schema: NormalizedSchema): Bindings =>
  bindings(
    schema,
    httpMembers(schema).map((member) =>
      requestOnly.includes(member.location) ? { ...member, location: 'body' } : member,
    ),
  ),
)

const inputBindingsOf = memoized((schema: NormalizedSchema): Bindings =>
  bindings(schema, httpMembers(schema)),
)

function bindings(schema: NormalizedSchema, members: readonly HttpMember[]): Bindings {
  const inBody = members.filter(({ location }) => location === 'body')
  const source: unknown = schema.getSchema()
  const namespace = Array.isArray(source) ? String(source[1]) : ''
  const body =
    inBody.length === 0
      ? undefined
      : NormalizedSchema.of([
          3,
          namespace,
          schema.getName() ?? '',
          schema.getMergedTraits(),
          inBody.map(({ name }) => name),
          inBody.map((member) => member.schema),
        ])
  return { members, payload: members.find(({ location }) => location === 'payload'), body }
}

const isDocumentKind = (schema: NormalizedSchema): boolean =>
  ['structure', 'list', 'map', 'document'].includes(kindOf(schema))

/** Reads and writes the HTTP bindings of a REST protocol around its body codec. */
export class RestBindings {
  readonly #codec: BodyCodec
  readonly #router: HttpRouter
  readonly #toText: ToStringShapeSerializer

  constructor(codec: BodyCodec, router: HttpRouter) {
    this.#codec = codec
    this.#router = router
    this.#toText = new ToStringShapeSerializer({
      httpBindings: true,
      timestampFormat: { useTrait: true, default: codec.timestamps === 'date-time' ? 5 : 7 },
    })
  }

  /** Reads the typed input of an operation. */
  decode(operation: OperationSchema, request: WireRequest): Record<string, unknown> {
    const { members, payload, body } = inputBindingsOf(inputOf(operation))
    const labels = this.#router.of(operation).labels(request.path) ?? {}
    const query = new URLSearchParams(request.query)
    const input: Record<string, unknown> = {}
    for (const member of members) {
      const value = this.#bound(member, { request, labels, query, members })
      if (value !== undefined) input[member.name] = value
    }
    if (payload !== undefined) {
      const value = this.#payload(payload.schema, request.body)
      if (value !== undefined) input[payload.name] = value
    } else if (body !== undefined && request.body.length > 0) {
      Object.assign(input, this.#codec.read(body, request.body))
    }
    return input
  }

  #bound(
    { schema, location, wireName, name }: HttpMember,
    { request, labels, query, members }: RequestParts,
  ): unknown {
    if (location === 'label') {
      const text = labels[name]
      return text === undefined ? undefined : this.#text(schema, decodedLabel(text), 'date-time')
    }
    if (location === 'header') {
      const text = request.headers[wireName]
      return text === undefined ? undefined : this.#header(schema, text)
    }
    if (location === 'query') {
      const texts = query.getAll(wireName)
      if (texts.length === 0) return undefined
      if (!schema.isListSchema()) return this.#text(schema, texts[0] ?? '', 'date-time')
      const element = schema.getValueSchema()
      return texts.map((text) => this.#text(element, text, 'date-time'))
    }
    if (location === 'queryParams') return queryParams(schema, query, members)
    if (location === 'prefixHeaders') return prefixHeaders(request.headers, wireName)
    return undefined
  }

  #text(schema: NormalizedSchema, text: string, timestamps: TimestampFormat): unknown {
    return scalarFromText(schema, text, { timestamps, code: this.#codec.malformed })
  }

  #header(schema: NormalizedSchema, text: string): unknown {
    if (schema.isListSchema()) {
      const element = schema.getValueSchema()
      const dates = kindOf(element) === 'timestamp'
      // An HTTP date has a comma of its own.
      const every = dates && timestampFormatOf(element, 'http-date') === 'http-date'
      const items = every ? splitEvery(text, ',', 2) : splitHeader(text)
      return items.map((item) => this.#text(element, item.trim(), 'http-date'))
    }
    const encoded = schema.isStringSchema() && schema.getMergedTraits().mediaType !== undefined
    if (encoded) return Buffer.from(text, 'base64').toString('utf8')
    return this.#text(schema, text, 'http-date')
  }

  #payload(schema: NormalizedSchema, body: Uint8Array): unknown {
    if (isDocumentKind(schema)) {
      return body.length === 0 ? undefined : this.#codec.read(schema, body)
    }
    if (schema.isStreaming()) return body
    if (kindOf(schema) === 'blob') return body.length === 0 ? undefined : body
    return body.length === 0 ? undefined : Buffer.from(body).toString('utf8')
  }

  /** Writes status, headers and body of a successful answer. */
  encode(operation: OperationSchema, output: Readonly<Record<string, unknown>>): WireResponse {
    const route: HttpRoute = this.#router.of(operation)
    const written = this.#write(outputOf(operation), output)
    return {
      status: written.status ?? route.status,
      headers: written.headers,
      body: written.body,
      ...(written.stream && { stream: written.stream }),
    }
  }

  /** The headers that an error's members travel in. */
  errorHeaders(error: WireError): Record<string, string> {
    if (error.schema === undefined) return {}
    return this.#write(NormalizedSchema.of(error.schema), errorMembers(error)).headers
  }

  #write(schema: NormalizedSchema, output: Readonly<Record<string, unknown>>): Written {
    const { members, payload, body } = outputBindingsOf(schema)
    const written: Written = { headers: {}, body: '' }
    for (const { name, schema: member, location, wireName } of members) {
      const value = output[name]
      if (value === undefined || value === null) continue
      if (location === 'status') written.status = Number(value)
      if (location === 'header') written.headers[wireName] = this.#asText(member, value)
      if (location === 'prefixHeaders') {
        for (const [key, item] of Object.entries(value)) {
          written.headers[`${wireName}${key.toLowerCase()}`] = String(item)
        }
      }
    }
    if (payload !== undefined) return this.#writePayload(payload, output[payload.name], written)
    if (body === undefined) return written
    written.headers['content-type'] ??= this.#codec.contentType
    return { ...written, body: this.#codec.write(body, output) }
  }

  #writePayload({ schema }: HttpMember, value: unknown, written: Written): Written {
    if (value === undefined || value === null) return written
    if (isDocumentKind(schema)) {
      written.headers['content-type'] ??= this.#codec.contentType
      return { ...written, body: this.#codec.write(schema, value) }
    }
    const blob = kindOf(schema) === 'blob'
    const { mediaType } = schema.getMergedTraits()
    const byDefault = blob ? 'application/octet-stream' : 'text/plain'
    written.headers['content-type'] ??= typeof mediaType === 'string' ? mediaType : byDefault
    if (value instanceof Readable) return { ...written, stream: value }
    return { ...written, body: value instanceof Uint8Array ? value : String(value) }
  }

  #asText(schema: NormalizedSchema, value: unknown): string {
    this.#toText.write(schema, value)
    return this.#toText.flush()
  }
}

interface Written {
  status?: number
  readonly headers: Record<string, string>
  readonly body: Uint8Array | string
  readonly stream?: Readable
}

interface RequestParts {
  readonly request: WireRequest
  readonly labels: Readonly<Record<string, string>>
  readonly query: URLSearchParams
  readonly members: readonly HttpMember[]
}

/** Every query parameter that no other member claims. */
function queryParams(
  schema: NormalizedSchema,
  query: URLSearchParams,
  members: readonly HttpMember[],
): Record<string, unknown> {
  const claimed = new Set(
    members.filter(({ location }) => location === 'query').map(({ wireName }) => wireName),
  )
  const many = schema.getValueSchema().isListSchema()
  const map: Record<string, unknown> = Object.create(null)
  for (const name of query.keys()) {
    if (!claimed.has(name)) map[name] = many ? query.getAll(name) : query.get(name)
  }
  return map
}

function prefixHeaders(
  headers: Readonly<Record<string, string>>,
  prefix: string,
): Record<string, string> | undefined {
  const map: Record<string, string> = Object.create(null)
  for (const [name, value] of Object.entries(headers)) {
    if (name.startsWith(prefix)) map[name.slice(prefix.length)] = value
  }
  return Object.keys(map).length === 0 ? undefined : map
}
