import { NormalizedSchema } from '@smithy/core/schema'
import type { Context } from '../../kernel/context.ts'
import { defineRuntime } from '../../kernel/runtime.ts'

type Schema = Parameters<typeof NormalizedSchema.of>[0]

const schemas = defineRuntime('cloudformation.schemas', ({ kernel }) => ({
  async inputOf(serviceId: string, operationName: string): Promise<Schema | undefined> {
    const service = await kernel.services.load(serviceId)
    return service?.operations[operationName]?.schema[4] as Schema | undefined
  },
}))

/**
 * An operation's input with its values as the operation's schema has them: templates may write
 * numbers and booleans as text, and text as numbers.
 */
export async function typedInput(
  ctx: Context,
  [service, operation]: readonly [string, string],
  input: object,
): Promise<object> {
  const schema = await ctx.runtime(schemas).inputOf(service, operation)
  if (schema === undefined) return input
  return typed(NormalizedSchema.of(schema), input) as object
}

function typed(schema: NormalizedSchema, value: unknown): unknown {
  if (value === undefined || value === null) return undefined
  if (schema.isStructSchema()) return members(schema, value)
  if (schema.isListSchema()) {
    const item = schema.getValueSchema()
    return (Array.isArray(value) ? value : [value]).map((entry) => typed(item, entry))
  }
  if (schema.isMapSchema()) {
    const item = schema.getValueSchema()
    return Object.fromEntries(
      Object.entries(value as object).map(([name, entry]) => [name, typed(item, entry)]),
    )
  }
  return scalar(schema, value)
}

function members(schema: NormalizedSchema, value: unknown): unknown {
  if (typeof value !== 'object') return value
  const known = new Map(schema.structIterator())
  const found = Object.entries(value as object).flatMap(([name, entry]) => {
    const member = known.get(name)
    const given: unknown = member ? typed(member, entry) : entry
    return given === undefined ? [] : [[name, given] as const]
  })
  return Object.fromEntries(found)
}

function scalar(schema: NormalizedSchema, value: unknown): unknown {
  if (schema.isNumericSchema()) return typeof value === 'string' ? Number(value) : value
  if (schema.isBooleanSchema()) return typeof value === 'string' ? value === 'true' : value
  if (schema.isStringSchema()) {
    if (typeof value === 'number' || typeof value === 'boolean') return String(value)
    return typeof value === 'object' ? JSON.stringify(value) : value
  }
  if (schema.isTimestampSchema()) return typeof value === 'string' ? new Date(value) : value
  return value
}
