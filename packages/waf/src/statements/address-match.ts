import type {
  AsnMatchStatement,
  GeoMatchStatement,
  IPSetReferenceStatement,
} from '@aws-sdk/client-wafv2'
import type { Compilation } from '../compilation.ts'
import type { Inspection, Test } from '../inspection.ts'
import { addressesReader, addressReader } from './forwarded-ip.ts'

/** Compiles an IP set statement, of the client's address or of those in a header. */
export function ipSetTest(compilation: Compilation, statement: IPSetReferenceStatement): Test {
  const { ARN = '', IPSetForwardedIPConfig: config } = statement
  const set = compilation.ipSet(ARN)
  const read = config ? addressesReader(config) : undefined
  return (inspection) => {
    const addresses = read ? read(inspection) : [inspection.request.clientIp]
    return told(inspection, 'IPSetReferenceStatement', {
      addresses,
      fallback: config?.FallbackBehavior,
      match: (address) => set.has(address),
    })
  }
}

/**
 * Compiles a geographic match. It labels every request that it looks at with country and region, matching or not.
 * https://docs.aws.amazon.com/waf/latest/developerguide/waf-rule-statement-type-geo-match.html
 */
export function geoMatchTest({ CountryCodes, ForwardedIPConfig }: GeoMatchStatement): Test {
  const read = addressReader(ForwardedIPConfig)
  const codes = new Set<string>(CountryCodes)
  const source = ForwardedIPConfig ? 'forwardedip' : 'clientip'
  return (inspection) => {
    const address = read(inspection)
    const place = address === undefined ? undefined : inspection.surroundings.country?.(address)
    if (address !== undefined && !inspection.inapplicable) {
      const country = place?.country ?? 'XX'
      const region = place?.region ?? `${country}-XX`
      inspection.addedLabels.push(
        `awswaf:${source}:geo:country:${country}`,
        `awswaf:${source}:geo:region:${region}`,
      )
    }
    return told(inspection, 'GeoMatchStatement', {
      addresses: address === undefined ? undefined : [address],
      fallback: ForwardedIPConfig?.FallbackBehavior,
      match: () => place !== undefined && codes.has(place.country),
      ...(place ? { known: `country ${place.country}` } : {}),
    })
  }
}

/** Compiles an ASN match; an address that belongs to no known system is of ASN 0, which can be listed. */
export function asnMatchTest({ AsnList, ForwardedIPConfig }: AsnMatchStatement): Test {
  const read = addressReader(ForwardedIPConfig)
  const listed = new Set(AsnList)
  return (inspection) => {
    const address = read(inspection)
    const asn = address === undefined ? 0 : (inspection.surroundings.asn?.(address) ?? 0)
    return told(inspection, 'AsnMatchStatement', {
      addresses: address === undefined ? undefined : [address],
      fallback: ForwardedIPConfig?.FallbackBehavior,
      match: () => listed.has(asn),
      known: `ASN ${asn}`,
    })
  }
}

interface Look {
  readonly addresses: readonly string[] | undefined
  readonly fallback: 'MATCH' | 'NO_MATCH' | undefined
  readonly match: (address: string) => boolean
  readonly known?: string
}

function told(inspection: Inspection, statement: string, look: Look): boolean {
  const { addresses, fallback, match, known } = look
  const { trace, rule } = inspection
  if (inspection.inapplicable || addresses === undefined) {
    const matched = !inspection.inapplicable && fallback === 'MATCH'
    const why = inspection.inapplicable
      ? 'the header is not there: the rule is not applied'
      : `no valid address: ${fallback ?? 'NO_MATCH'}`
    trace?.push({ rule, statement, matched, why })
    return matched
  }
  const matched = addresses.some(match)
  const why = known === undefined ? {} : { why: known }
  trace?.push({ rule, statement, value: addresses.join(', '), matched, ...why })
  return matched
}
