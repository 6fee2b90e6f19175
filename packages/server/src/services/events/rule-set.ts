import { eventInterest } from '../../kernel/events.ts'
import type { Tables } from '../../kernel/context.ts'
import type { ids } from '../../kernel/ids.ts'
import { compileEventPattern } from '../../kernel/event-pattern/index.ts'
import type { EventPattern } from '../../kernel/event-pattern/index.ts'
import { defaultBus } from './bus-reference.ts'
import { rules, ruleSets } from './store.ts'
import type { RuleRow, RuleSetRow } from './store.ts'

/** A rule with its compiled pattern. */
export interface MatchingRule {
  readonly rule: RuleRow
  readonly pattern: EventPattern
}

/** The rules of a bus that match events, found by the event's source. */
export class RuleSet {
  readonly #bySource = new Map<string, MatchingRule[]>()
  readonly #anySource: MatchingRule[] = []

  constructor(listed: readonly RuleRow[]) {
    for (const rule of listed) {
      if (!isMatching(rule) || rule.pattern === undefined) continue
      this.#add({ rule, pattern: compileEventPattern(rule.pattern) })
    }
  }

  #add(matching: MatchingRule): void {
    const { sources } = matching.pattern
    if (!sources) {
      this.#anySource.push(matching)
      return
    }
    for (const source of sources) {
      const known = this.#bySource.get(source)
      if (known) known.push(matching)
      else this.#bySource.set(source, [matching])
    }
  }

  /** The rules whose patterns an event matches. */
  matching(event: { readonly source: string }): RuleRow[] {
    const found: RuleRow[] = []
    for (const candidates of [this.#bySource.get(event.source) ?? [], this.#anySource]) {
      for (const { rule, pattern } of candidates) if (pattern.matches(event)) found.push(rule)
    }
    return found
  }
}

/** Whether a rule is to be looked at when an event comes. */
function isMatching({ state, pattern }: RuleRow): boolean {
  return pattern !== undefined && state !== 'DISABLED'
}

/** Rows keep their identity while they are cached, and change with every change of a rule. */
const compiled = new WeakMap<RuleSetRow, Promise<RuleSet>>()

/** The compiled rules of a bus; undefined when it has none that match events. */
export async function ruleSetOf(tables: Tables, bus: string): Promise<RuleSet | undefined> {
  const row = await tables.table(ruleSets).get(bus)
  if (!row || row.matching === 0) return undefined
  let set = compiled.get(row)
  if (!set) {
    set = load(tables, bus)
    compiled.set(row, set)
    set.catch(() => compiled.delete(row))
  }
  return set
}

async function load(tables: Tables, bus: string): Promise<RuleSet> {
  const rows = await tables.table(rules).list({ prefix: `${bus}|` })
  return new RuleSet(rows.map(({ value }) => value))
}

/** Notes that a rule of a bus was made, changed or deleted; called after the rule's row was written. */
export async function rulesChanged(
  tables: Tables,
  bus: string,
  { uuid }: Pick<typeof ids, 'uuid'>,
): Promise<void> {
  const table = tables.table(ruleSets)
  await table.get(bus)
  const rows = await tables.table(rules).list({ prefix: `${bus}|` })
  const matching = rows.filter(({ value }) => isMatching(value)).length
  table.put(bus, { generation: uuid(), matching })
  if (bus === defaultBus) tables.table(eventInterest).put(defaultBus, { rules: matching })
}
