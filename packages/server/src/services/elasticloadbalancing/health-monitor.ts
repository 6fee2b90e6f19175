import { request as httpRequest } from 'node:http'
import { request as tlsRequest } from 'node:https'
import type { Clock, Cancel } from '../../kernel/clock.ts'
import { isHealthyStatus } from './health-check.ts'
import type { LiveGroup, LiveTarget } from './live-group.ts'
import type { CheckResult } from './target-health.ts'

/** How often it is looked which checks are due, in real milliseconds: so the server's clock can be moved. */
const tickMs = 500

/** Checks the targets of groups that are in use, each in its group's interval by the server's clock. */
export class HealthMonitor {
  readonly #clock: Clock
  #groups: readonly LiveGroup[] = []
  #cancel: Cancel | undefined

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** The groups to look after from now on; new targets are checked at once. */
  watch(groups: readonly LiveGroup[]): void {
    this.#groups = groups.filter(({ row }) => row.healthCheck.enabled)
    this.#cancel?.()
    this.#cancel = undefined
    this.#tick()
  }

  /** Ends all checks. */
  stop(): void {
    this.#cancel?.()
    this.#groups = []
  }

  #tick(): void {
    const nowMs = this.#clock.now().getTime()
    for (const group of this.#groups) {
      for (const target of group.targets) {
        const { health, row } = target
        const isDue = !health.isBeingChecked && health.nextCheckMs <= nowMs
        if (isDue && row.drainsUntil === undefined) this.#check(group, target, nowMs)
      }
    }
    if (this.#groups.length > 0) this.#cancel = this.#clock.after(tickMs, () => this.#tick())
  }

  #check(group: LiveGroup, target: LiveTarget, nowMs: number): void {
    const { health } = target
    const { healthCheck } = group.row
    health.isBeingChecked = true
    health.nextCheckMs = nowMs + healthCheck.intervalSeconds * 1000
    const done = (result: CheckResult): void => {
      if (!health.isBeingChecked) return
      health.isBeingChecked = false
      health.note(result, healthCheck, this.#clock.now().getTime())
    }
    this.#ask(group, target, done)
  }

  #ask(group: LiveGroup, { row }: LiveTarget, done: (result: CheckResult) => void): void {
    const { protocol, path, port, timeoutSeconds, matcher } = group.row.healthCheck
    const asked = {
      host: row.id,
      port: port === 'traffic-port' ? row.port : Number(port),
      path,
      agent: false,
      rejectUnauthorized: false,
      headers: { 'User-Agent': 'ELB-HealthChecker/2.0', 'Accept-Encoding': 'gzip, compressed' },
    } as const
    const request = protocol === 'HTTPS' ? tlsRequest(asked) : httpRequest(asked)
    const cancel = this.#clock.after(timeoutSeconds * 1000, () => {
      done({ isGood: false, reason: 'Target.Timeout' })
      request.destroy()
    })
    request.on('response', (answer) => {
      cancel()
      const status = answer.statusCode ?? 0
      answer.resume()
      if (isHealthyStatus(matcher, status)) done({ isGood: true })
      else done({ isGood: false, reason: 'Target.ResponseCodeMismatch', status })
      answer.destroy()
    })
    request.on('error', () => {
      cancel()
      done({ isGood: false, reason: 'Target.FailedHealthChecks' })
    })
    request.end()
  }
}
