/** What a URL's host stands for, whichever way it was written. */
export interface HostMeaning {
  readonly kind: 'metadata' | 'loopback' | 'private' | 'public' | 'name'
  /** An address written as no person writes it: decimal, octal, hexadecimal, short, circled digits. */
  readonly odd: boolean
}

const metadataNames =
  /^(?:metadata(?:\.google(?:\.internal|usercontent\.com)?|\.tencentyun\.com|\.packet\.net|\.platformequinix\.com|\.nicira\.eu)?|instance-data(?:\.\w+)*|metadata\.azure\.internal|kubernetes\.default(?:\.svc.*)?|rancher-metadata)$/
const loopbackNames =
  /^(?:localhost(?:\.localdomain)?|ip6-localhost|(?:.*\.)?(?:localtest\.me|lvh\.me|vcap\.me|lacolhost\.com|spoofed\.burpcollaborator\.net)|(?:.*[.-])?(?:127[.-]0[.-]0[.-]1|169[.-]254[.-]169[.-]254)[.-].*|.*\.(?:nip|sslip|xip)\.io|(?:.*\.)?(?:rbndr\.us|1u\.ms))$/

/** Reads a host as the C library and browsers do. */
export function hostMeaning(written: string): HostMeaning {
  const host = written
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[\u3002\uff0e]/g, '.')
    .replace(/\.$/, '')
  const circled = host !== written.toLowerCase().replace(/\.$/, '')
  if (host.startsWith('[')) return { kind: ipv6Kind(host.slice(1, -1)), odd: circled }
  const address = ipv4(host)
  if (address !== undefined) return { kind: ipv4Kind(address.value), odd: address.odd || circled }
  if (metadataNames.test(host)) return { kind: 'metadata', odd: circled }
  return {
    kind: loopbackNames.test(host) ? 'loopback' : 'name',
    odd: circled && /^[\d.]+$/.test(host),
  }
}

function ipv4(host: string): { readonly value: number; readonly odd: boolean } | undefined {
  if (!/^[\da-fx.]+$/.test(host) || !/^\d/.test(host)) return undefined
  const parts = host.split('.')
  if (parts.length > 4) return undefined
  const numbers: number[] = []
  for (const part of parts) {
    if (!/^(?:0x[\da-f]*|\d+)$/.test(part)) return undefined
    numbers.push(
      part.startsWith('0x')
        ? Number.parseInt(part.slice(2) || '0', 16)
        : /^0[0-7]+$/.test(part)
          ? Number.parseInt(part, 8)
          : Number(part),
    )
  }
  const last = numbers.pop() ?? 0
  let value = last
  for (const [index, number] of numbers.entries()) value += (number % 256) * 256 ** (3 - index)
  const odd = parts.length < 4 || parts.some((part) => /^0./.test(part) || Number(part) > 255)
  if (parts.length === 1 && !host.startsWith('0x') && host.length < 8 && last !== 0)
    return undefined
  return { value: value % 2 ** 32, odd }
}

function ipv4Kind(value: number): HostMeaning['kind'] {
  const first = Math.floor(value / 2 ** 24)
  const second = Math.floor(value / 2 ** 16) % 256
  if ((first === 169 && second === 254) || value === 0x646464c8 || value === 0xc00000c0)
    return 'metadata'
  if (first === 127 || first === 0) return 'loopback'
  if (
    first === 10 ||
    (first === 172 && second >= 16 && second < 32) ||
    (first === 192 && second === 168)
  )
    return 'private'
  return 'public'
}

function ipv6Kind(address: string): HostMeaning['kind'] {
  const mapped =
    /(?:ffff(?::0)?:|::)(?:(\d+\.\d+\.\d+\.\d+)|([\da-f]{1,4}):([\da-f]{1,4}))(?:%.*)?$/.exec(
      address,
    )
  if (/^fd00:0*ec2:/.test(address) || address.startsWith('fe80::a9fe:a9fe')) return 'metadata'
  if (address === '::' || /^(?:0{0,4}:)*:?(?:0{0,4}:)*0{0,3}[01]?(?:%.*)?$/.test(address))
    return 'loopback'
  if (mapped !== null) {
    const dotted = mapped[1] === undefined ? undefined : ipv4(mapped[1])
    return ipv4Kind(
      dotted?.value ??
        Number.parseInt(mapped[2] ?? '0', 16) * 65536 + Number.parseInt(mapped[3] ?? '0', 16),
    )
  }
  return /^f[cde]/.test(address) ? 'private' : 'public'
}
