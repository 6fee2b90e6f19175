/** The values of one condition key; a single-valued key has exactly one. */
export type ConditionValues = readonly string[]

/** The request context: condition keys and their values, looked up by lower-case key. */
export interface ConditionContext {
  get(key: string): ConditionValues | undefined
}

/** Makes a context from plain values; keys may be in any case, `undefined` means absent. */
export function contextOf(
  values: Readonly<Record<string, string | readonly string[] | undefined>>,
): ConditionContext {
  const byKey = new Map<string, ConditionValues>()
  for (const [key, value] of Object.entries(values)) {
    if (value === undefined) continue
    byKey.set(key.toLowerCase(), typeof value === 'string' ? [value] : value)
  }
  return byKey
}
