import { isUtf8 } from 'node:buffer'
import { XmlShapeDeserializer, XmlShapeSerializer } from '@aws-sdk/core/protocols'
import type { NormalizedSchema } from '@smithy/core/schema'
import { WireDecodeError } from './protocol.ts'
import { typedValue } from './typed-value.ts'

const timestampFormat = { useTrait: true, default: 5 } as const

/** Writes one XML document of a schema's value by the SDK's serializer. */
export function xmlWriter(
  xmlNamespace: string,
): (schema: NormalizedSchema, value: unknown) => string {
  const serializer = new XmlShapeSerializer({
    xmlNamespace,
    serviceNamespace: 'bartizan',
    timestampFormat,
  })
  return (schema, value) => {
    serializer.write(schema, value)
    return String(serializer.flush())
  }
}

const deserializer = new XmlShapeDeserializer({
  xmlNamespace: '',
  serviceNamespace: 'bartizan',
  timestampFormat,
})

/** Reads one XML document as a schema's value; throws `WireDecodeError` (`MalformedXML`). */
export function xmlValue(schema: NormalizedSchema, body: Uint8Array): unknown {
  const malformed = (): never => {
    throw new WireDecodeError(
      'MalformedXML',
      'The XML you provided was not well-formed or did not validate against our published schema',
    )
  }
  // S3 refuses document types too; the SDK's parser would scan for their end again and again.
  if (!isUtf8(body) || /<!doctype/i.test(Buffer.from(body).toString('utf8'))) return malformed()
  let value: unknown
  try {
    value = deserializer.read(schema, body)
  } catch {
    // The SDK's parser throws plain errors, and RangeError on elements nested too deeply.
    return malformed()
  }
  return typedValue(schema, value ?? {}, 'MalformedXML')
}
