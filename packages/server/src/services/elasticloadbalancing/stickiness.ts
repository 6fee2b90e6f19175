import type { RoutedRequest } from '../../dataplane/route.ts'
import type { SecretBox } from '../../kernel/context.ts'

const purpose = 'elasticloadbalancing-stickiness'

/** The cookies by which a client comes back to its target (https://docs.aws.amazon.com/elasticloadbalancing/latest/application/sticky-sessions.html). */
export class Stickiness {
  readonly #box: SecretBox
  readonly #now: () => Date

  constructor(box: SecretBox, now: () => Date) {
    this.#box = box
    this.#now = now
  }

  /** The target that the client was at, by its `AWSALB` cookie, or another one's name. */
  targetIn(request: RoutedRequest, name = 'AWSALB'): string | undefined {
    return this.#open(request, name)
  }

  /** The group that the client was sent to. */
  groupIn(request: RoutedRequest): string | undefined {
    return this.#open(request, 'AWSALBTG')
  }

  /** Set-Cookie fields that keep a client at a target for so many seconds. */
  targetCookies(target: string, seconds: number, name = 'AWSALB'): string[] {
    return this.#cookies(name, target, seconds)
  }

  /** Set-Cookie fields that keep a client at a group. */
  groupCookies(group: string, seconds = 86_400): string[] {
    return this.#cookies('AWSALBTG', group, seconds)
  }

  #open(request: RoutedRequest, name: string): string | undefined {
    const value = cookieOf(request.rawHeaders, name)
    const opened = value === undefined ? undefined : this.#box.open(purpose, value)
    if (opened === undefined) return undefined
    const [until, ...rest] = opened.split(' ')
    return Number(until) > this.#now().getTime() ? rest.join(' ') : undefined
  }

  #cookies(name: string, value: string, seconds: number): string[] {
    const until = new Date(this.#now().getTime() + seconds * 1000)
    const sealed = this.#box.seal(purpose, `${until.getTime()} ${value}`)
    const plain = `${name}=${sealed}; Expires=${until.toUTCString()}; Path=/`
    const cors = `${name}CORS=${sealed}; Expires=${until.toUTCString()}; Path=/; SameSite=None; Secure`
    return ['Set-Cookie', plain, 'Set-Cookie', cors]
  }
}

/** The value of a cookie in a request's header fields. */
export function cookieOf(rawHeaders: readonly string[], name: string): string | undefined {
  for (let index = 0; index < rawHeaders.length; index += 2) {
    if (rawHeaders[index]?.length !== 6 || rawHeaders[index]?.toLowerCase() !== 'cookie') continue
    for (const pair of (rawHeaders[index + 1] ?? '').split(';')) {
      const mark = pair.indexOf('=')
      if (pair.slice(0, mark).trim() === name) return pair.slice(mark + 1).trim()
    }
  }
  return undefined
}
