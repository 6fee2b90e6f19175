import type { Inspection } from '../inspection.ts'
import type { TokenVerdict } from '../surroundings.ts'
import type { TokenResponse } from '../verdict.ts'

/** The judgement on the request's token, made once and told in labels; undefined when it has none. */
export type TokenReader = (inspection: Inspection) => TokenVerdict | undefined

const namespace = 'awswaf:managed:token:'

/**
 * Makes a reader for a web ACL whose tokens count for the request's own host and for the domains given. Reads the `aws-waf-token` cookie, or the header in which applications send it.
 * https://docs.aws.amazon.com/waf/latest/developerguide/waf-tokens-labeling.html
 */
export function tokenReader(domains: readonly string[]): TokenReader {
  return (inspection) => {
    if (inspection.token === undefined) {
      inspection.token = judged(inspection, domains) ?? 'absent'
      label(inspection, inspection.token)
    }
    return inspection.token === 'absent' ? undefined : inspection.token
  }
}

function judged(
  { parsed, surroundings }: Inspection,
  domains: readonly string[],
): TokenVerdict | undefined {
  const cookie = parsed.cookies.find(({ name }) => name === 'aws-waf-token')?.value
  const value = cookie ?? parsed.header('x-aws-waf-token')
  if (value === undefined || value === '') return undefined
  const host = parsed.header('host')?.replace(/:\d+$/, '').toLowerCase()
  const accepted = host === undefined ? domains : [host, ...domains]
  return surroundings.token?.(value, accepted) ?? { state: 'rejected', reason: 'invalid' }
}

function label({ labels }: Inspection, token: TokenVerdict | 'absent'): void {
  if (token === 'absent') labels.add(`${namespace}absent`)
  else if (token.state === 'accepted') {
    labels.add(`${namespace}accepted`)
    labels.add(`${namespace}id:${token.id}`)
  } else {
    labels.add(`${namespace}rejected`)
    labels.add(`${namespace}rejected:${token.reason}`)
  }
}

/** Whether a captcha or challenge rule lets the client pass, as AWS's log says it. */
export function tokenResponse(
  kind: 'CAPTCHA' | 'CHALLENGE',
  token: TokenVerdict | undefined,
  nowMs: number,
  immunitySec: number,
): TokenResponse {
  const responseCode = kind === 'CAPTCHA' ? 405 : 202
  if (token === undefined) return { responseCode, failureReason: 'TOKEN_MISSING' }
  if (token.state === 'rejected') return { responseCode, failureReason: failures[token.reason] }
  const solvedMs = kind === 'CAPTCHA' ? token.captchaSolvedAtMs : token.challengeSolvedAtMs
  if (solvedMs === undefined) return { responseCode, failureReason: 'TOKEN_MISSING' }
  const solveTimestamp = Math.floor(solvedMs / 1000)
  return nowMs - solvedMs >= immunitySec * 1000
    ? { responseCode, solveTimestamp, failureReason: 'TOKEN_EXPIRED' }
    : { responseCode: 0, solveTimestamp }
}

const failures = {
  expired: 'TOKEN_EXPIRED',
  invalid: 'TOKEN_INVALID',
  domain_mismatch: 'TOKEN_DOMAIN_MISMATCH',
} as const

/** The label of a captcha rule's judgement. */
export function captchaLabel({ failureReason, solveTimestamp }: TokenResponse): string {
  const prefix = 'awswaf:managed:captcha:'
  if (failureReason === undefined) return `${prefix}accepted`
  if (failureReason === 'TOKEN_MISSING' && solveTimestamp === undefined) return `${prefix}absent`
  return `${prefix}rejected:${failureReason.slice('TOKEN_'.length).toLowerCase()}`
}
