import { readFileSync } from 'node:fs'
import { WAFV2 } from '@aws-sdk/client-wafv2'
import type { IPSet, RegexPatternSet, RuleGroup, WebACL } from '@aws-sdk/client-wafv2'
import {
  compile,
  managedRuleGroups,
  type CompiledWebAcl,
  type RateCounters,
  type References,
  type Surroundings,
} from '@bartizan/waf'
import type { Installation } from '../installation.ts'

/** What `aws wafv2 get-…` prints. */
interface Printed {
  readonly WebACL?: WebACL
  readonly RuleGroup?: RuleGroup
  readonly IPSet?: IPSet
  readonly RegexPatternSet?: RegexPatternSet
}

function read(file: string): Printed {
  return JSON.parse(readFileSync(file, 'utf8'), (key, value: unknown) =>
    key === 'SearchString' && typeof value === 'string' ? Buffer.from(value, 'base64') : value,
  ) as Printed
}

/** Compiles the web ACL of a file, or of an ARN on the server, with what it refers to. */
export async function loadAcl(
  from: string,
  referenceFiles: readonly string[],
  installation: Installation,
): Promise<CompiledWebAcl> {
  if (from.startsWith('arn:')) return fromServer(from, installation)
  const printed = read(from)
  const acl = printed.WebACL ?? (printed as WebACL)
  const others = referenceFiles.map(read)
  return compile(acl, {
    ruleGroups: others.flatMap(({ RuleGroup: group }) => group ?? []),
    ipSets: others.flatMap(({ IPSet: set }) => set ?? []),
    regexPatternSets: others.flatMap(({ RegexPatternSet: set }) => set ?? []),
    managedRuleGroups,
  })
}

async function fromServer(
  arn: string,
  { endpoint, region, credentials }: Installation,
): Promise<CompiledWebAcl> {
  const ownRegion = arn.split(':')[3] ?? region
  const waf = new WAFV2({ endpoint, region: ownRegion, credentials: credentials() })
  const { WebACL: acl } = await waf.getWebACL({ ARN: arn })
  if (!acl) throw new Error(`there is no web ACL ${arn}`)
  const ruleGroups: RuleGroup[] = []
  const ipSets: IPSet[] = []
  const regexPatternSets: RegexPatternSet[] = []
  for (const ARN of referencesIn(acl)) {
    const { RuleGroup: group } = ARN.includes('/rulegroup/') ? await waf.getRuleGroup({ ARN }) : {}
    if (group) ruleGroups.push(group)
  }
  for (const ARN of new Set([...referencesIn(acl), ...referencesIn(ruleGroups)])) {
    const [reach, kind, Name = '', Id = ''] = ARN.split(':').slice(5).join(':').split('/')
    const naming = { Name, Id, Scope: reach === 'global' ? 'CLOUDFRONT' : 'REGIONAL' } as const
    if (kind === 'ipset') {
      const { IPSet: set } = await waf.getIPSet(naming)
      if (set) ipSets.push(set)
    } else if (kind === 'regexpatternset') {
      const { RegexPatternSet: set } = await waf.getRegexPatternSet(naming)
      if (set) regexPatternSets.push(set)
    }
  }
  const references: References = { ruleGroups, ipSets, regexPatternSets, managedRuleGroups }
  return compile(acl, references)
}

/** ARNs in statements that refer to something. */
function referencesIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return []
  return Object.entries(value).flatMap(([name, member]: [string, unknown]) => {
    const { ARN } = (member ?? {}) as { readonly ARN?: string }
    const own = name.endsWith('ReferenceStatement') && ARN !== undefined ? [ARN] : []
    return [...own, ...referencesIn(member)]
  })
}

/** Counts by the times that requests were recorded at. */
class RecordedRates implements RateCounters {
  readonly #times = new Map<string, number[]>()

  count(rule: string, key: string, windowSec: number, nowMs: number): number {
    const name = `${rule} ${key}`
    const times = (this.#times.get(name) ?? []).filter((time) => time > nowMs - windowSec * 1000)
    times.push(nowMs)
    this.#times.set(name, times)
    return times.length
  }
}

/** Surroundings without location data: countries and systems are unknown. */
export function recordedSurroundings(): (atMs: number) => Surroundings {
  const rates = new RecordedRates()
  return (nowMs) => ({ nowMs, rates })
}
