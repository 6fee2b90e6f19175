/**
 * An address in the form that sorts and compares as it should: a number for IPv4, 32 hexadecimal digits for IPv6. IPv4 within IPv6
 * (`::ffff:192.0.2.1`, as a dual-stack socket names its peer) is IPv4.
 */
export type Address = number | string

/** Reads an IPv4 or IPv6 address; undefined when the text is none. */
export function parseAddress(text: string): Address | undefined {
  if (!text.includes(':')) {
    const number = ipv4Number(text)
    return number < 0 ? undefined : number
  }
  const hex = ipv6Hex(text)
  if (hex === undefined || !hex.startsWith(mappedPrefix)) return hex
  return Number.parseInt(hex.slice(mappedPrefix.length), 16)
}

const mappedPrefix = '00000000000000000000ffff'

/** The number of a dotted quad, or -1. Octets with leading zeroes are none: readers differ on whether they are octal. */
export function ipv4Number(text: string): number {
  let number = 0
  let octet = -1
  let octets = 0
  for (let index = 0; index <= text.length; index += 1) {
    const code = text.charCodeAt(index)
    if (code >= 0x30 && code <= 0x39) {
      if (octet === 0) return -1
      octet = (octet < 0 ? 0 : octet * 10) + code - 0x30
      if (octet > 255) return -1
    } else if (octet >= 0 && (code === 0x2e ? octets < 3 : index === text.length)) {
      number = number * 256 + octet
      octets += 1
      octet = -1
    } else return -1
  }
  return octets === 4 ? number : -1
}

/** The 32 hexadecimal digits of an IPv6 address (RFC 4291, 2.2); a zone is no part of it. */
export function ipv6Hex(text: string): string | undefined {
  if (text.length > 45) return undefined
  const gap = text.indexOf('::')
  if (gap >= 0 && text.includes('::', gap + 1)) return undefined
  const head = groups(gap < 0 ? text : text.slice(0, gap), gap >= 0)
  const tail = gap < 0 ? '' : groups(text.slice(gap + 2), true)
  if (head === undefined || tail === undefined) return undefined
  const missing = 32 - head.length - tail.length
  if (gap < 0 ? missing !== 0 : missing < 4) return undefined
  return head + '0'.repeat(missing) + tail
}

function groups(text: string, mayBeEmpty: boolean): string | undefined {
  if (text === '') return mayBeEmpty ? '' : undefined
  const parts = text.split(':')
  let hex = ''
  for (const [index, part] of parts.entries()) {
    if (index === parts.length - 1 && part.includes('.')) {
      const number = ipv4Number(part)
      if (number < 0) return undefined
      hex += number.toString(16).padStart(8, '0')
    } else if (/^[\da-f]{1,4}$/i.test(part)) hex += part.toLowerCase().padStart(4, '0')
    else return undefined
  }
  return hex
}
