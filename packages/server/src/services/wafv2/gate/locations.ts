import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Reader } from 'maxmind'
import type { Kernel } from '../../../kernel/kernel.ts'

/** What the databases say of addresses; undefined for those that they do not know. */
export interface Locations {
  country(ip: string): { readonly country: string; readonly region?: string } | undefined
  asn(ip: string): number | undefined
}

/** Members of the records of the databases that are in use: MaxMind's and ip-location-db's. */
interface LocationRecord {
  readonly country?: { readonly iso_code?: string }
  readonly country_code?: string
  readonly subdivisions?: readonly { readonly iso_code?: string }[]
  readonly autonomous_system_number?: number
  readonly asn?: number | string
}

const countryPackage = '@ip-location-db/geo-whois-asn-country-mmdb'

/** Opens the operator's databases, else the countries that were installed with the server. */
export function openLocations({ waf, log }: Pick<Kernel, 'waf' | 'log'>): Locations {
  const open = (file: string | undefined): Reader<never> | undefined => {
    if (file === undefined) return undefined
    try {
      return new Reader<never>(readFileSync(file))
    } catch (error) {
      log.error({ error, file }, 'a location database cannot be read: no address is in it')
      return undefined
    }
  }
  const countries = open(waf.geoDatabase ?? installedCountries())
  const systems = open(waf.asnDatabase)
  const find = (reader: Reader<never> | undefined, ip: string): LocationRecord | undefined => {
    const address = ip.startsWith('::ffff:') && ip.includes('.') ? ip.slice(7) : ip
    return (reader?.get(address) as LocationRecord | null | undefined) ?? undefined
  }
  return {
    country(ip) {
      const record = find(countries, ip)
      const country = record?.country?.iso_code ?? record?.country_code
      if (country === undefined) return undefined
      const region = record?.subdivisions?.[0]?.iso_code
      return { country, ...(region !== undefined && { region: `${country}-${region}` }) }
    },
    asn(ip) {
      const record = find(systems, ip)
      const number = Number(record?.autonomous_system_number ?? record?.asn)
      return Number.isInteger(number) ? number : undefined
    },
  }
}

function installedCountries(): string | undefined {
  try {
    const main = import.meta.resolve(`${countryPackage}/geo-whois-asn-country.mmdb`)
    return fileURLToPath(main)
  } catch {
    return undefined
  }
}
