import type { AwsClients } from './aws-source.ts'
import { belongingsNamed } from './belongings.ts'
import { stateOf, write, type State, type WriteOptions } from './destination.ts'
import { faultOf, isUnreadable, reasonOf, type Entry, type Source } from './entry.ts'

/** What an import may do. */
export interface ImportOptions extends WriteOptions {
  /** Without it nothing is written. */
  readonly apply: boolean
  /** Whether what is there and differs is replaced. */
  readonly overwrite: boolean
}

type Fate = State | 'kept' | 'failed'

/**
 * Moves what a source gives into an installation, telling of each entry by name what becomes of it and never
 * its value. True when nothing failed.
 */
export async function runImport(
  clients: AwsClients,
  source: Source,
  options: ImportOptions,
  tell: (line: string) => void,
): Promise<boolean> {
  const counts: Record<Fate, number> = { new: 0, same: 0, changed: 0, kept: 0, failed: 0 }
  for await (const item of source) {
    const { fate, why } = isUnreadable(item)
      ? { fate: 'failed' as const, why: item.reason }
      : await move(clients, item, options)
    counts[fate]++
    tell(
      `${fate.padEnd(8)}${item.kind.padEnd(11)}${item.name}${why === undefined ? '' : `  (${why})`}`,
    )
  }
  tell(summary(counts, options))
  return counts.failed === 0
}

async function move(
  clients: AwsClients,
  entry: Entry,
  options: ImportOptions,
): Promise<{ readonly fate: Fate; readonly why?: string }> {
  const fault = faultOf(entry)
  if (fault !== undefined) return { fate: 'failed', why: fault }
  try {
    const state = await stateOf(clients, entry)
    if (state === 'same') return { fate: 'same' }
    if (state === 'changed' && !options.overwrite) {
      return { fate: 'kept', why: 'another value is there; --overwrite replaces it' }
    }
    const belongings = belongingsNamed(entry)
    const why = belongings.length === 0 ? undefined : `with ${belongings.join(', ')}`
    const failures = options.apply ? await write(clients, entry, { ...options, state }) : []
    if (failures.length > 0) {
      const told = `written, but not its ${failures.join('; its ')}`
      return { fate: 'failed', why: hidden(told, entry.value) }
    }
    return { fate: state, ...(why !== undefined && { why }) }
  } catch (error) {
    return { fate: 'failed', why: hidden(reasonOf(error), entry.value) }
  }
}

/** A reason may quote what it is about. */
function hidden(reason: string, value: Entry['value']): string {
  return typeof value === 'string' ? reason.replaceAll(value, '…') : reason
}

function summary(counts: Readonly<Record<Fate, number>>, { apply }: ImportOptions): string {
  const written = counts.new + counts.changed
  const others = `${counts.same} the same, ${counts.kept} kept, ${counts.failed} failed`
  return apply
    ? `${written} written (${counts.new} new, ${counts.changed} changed), ${others}`
    : `${written} would be written (${counts.new} new, ${counts.changed} changed), ${others}; --apply writes them`
}
