import type { Verdict } from '@bartizan/waf'
import type { Visibilities } from './metric-names.ts'
import type { Occurrence } from './occurrence.ts'

/** A sampled request, and in what way it was one for the rule. */
export interface Sample {
  readonly occurrence: Occurrence
  readonly action: string
  readonly overriddenAction?: string
  readonly ruleWithinGroup?: string
}

const keptMs = 3 * 3_600_000
const perRule = 500
const minuteMs = 60_000

interface RuleSamples {
  /** The latest, as a ring. */
  readonly ring: Sample[]
  next: number
  /** How many requests there were, by minute. */
  readonly minutes: Map<number, number>
}

/** The latest requests that rules have matched, for three hours. */
export class Samples {
  readonly #rules = new Map<string, RuleSamples>()

  /** Keeps a request under the metric name of every rule that matched it and wants samples. */
  note(occurrence: Occurrence, { acl, rules, inner }: Visibilities): void {
    const { verdict } = occurrence
    const { terminatingRuleId, action } = verdict
    if (terminatingRuleId === 'Default_Action') {
      if (acl.isSampled) this.#keep(acl.metric, { occurrence, action })
    } else {
      const own = rules.get(terminatingRuleId)
      if (own?.isSampled) this.#keep(own.metric, { occurrence, action, ...within(verdict) })
    }
    for (const { ruleId, action: counted } of verdict.nonTerminatingMatchingRules) {
      const own = rules.get(ruleId)
      if (own?.isSampled) this.#keep(own.metric, { occurrence, action: counted })
    }
    for (const {
      ruleGroupId,
      nonTerminatingMatchingRules,
      terminatingRule,
    } of verdict.ruleGroupList) {
      const matched = [
        ...nonTerminatingMatchingRules,
        ...(terminatingRule ? [terminatingRule] : []),
      ]
      for (const { ruleId, action: done, overriddenAction } of matched) {
        const own = inner.get(`${ruleGroupId} ${ruleId}`)
        if (!own?.isSampled) continue
        const overridden = overriddenAction === undefined ? {} : { overriddenAction }
        this.#keep(own.metric, { occurrence, action: done, ruleWithinGroup: ruleId, ...overridden })
      }
    }
  }

  /** Samples of a metric name within a time, the newest first, and of how many requests they are. */
  of(
    metric: string,
    { fromMs, toMs, most }: { fromMs: number; toMs: number; most: number },
  ): { readonly samples: readonly Sample[]; readonly population: number } {
    const kept = this.#rules.get(metric)
    if (!kept) return { samples: [], population: 0 }
    const inside = kept.ring
      .filter(({ occurrence: { atMs } }) => atMs >= fromMs && atMs <= toMs)
      .sort((a, b) => b.occurrence.atMs - a.occurrence.atMs)
    let counted = 0
    for (const [minute, count] of kept.minutes) {
      if (minute * minuteMs >= fromMs - minuteMs && minute * minuteMs <= toMs) counted += count
    }
    // Minutes at the edges count whole only where the ring has lost requests.
    const population = kept.ring.length < perRule ? inside.length : Math.max(counted, inside.length)
    return { samples: inside.slice(0, most), population }
  }

  /** Every request of the last three hours that is still kept, once each. */
  *all(fromMs: number, toMs: number): Generator<Occurrence> {
    const seen = new Set<Occurrence>()
    for (const { ring } of this.#rules.values()) {
      for (const { occurrence } of ring) {
        if (seen.has(occurrence) || occurrence.atMs < fromMs || occurrence.atMs > toMs) continue
        seen.add(occurrence)
        yield occurrence
      }
    }
  }

  #keep(metric: string, sample: Sample): void {
    let kept = this.#rules.get(metric)
    if (!kept) this.#rules.set(metric, (kept = { ring: [], next: 0, minutes: new Map() }))
    kept.ring[kept.next] = sample
    kept.next = (kept.next + 1) % perRule
    const { atMs } = sample.occurrence
    const minute = Math.floor(atMs / minuteMs)
    const before = kept.minutes.get(minute)
    kept.minutes.set(minute, (before ?? 0) + 1)
    if (before !== undefined) return
    for (const old of kept.minutes.keys()) {
      if (old * minuteMs < atMs - keptMs) kept.minutes.delete(old)
    }
  }
}

function within({ ruleGroupList, terminatingRuleType }: Verdict) {
  if (!terminatingRuleType.includes('GROUP')) return {}
  const ruleId = ruleGroupList.at(-1)?.terminatingRule?.ruleId
  return ruleId === undefined ? {} : { ruleWithinGroup: ruleId }
}
