import type { CORSRule } from '@aws-sdk/client-s3'

/** What a browser asks before, or says with, a request of another origin. */
export interface CrossOrigin {
  readonly origin: string
  readonly method: string
  /** Names of the headers that it wants to send, in any case. */
  readonly headers: readonly string[]
}

/** Whether a text matches a pattern with at most one `*`. */
function matches(pattern: string, text: string): boolean {
  const star = pattern.indexOf('*')
  if (star < 0) return pattern === text
  const head = pattern.slice(0, star)
  const tail = pattern.slice(star + 1)
  return text.length >= head.length + tail.length && text.startsWith(head) && text.endsWith(tail)
}

/**
 * The first rule that lets a request of another origin in.
 * Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/cors.html
 */
export function matchingRule(
  rules: readonly CORSRule[],
  { origin, method, headers }: CrossOrigin,
): CORSRule | undefined {
  return rules.find(
    ({ AllowedOrigins = [], AllowedMethods = [], AllowedHeaders = [] }) =>
      AllowedOrigins.some((pattern) => matches(pattern, origin)) &&
      AllowedMethods.includes(method) &&
      headers.every((header) =>
        AllowedHeaders.some((pattern) => matches(pattern.toLowerCase(), header.toLowerCase())),
      ),
  )
}

/** The answer's headers under a rule; those of a preflight tell what may be asked, too. */
export function corsHeaders(
  rule: CORSRule,
  { origin, headers }: CrossOrigin,
  isPreflight: boolean,
): Record<string, string> {
  const isAny = rule.AllowedOrigins?.includes('*') ?? false
  const exposed = rule.ExposeHeaders ?? []
  return {
    'access-control-allow-origin': isAny ? '*' : origin,
    ...(!isAny && { 'access-control-allow-credentials': 'true' }),
    'access-control-allow-methods': (rule.AllowedMethods ?? []).join(', '),
    ...(exposed.length > 0 && { 'access-control-expose-headers': exposed.join(', ') }),
    ...(rule.MaxAgeSeconds !== undefined && {
      'access-control-max-age': String(rule.MaxAgeSeconds),
    }),
    ...(isPreflight &&
      headers.length > 0 && {
        'access-control-allow-headers': headers.map((name) => name.toLowerCase()).join(', '),
      }),
    vary: 'Origin, Access-Control-Request-Headers, Access-Control-Request-Method',
  }
}
