/** What a decision needs from outside the request: the engine itself has no clock, no network and no state. */
export interface Surroundings {
  /** Milliseconds since 1970. */
  readonly nowMs: number
  /** Country and, where known, region of an address (ISO 3166: `DE`, `DE-BY`). */
  country?(ip: string): { readonly country: string; readonly region?: string } | undefined
  /** The autonomous system that announces an address. */
  asn?(ip: string): number | undefined
  /** Counts this request under a key and says how many came within the window, this one included. */
  readonly rates: RateCounters
  /**
   * Judges the `aws-waf-token` of a request; absent = no token can be valid. The domains are the request's host and the web ACL's
   * token domains: a token that was given out for another is rejected.
   */
  token?(value: string, domains: readonly string[]): TokenVerdict
  /** Whether an address proves by DNS (reverse and forward) to be the bot that its user agent names; undefined = not known yet. */
  verifiedBot?(bot: string, ip: string): boolean | undefined
  /** Whether a pair of user name and password is known to have been stolen; absent = no such list. */
  stolenCredential?(username: string, password: string): boolean
  /** How many answers of the application to one key (an address, a session) meant success or failure; absent = answers are not seen. */
  answers?(meaning: 'success' | 'failure', key: string, windowSec: number): number
  /** The addresses of the named reputation list. */
  addressList?(name: string): AddressSet | undefined
}

/** A set of addresses and ranges. */
export interface AddressSet {
  has(ip: string): boolean
}

/** Counters of rate-based rules and of managed rules that count; shared by the decisions of one web ACL. */
export interface RateCounters {
  /** @returns the count over the last `windowSec` seconds, with this request. */
  count(rule: string, key: string, windowSec: number, nowMs: number): number
}

/** What a token proves. */
export type TokenVerdict =
  | {
      readonly state: 'accepted'
      /** The session that the token stands for. */
      readonly id: string
      readonly challengeSolvedAtMs?: number
      readonly captchaSolvedAtMs?: number
    }
  | { readonly state: 'rejected'; readonly reason: 'expired' | 'invalid' | 'domain_mismatch' }
