import { NormalizedSchema } from '@smithy/core/schema'
import type { StaticOperationSchema } from '@smithy/types'

type Redactor = (value: unknown) => unknown

/** Secrets by contract that the SDK's model does not mark as sensitive. */
const unmarkedSecrets = new Set([
  'SessionToken',
  'Base32StringSeed',
  'QRCodePNG',
  'TokenCode',
  'AuthenticationCode1',
  'AuthenticationCode2',
])

const redactors = new WeakMap<StaticOperationSchema, { input: Redactor; output: Redactor }>()

/**
 * Turns an operation's input and output into what CloudTrail may show: sensitive members and blobs
 * are left out, names start lower-case, times are ISO 8601. Members named in `hides` are shown to be
 * hidden, wherever they are.
 */
export function redactorsOf(
  schema: StaticOperationSchema,
  hides: readonly string[] = [],
): { input: Redactor; output: Redactor } {
  let pair = redactors.get(schema)
  if (!pair) {
    pair = { input: redactor(schema[4], hides), output: redactor(schema[5], hides) }
    redactors.set(schema, pair)
  }
  return pair
}

function redactor(ref: unknown, hides: readonly string[]): Redactor {
  const schema = NormalizedSchema.of(ref as Parameters<typeof NormalizedSchema.of>[0])
  return compile(schema, { made: new Map(), hides })
}

/** What has been compiled so far, and which members are hidden. */
interface Compilation {
  readonly made: Map<unknown, Redactor>
  readonly hides: readonly string[]
}

const hidden = (): string => 'HIDDEN_DUE_TO_SECURITY_REASONS'

function compile(schema: NormalizedSchema, seen: Compilation): Redactor {
  const id = schema.getSchema()
  const known = typeof id === 'object' ? seen.made.get(id) : undefined
  if (known) return known
  if (schema.isStructSchema()) return compileStruct(schema, seen, id)
  if (schema.isListSchema()) {
    const item = lazily(() => compile(schema.getValueSchema(), seen))
    return (value) => (Array.isArray(value) ? value.map((entry) => item(entry)) : null)
  }
  if (schema.isMapSchema()) {
    const item = lazily(() => compile(schema.getValueSchema(), seen))
    return (value) =>
      Object.fromEntries(Object.entries(value as object).map(([key, entry]) => [key, item(entry)]))
  }
  return (value) => (value instanceof Date ? value.toISOString() : value)
}

function compileStruct(schema: NormalizedSchema, seen: Compilation, id: unknown): Redactor {
  const members: { name: string; shown: string; redact: Redactor }[] = []
  const own: Redactor = (value) => {
    const shown: Record<string, unknown> = {}
    for (const member of members) {
      const entry = (value as Record<string, unknown>)[member.name]
      if (entry !== undefined && entry !== null) shown[member.shown] = member.redact(entry)
    }
    return shown
  }
  seen.made.set(id, own)
  for (const [name, member] of schema.structIterator()) {
    if (member.getMergedTraits().sensitive || member.isBlobSchema()) continue
    if (unmarkedSecrets.has(name)) continue
    const shown = (name[0] ?? '').toLowerCase() + name.slice(1)
    const redact = seen.hides.includes(name) ? hidden : lazily(() => compile(member, seen))
    members.push({ name, shown, redact })
  }
  return own
}

function lazily(make: () => Redactor): Redactor {
  let made: Redactor | undefined
  return (value) => (made ??= make())(value)
}
