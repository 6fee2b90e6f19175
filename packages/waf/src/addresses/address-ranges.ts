import type { AddressSet } from '../surroundings.ts'
import { ipv4Number, ipv6Hex, parseAddress } from './address.ts'
import type { Address } from './address.ts'

/** Addresses and ranges in CIDR notation as a set that is looked up by halving; what is not CIDR is left out. */
export function addressRanges(cidrs: readonly string[]): AddressSet {
  const numbers = new SortedRanges<number>()
  const texts = new SortedRanges<string>()
  for (const cidr of cidrs) {
    const range = cidrRange(cidr)
    if (range === undefined) continue
    if (typeof range.first === 'number' && typeof range.last === 'number') {
      numbers.add(range.first, range.last)
    } else texts.add(String(range.first), String(range.last))
  }
  numbers.seal()
  texts.seal()
  return {
    has(ip) {
      const address = parseAddress(ip)
      if (address === undefined) return false
      return typeof address === 'number' ? numbers.has(address) : texts.has(address)
    },
  }
}

/** The first and last address of `192.0.2.0/24` or `2001:db8::/32`; without a length, of the address alone. */
export function cidrRange(
  cidr: string,
): { readonly first: Address; readonly last: Address } | undefined {
  const slash = cidr.indexOf('/')
  const text = slash < 0 ? cidr : cidr.slice(0, slash)
  const length = slash < 0 ? undefined : cidr.slice(slash + 1)
  if (length !== undefined && !/^\d{1,3}$/.test(length)) return undefined
  if (!text.includes(':')) {
    const number = ipv4Number(text)
    const bits = Number(length ?? 32)
    if (number < 0 || bits > 32) return undefined
    const size = 2 ** (32 - bits)
    const first = number - (number % size)
    return { first, last: first + size - 1 }
  }
  const hex = ipv6Hex(text)
  const bits = Number(length ?? 128)
  if (hex === undefined || bits > 128) return undefined
  return { first: masked(hex, bits, false), last: masked(hex, bits, true) }
}

/** The digits with what comes after so many bits all zero, or all one. */
function masked(hex: string, bits: number, ones: boolean): string {
  const whole = bits >> 2
  if (whole === 32) return hex
  const rest = 0xf >> (bits & 3)
  const digit = Number.parseInt(hex.charAt(whole), 16)
  const cut = (ones ? digit | rest : digit & ~rest).toString(16)
  return hex.slice(0, whole) + cut + (ones ? 'f' : '0').repeat(31 - whole)
}

/** Ranges of what `<` orders; where they overlap they become one. */
class SortedRanges<T extends number | string> {
  readonly #firsts: T[] = []
  readonly #lasts: T[] = []
  #added: (readonly [first: T, last: T])[] = []

  add(first: T, last: T): void {
    this.#added.push([first, last])
  }

  seal(): void {
    const sorted = this.#added.toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    this.#added = []
    for (const [first, last] of sorted) {
      const at = this.#lasts.length - 1
      const previous = this.#lasts[at]
      if (previous !== undefined && first <= previous) {
        if (last > previous) this.#lasts[at] = last
      } else {
        this.#firsts.push(first)
        this.#lasts.push(last)
      }
    }
  }

  has(value: T): boolean {
    let low = 0
    let high = this.#firsts.length
    while (low < high) {
      const middle = (low + high) >>> 1
      const first = this.#firsts[middle]
      if (first !== undefined && first <= value) low = middle + 1
      else high = middle
    }
    const last = this.#lasts[low - 1]
    return last !== undefined && value <= last
  }
}
