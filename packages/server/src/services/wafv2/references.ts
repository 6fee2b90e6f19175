import { managedRuleGroups, type ManagedRuleGroup, type References } from '@bartizan/waf'
import type { ManagedRuleGroupStatement, Rule } from '@aws-sdk/client-wafv2'
import { definitionOf, ipSetOf, regexPatternSetOf, ruleGroupOf } from './definitions.ts'
import type { EntityRow } from './store.ts'

/** What rules refer to. */
export interface Referred {
  /** ARNs of IP sets, regex pattern sets and rule groups, each once. */
  readonly arns: readonly string[]
  readonly managed: readonly ManagedRuleGroupStatement[]
}

/** Everything that rules refer to, however deep in their statements. */
export function referredBy(rules: readonly Rule[] | undefined): Referred {
  const arns = new Set<string>()
  const managed: ManagedRuleGroupStatement[] = []
  const walk = (value: unknown): void => {
    if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return
    for (const [name, member] of Object.entries(value)) {
      if (name === 'ManagedRuleGroupStatement' && member) {
        managed.push(member as ManagedRuleGroupStatement)
      }
      if (name.endsWith('ReferenceStatement') && member) {
        const { ARN } = member as { readonly ARN?: string }
        if (ARN !== undefined) arns.add(ARN)
      }
      walk(member)
    }
  }
  walk(rules)
  return { arns: [...arns], managed }
}

/** The managed rule group that a statement uses; undefined when there is none of its name and version. */
export function managedGroupOf({
  VendorName,
  Name,
  Version,
}: ManagedRuleGroupStatement): ManagedRuleGroup | undefined {
  const named = managedRuleGroups.filter(
    ({ vendorName, name }) => vendorName === VendorName && name === Name,
  )
  if (Version === undefined) return named[0]
  return named.find(({ version }) => version === Version)
}

/** Reads an entity by its ARN, of whatever account. */
export type EntityReader = (arn: string) => Promise<EntityRow | undefined>

/** All that is needed to compile rules: what they refer to, and what rule groups among it refer to. */
export async function loadReferences(
  rules: readonly Rule[] | undefined,
  read: EntityReader,
): Promise<References> {
  const rows = new Map<string, EntityRow>()
  const load = async (arns: readonly string[]): Promise<void> => {
    for (const arn of arns) {
      if (rows.has(arn)) continue
      const row = await read(arn)
      if (!row) continue
      rows.set(arn, row)
      if (row.kind === 'rulegroup') await load(row.uses)
    }
  }
  await load(referredBy(rules).arns)
  const all = [...rows.values()]
  const of = <T>(kind: EntityRow['kind'], shown: (row: EntityRow) => T): T[] =>
    all.filter((row) => row.kind === kind).map(shown)
  return {
    ruleGroups: of('rulegroup', ruleGroupOf),
    ipSets: of('ipset', ipSetOf),
    regexPatternSets: of('regexpatternset', regexPatternSetOf),
    managedRuleGroups,
  }
}

/** The rules of a web ACL or rule group as they are stored. */
export function rulesOf(row: EntityRow): readonly Rule[] {
  return definitionOf<{ readonly Rules?: readonly Rule[] }>(row).Rules ?? []
}
