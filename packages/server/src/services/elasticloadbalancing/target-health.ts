import type { TargetHealth } from '@aws-sdk/client-elastic-load-balancing-v2'

/** Something whose health is watched. */
export interface HealthSubject {
  readonly health: TargetHealthState
}

/** What a check found. */
export type CheckResult =
  | { readonly isGood: true }
  | {
      readonly isGood: false
      readonly reason: 'Target.ResponseCodeMismatch'
      readonly status: number
    }
  | { readonly isGood: false; readonly reason: 'Target.Timeout' | 'Target.FailedHealthChecks' }

/** How many results in a row change a target's state. */
export interface Thresholds {
  readonly healthyThreshold: number
  readonly unhealthyThreshold: number
}

/** The state of one target by its checks; a new one is healthy after a single good one (target-group-health-checks). */
export class TargetHealthState {
  #state: 'initial' | 'healthy' | 'unhealthy' = 'initial'
  #row = 0
  #wasGood: boolean | undefined
  #failure: Exclude<CheckResult, { isGood: true }> | undefined
  /** When it became healthy, by the server's clock in milliseconds. */
  healthySinceMs = 0
  /** When it is to be checked next. */
  nextCheckMs = 0
  isBeingChecked = false

  get isHealthy(): boolean {
    return this.#state === 'healthy'
  }

  /** Takes in what a check found. Tells whether the state has changed. */
  note(result: CheckResult, thresholds: Thresholds, nowMs: number): boolean {
    this.#row = result.isGood === this.#wasGood ? this.#row + 1 : 1
    this.#wasGood = result.isGood
    if (!result.isGood) this.#failure = result
    const before = this.#state
    const needed =
      before === 'initial' && result.isGood
        ? 1
        : thresholds[result.isGood ? 'healthyThreshold' : 'unhealthyThreshold']
    if (this.#row >= needed) this.#state = result.isGood ? 'healthy' : 'unhealthy'
    if (this.#state === 'healthy' && before !== 'healthy') this.healthySinceMs = nowMs
    return this.#state !== before
  }

  /** As DescribeTargetHealth shows it. */
  get shown(): TargetHealth {
    if (this.#state === 'healthy') return { State: 'healthy' }
    if (this.#state === 'initial') {
      return {
        State: 'initial',
        Reason: 'Elb.InitialHealthChecking',
        Description: 'Initial health checks in progress',
      }
    }
    return { State: 'unhealthy', ...reasonOf(this.#failure) }
  }
}

function reasonOf(failure: Exclude<CheckResult, { isGood: true }> | undefined) {
  if (failure?.reason === 'Target.ResponseCodeMismatch') {
    const Description = `Health checks failed with these codes: [${failure.status}]`
    return { Reason: failure.reason, Description }
  }
  if (failure?.reason === 'Target.Timeout') {
    return { Reason: failure.reason, Description: 'Request timed out' }
  }
  return { Reason: 'Target.FailedHealthChecks', Description: 'Health checks failed' } as const
}
