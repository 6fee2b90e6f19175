import {
  NumericValue,
  _parseEpochTimestamp,
  _parseRfc3339DateTimeWithOffset,
  _parseRfc7231DateTime,
} from '@smithy/core/serde'
import type { NormalizedSchema } from '@smithy/core/schema'
import { WireDecodeError } from './protocol.ts'
import { kindOf, timestampFormatOf, type TimestampFormat } from './shapes.ts'

const base64Text = /^[A-Za-z0-9+/]*={0,2}$/

/** Decodes canonical base64; throws `WireDecodeError` with the code on anything else. */
export function base64Bytes(text: string, code: string): Uint8Array {
  if (text.length % 4 !== 0 || !base64Text.test(text)) {
    throw new WireDecodeError(code, 'Base64 encoded value is malformed')
  }
  return Buffer.from(text, 'base64')
}

const latestMs = 8.64e15

/** A date from seconds since the epoch; milliseconds are kept. */
export function timestampFromNumber(seconds: number, code: string): Date {
  const ms = Math.round(seconds * 1000)
  if (!(Math.abs(ms) <= latestMs)) throw new WireDecodeError(code, 'Timestamp out of range')
  return new Date(ms)
}

const timestampParsers: Record<TimestampFormat, (text: string) => Date | undefined> = {
  'date-time': (text) => _parseRfc3339DateTimeWithOffset(text),
  'http-date': (text) => _parseRfc7231DateTime(text),
  'epoch-seconds': (text) => _parseEpochTimestamp(text),
}

/** A date from text in any of the formats AWS reads, the named one first. */
export function timestampFromText(text: string, format: TimestampFormat, code: string): Date {
  for (const candidate of [format, 'date-time', 'epoch-seconds', 'http-date'] as const) {
    try {
      const date = timestampParsers[candidate](text)
      if (date !== undefined && !Number.isNaN(date.getTime())) return date
    } catch {
      continue
    }
  }
  throw new WireDecodeError(code, `${clipped(text)} is not a valid timestamp`)
}

const numberText = /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i

const clipped = (text: string): string => (text.length > 64 ? `${text.slice(0, 64)}…` : text)

function numberFromText(text: string, code: string): number {
  if (numberText.test(text)) return Number(text)
  if (text === 'NaN' || text === 'Infinity' || text === '-Infinity') return Number(text)
  throw new WireDecodeError(code, `${clipped(text)} is not a number`)
}

function booleanFromText(text: string, code: string): boolean {
  const lower = text.toLowerCase()
  if (lower === 'true') return true
  if (lower === 'false') return false
  throw new WireDecodeError(code, `${clipped(text)} must be a boolean (true or false)`)
}

/** How one protocol reads scalars that arrive as text. */
export interface TextScalars {
  /** The format of timestamps whose schema names none. */
  readonly timestamps: TimestampFormat
  /** The error code for text that is not the scalar. */
  readonly code: string
}

/** The typed value of a scalar that arrived as text (form field, label, header or query). */
export function scalarFromText(
  schema: NormalizedSchema,
  text: string,
  { timestamps, code }: TextScalars,
): unknown {
  switch (kindOf(schema)) {
    case 'number':
      return numberFromText(text, code)
    case 'boolean':
      return booleanFromText(text, code)
    case 'blob':
      return base64Bytes(text, code)
    case 'timestamp':
      return timestampFromText(text, timestampFormatOf(schema, timestamps), code)
    case 'bigInteger':
      if (!/^-?\d{1,1000}$/.test(text)) {
        throw new WireDecodeError(code, `${clipped(text)} is not a number`)
      }
      return BigInt(text)
    case 'bigDecimal':
      numberFromText(text, code)
      return new NumericValue(text, 'bigDecimal')
    default:
      return text
  }
}
