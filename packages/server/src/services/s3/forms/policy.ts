/** What a form's policy says, once it is read. */
export interface FormPolicy {
  readonly expiresAt: Date
  readonly conditions: readonly FormCondition[]
}

/** One condition: on a field's value, or on how long the file may be. */
export type FormCondition =
  | { readonly kind: 'eq' | 'starts-with'; readonly field: string; readonly value: string }
  | { readonly kind: 'content-length-range'; readonly least: number; readonly most: number }

/** A policy that is not one. */
export class FormPolicyError extends Error {}

/** Reads a policy document. Throws FormPolicyError. */
export function readPolicy(base64: string): FormPolicy {
  let document: unknown
  try {
    document = JSON.parse(Buffer.from(base64, 'base64').toString('utf8'))
  } catch {
    throw new FormPolicyError('Invalid JSON.')
  }
  const { expiration, conditions } = (document ?? {}) as Record<string, unknown>
  const expiresAt = new Date(typeof expiration === 'string' ? expiration : NaN)
  if (Number.isNaN(expiresAt.getTime())) throw new FormPolicyError('Invalid Policy: expiration.')
  if (!Array.isArray(conditions)) throw new FormPolicyError('Invalid Policy: conditions.')
  return { expiresAt, conditions: conditions.flatMap(readCondition) }
}

function readCondition(value: unknown): FormCondition[] {
  if (Array.isArray(value)) {
    const [name, field, text] = value as unknown[]
    const kind = String(name).toLowerCase()
    if (kind === 'content-length-range') {
      return [{ kind, least: Number(field), most: Number(text) }]
    }
    if ((kind === 'eq' || kind === 'starts-with') && String(field).startsWith('$')) {
      return [{ kind, field: String(field).slice(1).toLowerCase(), value: String(text) }]
    }
    throw new FormPolicyError(`Invalid Policy: Invalid Condition: ${JSON.stringify(value)}`)
  }
  return Object.entries((value ?? {}) as object).map(([field, text]) => ({
    kind: 'eq' as const,
    field: field.toLowerCase(),
    value: String(text),
  }))
}

/** Fields that a policy need not name. */
const exempt: ReadonlySet<string> = new Set([
  'policy',
  'file',
  'x-amz-signature',
  'signature',
  'awsaccesskeyid',
])

/** Why a form's fields (by lower-case name) are not what its policy allows; undefined when they are. */
export function formProblem(
  policy: FormPolicy,
  fields: ReadonlyMap<string, string>,
): string | undefined {
  for (const condition of policy.conditions) {
    if (condition.kind === 'content-length-range') continue
    const { kind, field, value } = condition
    const given = fields.get(field) ?? ''
    const holds = kind === 'eq' ? given === value : given.startsWith(value)
    if (!holds) {
      return `Policy Condition failed: ${JSON.stringify([kind, `$${field}`, value])}`
    }
  }
  const named = new Set(policy.conditions.flatMap((each) => ('field' in each ? [each.field] : [])))
  const extra = [...fields.keys()].filter(
    (name) =>
      !exempt.has(name) && !named.has(name) && !name.startsWith('x-ignore-') && name !== 'bucket',
  )
  return extra.length === 0 ? undefined : `Extra input fields: ${extra.join(', ')}`
}
