import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DescribeKeyResponse$, EncryptResponse$ } from '@aws-sdk/client-kms'
import { JsonCodec2 } from '@smithy/core/protocols'
import { NormalizedSchema } from '@smithy/core/schema'
import type { $SchemaRef } from '@smithy/types'
import fc from 'fast-check'
import { jsonWriter } from './json-writer.ts'
import { structureSchema } from './shapes.ts'

const codec = new JsonCodec2({ jsonName: false, timestampFormat: { useTrait: true, default: 7 } })

function byCodec(schema: NormalizedSchema, value: unknown): string {
  const serializer = codec.createSerializer()
  serializer.write(schema, value)
  const { buffer, byteOffset, byteLength }: Uint8Array = serializer.flush()
  return Buffer.from(buffer, byteOffset, byteLength).toString()
}

const [string, blob, boolean, number, timestamp, list] = [0, 21, 2, 1, 4, 64] as const
const members = { S: string, B: blob, Y: boolean, N: number, T: timestamp, L: list | string }
const flat = NormalizedSchema.of(structureSchema('Flat', {}, members))
const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined })

test("structures of scalars are written to the byte as the SDK's codec writes them", () => {
  const writer = jsonWriter({ jsonName: false })
  fc.assert(
    fc.property(
      fc.record({
        S: optional(fc.string({ unit: 'binary' })),
        B: optional(fc.uint8Array({ maxLength: 100 })),
        Y: optional(fc.boolean()),
        N: optional(fc.double()),
        T: optional(fc.date({ noInvalidDate: true })),
        L: optional(fc.array(fc.string(), { maxLength: 3 })),
      }),
      (value) => {
        assert.equal(writer.write(flat, value).toString(), byCodec(flat, value))
      },
    ),
    { numRuns: 1000 },
  )
})

test('a structure of scalars is written as text and one with more in it by the codec', () => {
  const writer = jsonWriter({ jsonName: false })
  const write = (schema: $SchemaRef, value: object) =>
    writer.write(NormalizedSchema.of(schema), value)
  const CiphertextBlob = new Uint8Array([1, 2, 3]).subarray(1)
  assert.equal(
    write(EncryptResponse$, { CiphertextBlob, KeyId: 'é"\n' }),
    '{"CiphertextBlob":"AgM=","KeyId":"é\\"\\n"}',
  )
  assert.equal(write(EncryptResponse$, {}), '{}')
  const nested = write(DescribeKeyResponse$, { KeyMetadata: { KeyId: 'k', Enabled: true } })
  assert.ok(nested instanceof Uint8Array)
  assert.equal(nested.toString(), '{"KeyMetadata":{"KeyId":"k","Enabled":true}}')
})
