import { isIPv4, isIPv6 } from 'node:net'

/** An IP address as a number, with its length in bits. */
export interface Address {
  readonly value: bigint
  readonly bits: 32 | 128
}

/** Reads an IPv4 or IPv6 address; undefined when it is neither. */
export function readAddress(text: string): Address | undefined {
  if (isIPv4(text)) return { value: joined(text.split('.').map(Number), 8n), bits: 32 }
  if (!isIPv6(text) || text.includes('%')) return undefined
  return { value: joined(groupsOf(text), 16n), bits: 128 }
}

function joined(parts: readonly number[], width: bigint): bigint {
  return parts.reduce((sum, part) => (sum << width) | BigInt(part), 0n)
}

/** The eight groups of an IPv6 address, `::` filled in and a dotted tail taken apart. */
function groupsOf(text: string): number[] {
  const [head = '', tail] = text.split('::')
  const left = groupsIn(head)
  if (tail === undefined) return left
  const right = groupsIn(tail)
  return [...left, ...Array<number>(8 - left.length - right.length).fill(0), ...right]
}

function groupsIn(text: string): number[] {
  if (text === '') return []
  return text.split(':').flatMap((group) => {
    if (!group.includes('.')) return [Number.parseInt(group, 16)]
    const [a = 0, b = 0, c = 0, d = 0] = group.split('.').map(Number)
    return [a * 256 + b, c * 256 + d]
  })
}

/** From an address to the end of its block: the range that a CIDR matcher accepts. */
export interface AddressRange {
  readonly from: bigint
  readonly to: bigint
  readonly bits: 32 | 128
}

const looksLikeAddress = /^(\d+\.\d+\.\d+\.\d+|[0-9a-fA-F:.]*:[0-9a-fA-F:.]*)$/

/** Reads `10.0.0.0/24` as EventBridge does: from the address as written. Throws its complaint. */
export function readCidr(text: string): AddressRange {
  const parts = text.split('/')
  const [ip = '', mask = ''] = parts
  if (parts.length !== 2) throw new RangeError("Malformed CIDR, one '/' required")
  if (!/^[+-]?\d+$/.test(mask)) throw new RangeError('Malformed CIDR, mask bits must be an integer')
  const maskBits = Number(mask)
  if (maskBits < 0) throw new RangeError('Malformed CIDR, mask bits must not be negative')
  const address = readAddress(ip)
  if (!address) {
    throw new RangeError(
      `${looksLikeAddress.test(ip) ? 'Invalid' : 'Nonstandard'} IP address: ${ip}`,
    )
  }
  const { value, bits } = address
  if (maskBits >= bits) {
    throw new RangeError(`IPv${bits === 32 ? 4 : 6} mask bits must be < ${bits}`)
  }
  const hostMask = (1n << BigInt(bits - maskBits)) - 1n
  return { from: value, to: value | hostMask, bits }
}

/** Whether an address lies in a range. */
export function isInRange({ value, bits }: Address, range: AddressRange): boolean {
  return bits === range.bits && value >= range.from && value <= range.to
}
