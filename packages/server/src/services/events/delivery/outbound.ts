import { refusalFor } from '../../../kernel/acting.ts'
import type { Actor } from '../../../kernel/acting.ts'
import { defineRuntime } from '../../../kernel/runtime.ts'
import type { RuntimeHost } from '../../../kernel/runtime.ts'
import type { AccessToken } from '../connection-auth.ts'
import type { Place } from '../arns.ts'
import { Rooms } from './room.ts'

/** Requests above its rate that a destination may get at once, as seconds of the rate. */
const burstMs = 1000
/** What webhooks share on a node: access tokens, rates, and who is under way. */
export class Outbound {
  readonly #host: RuntimeHost
  readonly #tokens = new Map<string, AccessToken>()
  /** When the rate of a destination is used up, in monotonic milliseconds. */
  readonly #usedUntil = new Map<string, number>()
  readonly #rooms: Rooms

  constructor(host: RuntimeHost) {
    this.#host = host
    this.#rooms = new Rooms(host.kernel.clock)
  }

  /** How long a destination's rate limit makes a request wait, in milliseconds; it then has its turn. */
  turnOf(destination: string, ratePerSecond: number): number {
    const now = this.#host.kernel.clock.monotonicMs()
    const usedUntil = Math.max(this.#usedUntil.get(destination) ?? 0, now) + 1000 / ratePerSecond
    this.#usedUntil.set(destination, usedUntil)
    return Math.max(Math.ceil(usedUntil - now - burstMs), 0)
  }

  /** Runs a request to a destination when there is room for it; false when there is none. */
  withRoom(destination: string, request: () => Promise<void>): Promise<boolean> {
    return this.#rooms.run(destination, request)
  }

  /** The access token of a connection, as long as it is good. */
  tokenOf(key: string, now: Date): string | undefined {
    const token = this.#tokens.get(key)
    return token && new Date(token.expiresAt) > now ? token.value : undefined
  }

  /** Keeps a connection's new access token. */
  keepToken(key: string, token: AccessToken): void {
    this.#tokens.set(key, token)
  }

  /** Why the actor may not invoke a destination; undefined when it may. */
  async refusal(place: Place, actor: Actor, arn: string): Promise<string | undefined> {
    const access = { action: 'events:InvokeApiDestination', resource: arn }
    return (await refusalFor(this.#host.kernel, place, actor, access))?.message
  }
}

/** The node's one `Outbound`. */
export const outbound = defineRuntime('events.outbound', (host) => new Outbound(host))
