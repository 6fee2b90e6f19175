import { isInRange, readAddress, readCidr } from './ip.ts'
import { compileWildcard } from './wildcard.ts'
import type { Wildcard } from './wildcard.ts'

/** A value of an event that patterns look at: the leaves, with arrays taken apart. */
export type Scalar = string | number | boolean | null

/** Decides about one value. */
export type Matcher = (value: Scalar) => boolean

/** A matcher of strings by `prefix`, which other types of values never satisfy. */
export function prefixMatcher(prefix: string): Matcher {
  return (value) => typeof value === 'string' && value.startsWith(prefix)
}

/** A matcher of strings by their end. */
export function suffixMatcher(suffix: string): Matcher {
  return (value) => typeof value === 'string' && value.endsWith(suffix)
}

/** A matcher of strings without regard to case: the whole, the start or the end. */
export function ignoreCaseMatcher(text: string, part: 'whole' | 'start' | 'end'): Matcher {
  const wanted = text.toLowerCase()
  return (value) => {
    if (typeof value !== 'string') return false
    const given = value.toLowerCase()
    if (part === 'start') return given.startsWith(wanted)
    return part === 'end' ? given.endsWith(wanted) : given === wanted
  }
}

/** A matcher of strings by a wildcard pattern. */
export function wildcardMatcher(wildcard: Wildcard): Matcher {
  return (value) => typeof value === 'string' && wildcard.matches(value)
}

/** Compiles a wildcard pattern; throws a RangeError in EventBridge's wording. */
export function readWildcard(pattern: string): Wildcard {
  return compileWildcard(pattern)
}

/** A matcher of IP addresses by their block; throws a RangeError in EventBridge's wording. */
export function cidrMatcher(cidr: string): Matcher {
  const range = readCidr(cidr)
  return (value) => {
    const address = typeof value === 'string' ? readAddress(value) : undefined
    return address !== undefined && isInRange(address, range)
  }
}

/** A matcher of one address however it is written; undefined for other strings. */
export function addressMatcher(text: string): Matcher | undefined {
  const wanted = readAddress(text)
  if (!wanted) return undefined
  return (value) => {
    if (value === text) return true
    const address = typeof value === 'string' ? readAddress(value) : undefined
    return address?.bits === wanted.bits && address.value === wanted.value
  }
}

/** The ends of a numeric range; a missing one is open. */
export interface NumericRange {
  readonly from?: { readonly value: number; readonly included: boolean }
  readonly to?: { readonly value: number; readonly included: boolean }
}

/** A matcher of numbers by range. */
export function rangeMatcher({ from, to }: NumericRange): Matcher {
  return (value) => {
    if (typeof value !== 'number') return false
    if (from && !(from.included ? value >= from.value : value > from.value)) return false
    return !to || (to.included ? value <= to.value : value < to.value)
  }
}

/** A matcher of every value that none of the others accepts. */
export function noneOf(matchers: readonly Matcher[]): Matcher {
  return (value) => !matchers.some((matcher) => matcher(value))
}

/** A matcher of every value but the listed ones. */
export function anythingBut(values: ReadonlySet<Scalar>): Matcher {
  return (value) => !values.has(value)
}
