import { TemplateError } from './template-error.ts'

const familyBits = { 4: 32, 6: 128 } as const
const maxCount = 256

/**
 * The first `count` blocks of a CIDR block, each with `hostBits` bits for hosts
 * (https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference-cidr.html).
 */
export function subnets(block: string, count: number, hostBits = 8): string[] {
  const [address = '', length = ''] = block.split('/')
  const family = address.includes(':') ? 6 : 4
  const bits = familyBits[family]
  const prefix = bits - hostBits
  const isSound =
    /^\d+$/.test(length) &&
    Number(length) <= bits &&
    count >= 1 &&
    count <= maxCount &&
    hostBits > 0
  if (!isSound || prefix < Number(length)) {
    throw new TemplateError(`Template error: Fn::Cidr cannot make ${count} blocks of ${block}`)
  }
  const start = numberOf(address, family) & ~((1n << BigInt(bits - Number(length))) - 1n)
  if (BigInt(count) > 1n << BigInt(prefix - Number(length))) {
    throw new TemplateError(`Template error: Fn::Cidr cannot make ${count} blocks of ${block}`)
  }
  const step = 1n << BigInt(hostBits)
  return Array.from({ length: count }, (_, index) => {
    return `${addressOf(start + step * BigInt(index), family)}/${prefix}`
  })
}

function numberOf(address: string, family: 4 | 6): bigint {
  const groups = family === 4 ? address.split('.') : expanded(address)
  const radix = family === 4 ? 10 : 16
  const width = family === 4 ? 8n : 16n
  const isWhole = groups.length === (family === 4 ? 4 : 8)
  const values = groups.map((group) => Number.parseInt(group, radix))
  if (!isWhole || values.some((value) => !(value >= 0 && value < 2 ** Number(width)))) {
    throw new TemplateError(`Template error: ${address} is not an IP address`)
  }
  return values.reduce((sum, value) => (sum << width) | BigInt(value), 0n)
}

function expanded(address: string): string[] {
  const [left = '', right] = address.split('::')
  const before = left === '' ? [] : left.split(':')
  if (right === undefined) return before
  const after = right === '' ? [] : right.split(':')
  const zeros = Array.from({ length: Math.max(0, 8 - before.length - after.length) }, () => '0')
  return [...before, ...zeros, ...after]
}

function addressOf(value: bigint, family: 4 | 6): string {
  const [groups, width, radix] = family === 4 ? [4, 8n, 10] : [8, 16n, 16]
  const mask = (1n << width) - 1n
  return Array.from({ length: groups }, (_, index) =>
    ((value >> (width * BigInt(groups - 1 - index))) & mask).toString(radix),
  ).join(family === 4 ? '.' : ':')
}
