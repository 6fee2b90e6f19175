import { BlockList, isIPv4 } from 'node:net'
import { invalid } from './errors.ts'

/** A block of IPv4 addresses whose prefix is within bounds. Throws InvalidParameterValue. */
export function checkedCidr(text: string | undefined, from: number, to: number): string {
  const [address = '', prefix = ''] = (text ?? '').split('/')
  const bits = Number(prefix)
  if (!isIPv4(address) || !/^\d+$/.test(prefix) || bits < from || bits > to) {
    throw invalid(
      `Value (${text}) for parameter cidrBlock is invalid. This is not a valid CIDR block.`,
    )
  }
  return `${address}/${prefix}`
}

/** Whether a block begins within another. */
export function isWithin(inner: string, outer: string): boolean {
  const [network = '', prefix = ''] = outer.split('/')
  const list = new BlockList()
  list.addSubnet(network, Number(prefix))
  return list.check(inner.split('/')[0] ?? '')
}
