import type { TokenVerdict } from '@bartizan/waf'
import type { SecretBox } from '../../../kernel/context.ts'

const purpose = 'wafv2.token'

/** AWS's tokens are good for four days, however long they are immune. */
const lifeMs = 4 * 86_400_000

/** The cookie that carries a token. */
export const tokenCookie = 'aws-waf-token'

/** What a token says: sealed, so that only this installation can. */
export interface Token {
  /** The session that it stands for. */
  readonly id: string
  /** The domain for which it was given. */
  readonly domain: string
  readonly issuedMs: number
  readonly challengeSolvedAtMs?: number
  readonly captchaSolvedAtMs?: number
}

/** A token as its cookie carries it. */
export function sealToken(box: SecretBox, token: Token): string {
  return box.seal(purpose, JSON.stringify(token))
}

/** What a token says; undefined when it is none of this installation's. */
export function openToken(box: SecretBox, value: string): Token | undefined {
  const text = box.open(purpose, value)
  return text === undefined ? undefined : (JSON.parse(text) as Token)
}

/** The domain that a token for a host is good for: the listed one that the host belongs to, else the host. */
export function tokenDomain(host: string, domains: readonly string[]): string {
  return domains.find((domain) => isWithin(host, domain)) ?? host
}

/** Judges a request's token. */
export function judgeToken(
  box: SecretBox,
  value: string,
  { host, domains, nowMs }: { host: string; domains: readonly string[]; nowMs: number },
): TokenVerdict {
  const token = openToken(box, value)
  if (!token) return { state: 'rejected', reason: 'invalid' }
  if (nowMs - token.issuedMs >= lifeMs) return { state: 'rejected', reason: 'expired' }
  const { domain, id, challengeSolvedAtMs, captchaSolvedAtMs } = token
  if (!isWithin(host, domain) && !domains.some((each) => isWithin(domain, each))) {
    return { state: 'rejected', reason: 'domain_mismatch' }
  }
  return {
    state: 'accepted',
    id,
    ...(challengeSolvedAtMs !== undefined && { challengeSolvedAtMs }),
    ...(captchaSolvedAtMs !== undefined && { captchaSolvedAtMs }),
  }
}

/** The Set-Cookie value of a token. */
export function tokenCookieValue(value: string, token: Token, host: string): string {
  const domain = token.domain === host ? '' : `; Domain=${token.domain}`
  return `${tokenCookie}=${value}; Max-Age=${lifeMs / 1000}; Path=/${domain}; SameSite=Lax; HttpOnly`
}

function isWithin(host: string, domain: string): boolean {
  return host === domain || host.endsWith(`.${domain}`)
}
