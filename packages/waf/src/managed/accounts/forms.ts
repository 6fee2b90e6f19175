import type { ParsedRequest } from '../../parsed-request.ts'
import { compilePattern } from '../../regex/pattern.ts'
import type { PatternTest } from '../../regex/pattern.ts'
import type { ManagedScene } from '../rule.ts'

/** The text of a field of a login or a sign-up: a JSON pointer, or the name of a form's field. */
export function fieldText(
  request: ParsedRequest,
  identifier: string | undefined,
): string | undefined {
  if (identifier === undefined) return undefined
  const bare = identifier.replace(/^\/(?:form\/)?/, '')
  return request
    .values('body')
    .find(({ ofName, name }) => !ofName && (name === identifier || name === bare))?.forms[0]
}

const patterns = new Map<string, PatternTest>()
/** More configured paths than this are compiled again now and then. */
const mostPatterns = 100

/** Whether a request goes to a configured path, which may be a regular expression. */
export function isAt(request: ParsedRequest, path: string | undefined, regex = false): boolean {
  if (path === undefined) return false
  if (!regex) return request.uriPath === path
  let test = patterns.get(path)
  if (test === undefined) {
    if (patterns.size >= mostPatterns) patterns.clear()
    test = compilePattern(path)
    patterns.set(path, test)
  }
  return test(request.uriPath)
}

/** A user pool of Cognito has its own protection: neither group works on it. */
export function cognitoHost(request: ParsedRequest): string | undefined {
  const host = request.header('host') ?? ''
  return /^cognito-idp\.|\.amazoncognito\.com(?::|$)/i.test(host) ? host.slice(0, 100) : undefined
}

/** The session of an accepted token. */
export function sessionOf(scene: ManagedScene): string | undefined {
  const token = scene.token()
  return token?.state === 'accepted' ? token.id : undefined
}

/** The pair that AWS's guide names for trying the group out counts as stolen, beside what the operator's list says. */
export function isStolen(scene: ManagedScene, username: string, password: string): boolean {
  return (
    (username.toUpperCase() === 'WAF_TEST_CREDENTIAL@WAFEXAMPLE.COM' &&
      password === 'WAF_TEST_CREDENTIAL_PASSWORD') ||
    scene.surroundings.stolenCredential?.(username, password) === true
  )
}

/** The level that a count reaches; undefined below the lowest. */
export function levelOf(
  count: number,
  [low, medium, high]: readonly [number, number, number],
): 'low' | 'medium' | 'high' | undefined {
  return count > high ? 'high' : count > medium ? 'medium' : count > low ? 'low' : undefined
}
