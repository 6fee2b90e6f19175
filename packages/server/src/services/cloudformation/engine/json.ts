/** A value as JSON has it: templates, properties and what intrinsic functions come to. */
export type Json = string | number | boolean | null | readonly Json[] | JsonObject

/** A JSON object. */
export interface JsonObject {
  readonly [key: string]: Json
}

/** Whether a value is an object and no list. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Whether a value is a list. */
export function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value)
}

/** The text of a scalar; undefined for lists and objects. */
export function scalarText(value: Json | undefined): string | undefined {
  if (typeof value === 'string') return value
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined
}

/** Whether two values are the same for CloudFormation: numbers and booleans count as their text. */
export function sameJson(one: Json | undefined, other: Json | undefined): boolean {
  const text = scalarText(one)
  if (text !== undefined) return text === scalarText(other)
  if (isList(one)) {
    return (
      isList(other) && one.length === other.length && one.every((v, i) => sameJson(v, other[i]))
    )
  }
  if (isObject(one)) {
    if (!isObject(other)) return false
    const names = new Set([...Object.keys(one), ...Object.keys(other)])
    return [...names].every((name) => sameJson(one[name], other[name]))
  }
  return one === other
}
