import type { TLSSocket } from 'node:tls'
import type { Head } from './head.ts'
import type { EntranceSettings } from './settings.ts'

/** Who sends a request. */
export interface Sender {
  readonly ip: string
  readonly port: number
  readonly tls?: TLSSocket
}

/**
 * The header fields that a target gets: what came, and what load balancers add
 * (https://docs.aws.amazon.com/elasticloadbalancing/latest/application/x-forwarded-headers.html).
 */
export function forwardedFields(
  head: Head,
  sender: Sender,
  settings: EntranceSettings,
  traceId: string,
): string[] {
  const fields: string[] = []
  const xff = forwardedFor(head.forwardedFor, sender, settings)
  if (xff !== undefined) fields.push('X-Forwarded-For', xff)
  fields.push('X-Forwarded-Proto', settings.protocol === 'HTTPS' ? 'https' : 'http')
  fields.push('X-Forwarded-Port', String(settings.port))
  if (head.host !== '') fields.push('Host', head.host)
  fields.push('X-Amzn-Trace-Id', traceId)
  if (settings.forwardsTls === true && sender.tls) {
    const { tls } = sender
    fields.push('X-Amzn-Tls-Version', tls.getProtocol() ?? '')
    fields.push('X-Amzn-Tls-Cipher-Suite', tls.getCipher()?.standardName ?? '')
  }
  const { fields: own } = head
  for (let index = 0; index < own.length; index++) fields.push(own[index] ?? '')
  return fields
}

function forwardedFor(
  given: string | undefined,
  { ip, port }: Sender,
  { forwardedFor: mode, forwardsClientPort }: EntranceSettings,
): string | undefined {
  if (mode === 'remove') return undefined
  if (mode === 'preserve') return given
  const bracketed = forwardsClientPort && ip.includes(':') ? `[${ip}]` : ip
  const client = forwardsClientPort ? `${bracketed}:${port}` : ip
  return given === undefined || given === '' ? client : `${given}, ${client}`
}

/** The trace id of a request: a new one, or the sender's with ourselves in it (load-balancer-request-tracing). */
export function traceIdOf(given: string | undefined, trace: EntranceSettings['trace']): string {
  const id = `1-${trace.seconds().toString(16).padStart(8, '0')}-${trace.hex(24)}`
  if (given === undefined || !/(?:^|;)\s*Root=/i.test(given)) {
    const others = given?.split(';').filter((part) => part !== '' && !/^\s*Self=/i.test(part))
    return [`Root=${id}`, ...(others ?? [])].join(';')
  }
  const others = given.split(';').filter((part) => part !== '' && !/^\s*Self=/i.test(part))
  return [`Self=${id}`, ...others].join(';')
}

/** The address of a connection's other end: IPv4 in its own form. */
export function plainAddress(address: string | undefined): string {
  if (address === undefined) return ''
  return address.startsWith('::ffff:') ? address.slice(7) : address
}

/** The header fields of a target's answer that go on to the client (RFC 9110 section 7.6.1). */
export function answeredFields(rawHeaders: readonly string[]): string[] {
  const fields: string[] = []
  let connection: string | undefined
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? ''
    const value = rawHeaders[index + 1] ?? ''
    if (hopLengths.has(name.length)) {
      const lower = name.toLowerCase()
      if (lower === 'connection') connection = value
      if (hopByHop.has(lower)) continue
    }
    fields.push(name, value)
  }
  if (connection === undefined || /^(?:keep-alive|close)$/i.test(connection)) return fields
  const named = connection.split(',').map((each) => each.trim().toLowerCase())
  for (let index = fields.length - 2; index >= 0; index -= 2) {
    if (named.includes((fields[index] ?? '').toLowerCase())) fields.splice(index, 2)
  }
  return fields
}

/** Puts fields in place of those of the same names; those without a value are taken away. */
export function replaceFields(
  fields: string[],
  replacements: readonly (readonly [name: string, value: string | undefined])[] = [],
): void {
  for (const [name, value] of replacements) {
    const lower = name.toLowerCase()
    for (let index = fields.length - 2; index >= 0; index -= 2) {
      if (fields[index]?.toLowerCase() === lower) fields.splice(index, 2)
    }
    if (value !== undefined) fields.push(name, value)
  }
}

const hopByHop = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])
const hopLengths = new Set([...hopByHop].map((name) => name.length))
