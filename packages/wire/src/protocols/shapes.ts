import { NormalizedSchema } from '@smithy/core/schema'
import type { $SchemaRef, SchemaTraitsObject } from '@smithy/types'
import type { ErrorSchema, OperationSchema, WireError } from './protocol.ts'

/** What a schema describes, as far as a codec cares. */
export type ShapeKind =
  | 'string'
  | 'number'
  | 'boolean'
  | 'blob'
  | 'timestamp'
  | 'bigInteger'
  | 'bigDecimal'
  | 'document'
  | 'list'
  | 'map'
  | 'structure'
  | 'unit'

/** How deep a value may nest; AWS's own limits are lower, a hostile body's are not. */
export const maxDepth = 100

const kindTests: readonly (readonly [ShapeKind, (schema: NormalizedSchema) => boolean])[] = [
  ['unit', (schema) => schema.isUnitSchema()],
  ['structure', (schema) => schema.isStructSchema()],
  ['list', (schema) => schema.isListSchema()],
  ['map', (schema) => schema.isMapSchema()],
  ['string', (schema) => schema.isStringSchema()],
  ['boolean', (schema) => schema.isBooleanSchema()],
  ['blob', (schema) => schema.isBlobSchema()],
  ['timestamp', (schema) => schema.isTimestampSchema()],
  ['number', (schema) => schema.isNumericSchema()],
  ['bigInteger', (schema) => schema.isBigIntegerSchema()],
  ['bigDecimal', (schema) => schema.isBigDecimalSchema()],
]

/** The kind of a schema; unions are structures, unknown ones documents. */
export function kindOf(schema: NormalizedSchema): ShapeKind {
  for (const [kind, test] of kindTests) {
    if (test(schema)) return kind
  }
  return 'document'
}

/** A timestamp's wire format by its `timestampFormat` trait, else the protocol's default. */
export type TimestampFormat = 'date-time' | 'http-date' | 'epoch-seconds'

/** The timestamp format of a schema, or the given default when it names none. */
export function timestampFormatOf(
  schema: NormalizedSchema,
  byDefault: TimestampFormat,
): TimestampFormat {
  switch (schema.getSchema()) {
    case 5:
      return 'date-time'
    case 6:
      return 'http-date'
    case 7:
      return 'epoch-seconds'
    default:
      return byDefault
  }
}

/** The normalized schema of an operation's input. */
export function inputOf(operation: OperationSchema): NormalizedSchema {
  return NormalizedSchema.of(operation[4])
}

/** The normalized schema of an operation's output. */
export function outputOf(operation: OperationSchema): NormalizedSchema {
  return NormalizedSchema.of(operation[5])
}

/** The input member that carries a body of any size, where the operation has one (S3's PutObject). */
export const streamingInput = memoized((operation: OperationSchema): string | undefined => {
  const input = inputOf(operation)
  if (!input.isStructSchema()) return undefined
  for (const [name, member] of input.structIterator()) {
    if (member.isBlobSchema() && member.isStreaming()) return name
  }
  return undefined
})

/** The operation's name without its namespace. */
export function nameOf(operation: OperationSchema): string {
  return operation[2]
}

/** The traits written at an operation or error schema. */
export function traitsOf(schema: OperationSchema | ErrorSchema): SchemaTraitsObject {
  return typeof schema[3] === 'object' ? schema[3] : {}
}

/** A value per schema object, computed once; schemas live as long as the process. */
export function memoized<K extends object, V>(compute: (key: K) => V): (key: K) => V {
  const cache = new WeakMap<K, V>()
  return (key) => {
    let value = cache.get(key)
    if (value === undefined) {
      value = compute(key)
      cache.set(key, value)
    }
    return value
  }
}

/** The message member's name in an error schema: `message` or, in some services, `Message`. */
export function messageMember(schema: ErrorSchema | undefined): string {
  return schema?.[4].find((name) => name.toLowerCase() === 'message') ?? 'message'
}

/** A structure's schema made here, to have the SDK's serializer write an envelope. */
export function structureSchema(
  name: string,
  traits: SchemaTraitsObject,
  members: Readonly<Record<string, $SchemaRef>>,
): $SchemaRef {
  return [3, 'bartizan', name, traits, Object.keys(members), Object.values(members)]
}

/** The status of the error's `httpError` trait, if it has one. */
export function modelledStatus({ schema }: WireError): number | undefined {
  const status: unknown = schema === undefined ? undefined : traitsOf(schema).httpError
  return typeof status === 'number' ? status : undefined
}

/** The error's HTTP status: as given, by its `httpError` trait, else 400 or 500 by its fault. */
export function errorStatus(error: WireError): number {
  return error.status ?? modelledStatus(error) ?? (error.fault === 'client' ? 400 : 500)
}

/** The `awsQueryError` trait: the code and status a Query client sees instead of the shape's. */
export function queryErrorTrait({ schema }: WireError): { code?: string; status?: number } {
  const trait: unknown = schema === undefined ? undefined : traitsOf(schema).awsQueryError
  if (!Array.isArray(trait)) return {}
  const [code, status] = trait as unknown[]
  return {
    ...(typeof code === 'string' ? { code } : {}),
    ...(typeof status === 'number' ? { status } : {}),
  }
}

/** Whether a service moved here from the Query protocol and keeps its error codes in a header. */
export interface QueryCompatibility {
  readonly queryCompatible?: boolean
}

/** The `x-amzn-query-error` header that Query-compatible services add: `Code;Sender`. */
export function queryErrorHeader(error: WireError): Record<string, string> {
  const code = error.queryCode ?? queryErrorTrait(error).code ?? error.code
  return { 'x-amzn-query-error': `${code};${error.fault === 'client' ? 'Sender' : 'Receiver'}` }
}

/** An error's members as its schema writes them, message included. */
export function errorMembers(error: WireError): Record<string, unknown> {
  return { ...error.fields, [messageMember(error.schema)]: error.message }
}
