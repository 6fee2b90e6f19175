import { errorAnswer } from '../../dataplane/answers.ts'
import { Origin } from '../../dataplane/origin.ts'
import type { Route, RoutedRequest } from '../../dataplane/route.ts'
import { attributeOf, targetGroupAttributes } from './attributes.ts'
import { invoked, type InvokeFunction } from './function-target.ts'
import { TargetHealthState, type HealthSubject } from './target-health.ts'
import type { Stickiness } from './stickiness.ts'
import { targetKey, type TargetGroupRow, type TargetRow } from './store.ts'

/** A target with its connections and its health, for as long as it is registered. */
export interface LiveTarget extends HealthSubject {
  readonly key: string
  readonly row: TargetRow
  readonly origin: Origin
  readonly health: TargetHealthState
}

const maxFunctionBody = 1_048_576

/** A target group as requests see it; it stays the same object while its rows change. */
export class LiveGroup {
  readonly arn: string
  #row: TargetGroupRow
  #targets: readonly LiveTarget[] = []
  #turn = 0
  readonly #stickiness: Stickiness
  readonly #invoke: InvokeFunction
  readonly #nowMs: () => number

  constructor(
    row: TargetGroupRow,
    parts: { stickiness: Stickiness; invoke: InvokeFunction; nowMs: () => number },
  ) {
    this.arn = row.arn
    this.#row = row
    this.#stickiness = parts.stickiness
    this.#invoke = parts.invoke
    this.#nowMs = parts.nowMs
  }

  /** The targets, draining ones among them. */
  get targets(): readonly LiveTarget[] {
    return this.#targets
  }

  /** How health is checked. */
  get row(): TargetGroupRow {
    return this.#row
  }

  /** Takes over what is in the store; connections to targets that stay are kept. */
  update(row: TargetGroupRow, rows: readonly TargetRow[]): void {
    const before = new Map(this.#targets.map((target) => [target.key, target]))
    const isTls = row.protocol === 'HTTPS'
    this.#row = row
    this.#targets = rows.map((target) => {
      const key = targetKey(target)
      const known = before.get(key)
      if (known?.origin.address.isTls === isTls) {
        before.delete(key)
        const isBack = known.row.drainsUntil !== undefined && target.drainsUntil === undefined
        return { ...known, row: target, ...(isBack && { health: new TargetHealthState() }) }
      }
      const origin = new Origin({ host: target.id, port: target.port, isTls })
      return { key, row: target, origin, health: new TargetHealthState() }
    })
    for (const { origin } of before.values()) origin.close()
  }

  /** Closes the connections to all targets. */
  close(): void {
    for (const { origin } of this.#targets) origin.close()
  }

  /** Where a request goes in this group. */
  route(request: RoutedRequest, cookies: readonly string[]): Route {
    if (this.#row.targetType === 'lambda') return this.#function()
    const open = this.#targets.filter(isOpen)
    const isSticky = this.#attribute('stickiness.enabled') === 'true'
    const stuck = isSticky ? this.#stuckTarget(request) : undefined
    const target = stuck ?? this.#pick(open)
    if (!target) return { kind: 'answer', answer: errorAnswer(503), note: this.arn }
    const { origin, key } = target
    const addedHeaders = isSticky ? [...cookies, ...this.#cookiesFor(key)] : cookies
    return {
      kind: 'forward',
      origin,
      note: this.arn,
      ...(addedHeaders.length > 0 && { addedHeaders }),
    }
  }

  #function(): Route {
    const [target] = this.#targets
    if (!target) return { kind: 'answer', answer: errorAnswer(503), note: this.arn }
    const isMulti = this.#row.attributes['lambda.multi_value_headers.enabled'] === 'true'
    const parts = { invoke: this.#invoke, group: this.arn, functionArn: target.row.id, isMulti }
    return {
      kind: 'call',
      maxBodyBytes: maxFunctionBody,
      note: this.arn,
      run: (request) => invoked(parts, request),
    }
  }

  #attribute(name: string): string {
    return attributeOf(targetGroupAttributes, this.#row.attributes, name)
  }

  #stuckTarget(request: RoutedRequest): LiveTarget | undefined {
    const key = this.#stickiness.targetIn(request, this.#cookieName())
    const known = this.#targets.find((each) => each.key === key)
    return known?.health.isHealthy ? known : undefined
  }

  #cookieName(): string {
    return this.#attribute('stickiness.type') === 'app_cookie' ? 'AWSALBAPP-0' : 'AWSALB'
  }

  #cookiesFor(key: string): string[] {
    const type = this.#attribute('stickiness.type')
    const seconds = Number(this.#attribute(`stickiness.${type}.duration_seconds`))
    return this.#stickiness.targetCookies(key, seconds, this.#cookieName())
  }

  /** Healthy targets in turn; all of them when too few are healthy. */
  #pick(open: readonly LiveTarget[]): LiveTarget | undefined {
    const healthy = open.filter(({ health }) => health.isHealthy)
    const pool = healthy.length > 0 ? healthy : open
    if (pool.length <= 1) return pool[0]
    if (this.#attribute('load_balancing.algorithm.type') === 'least_outstanding_requests') {
      return leastBusy(pool, this.#turn++)
    }
    const warm = this.#warmed(pool)
    return warm[this.#turn++ % warm.length]
  }

  /** Leaves targets out that have just become healthy, the more so the newer they are, where a slow start is set. */
  #warmed(pool: readonly LiveTarget[]): readonly LiveTarget[] {
    const seconds = Number(this.#attribute('slow_start.duration_seconds'))
    if (seconds === 0) return pool
    const nowMs = this.#nowMs()
    const warm = pool.filter(({ health }, index) => {
      const share = (nowMs - health.healthySinceMs) / (seconds * 1000)
      return share >= 1 || ((this.#turn + index) % 100) / 100 < share
    })
    return warm.length > 0 ? warm : pool
  }
}

function isOpen({ row }: LiveTarget): boolean {
  return row.drainsUntil === undefined
}

function leastBusy(pool: readonly LiveTarget[], turn: number): LiveTarget | undefined {
  let best: LiveTarget | undefined
  for (let index = 0; index < pool.length; index++) {
    const each = pool[(index + turn) % pool.length]
    if (each && (!best || each.origin.outstanding < best.origin.outstanding)) best = each
  }
  return best
}
