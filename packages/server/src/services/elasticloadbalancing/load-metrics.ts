import type { ExchangeRecord } from '../../dataplane/settings.ts'
import type { Cancel } from '../../kernel/clock.ts'
import type { Kernel } from '../../kernel/kernel.ts'
import type { LoadBalancerRow } from './store.ts'

/** What has happened at a load balancer, or at one of its target groups, since it was last told. */
interface Tally {
  readonly loadBalancer: LoadBalancerRow
  readonly group: string | undefined
  readonly counts: Map<string, number>
  readonly times: number[]
}

const tellMs = 5_000
/** So many times of answers are told of each interval; more would only cost. */
const maxTimes = 1_000
const namespace = 'AWS/ApplicationELB'

/** Gathers the figures of load balancers and tells CloudWatch (https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-cloudwatch-metrics.html). */
export class LoadMetrics {
  readonly #kernel: Kernel
  readonly #tallies = new Map<string, Tally>()
  #cancel: Cancel | undefined

  constructor(kernel: Kernel) {
    this.#kernel = kernel
  }

  /** What an entrance of a load balancer tells its requests to. */
  observer({ loadBalancer }: { readonly loadBalancer: LoadBalancerRow }) {
    return (record: ExchangeRecord): void => this.#note(loadBalancer, record)
  }

  #note(loadBalancer: LoadBalancerRow, record: ExchangeRecord): void {
    const { status, targetStatus, targetMs, note, sentBytes } = record
    const own = this.#tally(loadBalancer, undefined)
    count(own, 'RequestCount', 1)
    count(own, 'ProcessedBytes', sentBytes + record.receivedBytes)
    if (targetStatus < 0) {
      if (status === 460) return
      count(own, `HTTPCode_ELB_${Math.floor(status / 100)}XX_Count`, 1)
      if (status >= 500 && status <= 504) count(own, `HTTPCode_ELB_${status}_Count`, 1)
      if (record.reason !== undefined)
        count(own, 'DesyncMitigationMode_NonCompliant_Request_Count', 1)
      return
    }
    const group = note?.startsWith('arn:') ? this.#tally(loadBalancer, note) : undefined
    for (const tally of group ? [own, group] : [own]) {
      count(tally, `HTTPCode_Target_${Math.floor(targetStatus / 100)}XX_Count`, 1)
      if (targetMs >= 0 && tally.times.length < maxTimes) tally.times.push(targetMs / 1000)
    }
    if (group) count(group, 'RequestCount', 1)
  }

  #tally(loadBalancer: LoadBalancerRow, group: string | undefined): Tally {
    const key = group === undefined ? loadBalancer.arn : `${loadBalancer.arn} ${group}`
    let tally = this.#tallies.get(key)
    if (!tally) {
      tally = { loadBalancer, group, counts: new Map(), times: [] }
      this.#tallies.set(key, tally)
      this.#cancel ??= this.#kernel.clock.after(tellMs, () => this.tell())
    }
    return tally
  }

  /** Tells what has been gathered. */
  tell(): void {
    this.#cancel?.()
    this.#cancel = undefined
    const { serviceMetrics } = this.#kernel
    for (const { loadBalancer, group, counts, times } of this.#tallies.values()) {
      const dimensions = {
        LoadBalancer: loadBalancer.arn.replace(/^.*:loadbalancer\//, ''),
        ...(group !== undefined && {
          TargetGroup: group.replace(/^.*:targetgroup\//, 'targetgroup/'),
        }),
      }
      for (const [name, value] of counts) {
        const unit = name === 'ProcessedBytes' ? 'Bytes' : 'Count'
        serviceMetrics.note(loadBalancer, { namespace, name, value, unit, dimensions })
      }
      for (const value of times) {
        const name = 'TargetResponseTime'
        serviceMetrics.note(loadBalancer, { namespace, name, value, unit: 'Seconds', dimensions })
      }
    }
    this.#tallies.clear()
  }
}

function count({ counts }: Tally, name: string, value: number): void {
  counts.set(name, (counts.get(name) ?? 0) + value)
}
