import assert from 'node:assert/strict'
import { isIP } from 'node:net'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { addressRanges, cidrRange } from './address-ranges.ts'
import { ipv6Hex, parseAddress } from './address.ts'

const addresses: readonly (readonly [text: string, parsed: number | string | undefined])[] = [
  ['0.0.0.0', 0],
  ['192.0.2.1', 0xc0000201],
  ['255.255.255.255', 0xffffffff],
  ['256.0.0.1', undefined],
  ['1.2.3', undefined],
  ['1.2.3.4.5', undefined],
  ['01.2.3.4', undefined],
  ['1.2.3.4 ', undefined],
  ['', undefined],
  ['::', '0'.repeat(32)],
  ['::1', `${'0'.repeat(31)}1`],
  ['2001:DB8::', `20010db8${'0'.repeat(24)}`],
  ['1:2:3:4:5:6:7:8', '00010002000300040005000600070008'],
  ['1:2:3:4:5:6:7::', '00010002000300040005000600070000'],
  ['::ffff:192.0.2.1', 0xc0000201],
  ['::ffff:c000:201', 0xc0000201],
  ['64:ff9b::192.0.2.1', '0064ff9b0000000000000000c0000201'],
  ['1:2:3:4:5:6:7:8:9', undefined],
  ['1::2::3', undefined],
  [':::', undefined],
  ['12345::', undefined],
  ['fe80::1%eth0', undefined],
]

const bytes = fc.array(fc.integer({ min: 0, max: 255 }), { minLength: 4, maxLength: 4 })
const ipv4 = bytes.map((parts) => parts.join('.'))
const ipv6 = fc
  .array(fc.integer({ min: 0, max: 0xffff }), { minLength: 8, maxLength: 8 })
  .map((groups) => groups.map((group) => group.toString(16)).join(':'))

/** The bits of an address, as a set that knows nothing better would compare them. */
function bits(ip: string): string {
  const octets = ip.includes(':')
    ? ip.split(':').map((group) => Number.parseInt(group, 16).toString(2).padStart(16, '0'))
    : ip.split('.').map((octet) => Number(octet).toString(2).padStart(8, '0'))
  return octets.join('')
}

function naive(cidrs: readonly string[], ip: string): boolean {
  return cidrs.some((cidr) => {
    const [address = '', length] = cidr.split('/')
    return (
      address.includes(':') === ip.includes(':') &&
      bits(address).slice(0, Number(length)) === bits(ip).slice(0, Number(length))
    )
  })
}

describe('addresses', () => {
  test('are read as they should be', () => {
    for (const [text, parsed] of addresses) assert.equal(parseAddress(text), parsed, text)
    assert.equal(addresses.length, 22)
  })

  test('what is read is an address to Node too', () => {
    fc.assert(
      fc.property(
        fc
          .array(fc.constantFrom('0', '1', '25', '255', 'f', 'abcd', ':', '::', '.', '00001'))
          .map((parts) => parts.join('')),
        (text) => (parseAddress(text) !== undefined) === (isIP(text) !== 0 && !text.includes('%')),
      ),
      { numRuns: 3000 },
    )
  })

  test('a range has a first and a last address', () => {
    assert.deepEqual(cidrRange('192.0.2.77/24'), { first: 0xc0000200, last: 0xc00002ff })
    assert.deepEqual(cidrRange('192.0.2.7'), { first: 0xc0000207, last: 0xc0000207 })
    assert.deepEqual(cidrRange('0.0.0.0/1'), { first: 0, last: 0x7fffffff })
    assert.deepEqual(cidrRange('2001:db8::/33'), {
      first: ipv6Hex('2001:db8::'),
      last: ipv6Hex('2001:db8:7fff:ffff:ffff:ffff:ffff:ffff'),
    })
    for (const wrong of ['192.0.2.0/33', '::/129', '192.0.2.0/', 'x/8', '192.0.2.0/-1']) {
      assert.equal(cidrRange(wrong), undefined, wrong)
    }
  })

  test('a set of ranges has what a naive one has', () => {
    const v4 = fc.tuple(ipv4, fc.integer({ min: 1, max: 32 })).map((parts) => parts.join('/'))
    const v6 = fc.tuple(ipv6, fc.integer({ min: 1, max: 128 })).map((parts) => parts.join('/'))
    fc.assert(
      fc.property(
        fc.array(fc.oneof(v4, v6), { maxLength: 20 }),
        fc.array(fc.oneof(ipv4, ipv6), { maxLength: 10 }),
        (cidrs, ips) => {
          const set = addressRanges(cidrs)
          const near = cidrs.map((cidr) => cidr.split('/')[0] ?? '')
          // What Node calls an IPv4 address within IPv6 is IPv4 here, and not to the naive set.
          for (const ip of [...ips, ...near].filter(
            (each) => !each.startsWith('0:0:0:0:0:ffff:'),
          )) {
            assert.equal(set.has(ip), naive(cidrs, ip), `${ip} in ${cidrs.join(' ')}`)
          }
        },
      ),
      { numRuns: 1000 },
    )
  })

  test('10,000 ranges are looked up in microseconds', () => {
    const cidrs = Array.from({ length: 10_000 }, (_, n) => `10.${n >> 8}.${n & 255}.${n % 256}/32`)
    const set = addressRanges(cidrs)
    const before = process.cpuUsage()
    for (let n = 0; n < 10_000; n += 1) {
      assert.ok(set.has(`10.${n >> 8}.${n & 255}.${n % 256}`))
      assert.ok(!set.has(`11.${n >> 8}.${n & 255}.${n % 256}`))
    }
    const { user, system } = process.cpuUsage(before)
    assert.ok(user + system < 500_000, `${user + system} us`)
  })
})
