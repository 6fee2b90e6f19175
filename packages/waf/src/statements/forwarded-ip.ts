import type { FallbackBehavior } from '@aws-sdk/client-wafv2'
import { parseAddress } from '../addresses/address.ts'
import type { Inspection } from '../inspection.ts'

/** Where a statement takes its address from: the connection, or a header that a proxy before us has set. */
export interface AddressConfig {
  readonly HeaderName: string | undefined
  readonly FallbackBehavior: FallbackBehavior | undefined
}

const anyLimit = 10

/**
 * The first address of the configured header, or the client's. `undefined`: the header has no address there, and the fallback
 * decides. Without the header the rule is not applied at all, which the inspection is told.
 */
export function addressReader(
  config: AddressConfig | undefined,
): (inspection: Inspection) => string | undefined {
  if (config === undefined) return ({ request }) => request.clientIp
  const read = addressesReader({ ...config, Position: 'FIRST' })
  return (inspection) => read(inspection)?.[0]
}

/** The addresses at the configured position of a header, of which ANY means the last ten. */
export function addressesReader(
  config: AddressConfig & { readonly Position: 'FIRST' | 'LAST' | 'ANY' | undefined },
): (inspection: Inspection) => readonly string[] | undefined {
  const name = (config.HeaderName ?? '').toLowerCase()
  return (inspection) => {
    const lines = inspection.parsed.headerValues(name)
    if (lines.length === 0) {
      inspection.inapplicable = true
      return undefined
    }
    const all = lines.join(',').split(',')
    const picked =
      config.Position === 'ANY'
        ? all.slice(-anyLimit)
        : all.slice(...(config.Position === 'LAST' ? [-1] : [0, 1]))
    const addresses = picked.map(withoutPort).filter((text) => parseAddress(text) !== undefined)
    return addresses.length === 0 ? undefined : addresses
  }
}

/** Some proxies write the port behind the address: `192.0.2.1:443`, `[2001:db8::1]:443`. */
function withoutPort(written: string): string {
  const text = written.trim()
  if (text.startsWith('[')) return text.slice(1, text.indexOf(']'))
  const colon = text.indexOf(':')
  return colon > 0 && colon === text.lastIndexOf(':') ? text.slice(0, colon) : text
}
