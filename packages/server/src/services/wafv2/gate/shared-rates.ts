import type { Kernel } from '../../../kernel/kernel.ts'
import { defineTable } from '../../../kernel/store/store.ts'
import { placeOf } from '../../../kernel/store/row-codec.ts'
import type { Aftermath } from './aftermath.ts'

/** What one node has counted within its windows, by web ACL, rule and key. */
interface SharedRates {
  readonly node: string
  readonly atMs: number
  readonly acls: Readonly<
    Record<string, Readonly<Record<string, Readonly<Record<string, number>>>>>
  >
}

/** One row a node, written anew every second while there is something to tell. */
const sharedRates = defineTable<SharedRates>({
  name: 'wafv2.shared-rates',
  scope: 'system',
  uncached: true,
})

/** A node that has not told anything for so long counts no more. */
const staleMs = 10_000

const lastTold = new WeakMap<Kernel, { readonly node: string; isEmpty: boolean }>()

/**
 * Tells the other nodes what this one has counted, and takes over what they have told: a node's counts are with the others
 * within about two seconds.
 */
export async function shareRates(
  kernel: Kernel,
  aftermaths: ReadonlyMap<string, Aftermath>,
): Promise<void> {
  const nowMs = kernel.clock.now().getTime()
  const told = lastTold.get(kernel) ?? { node: kernel.ids.uuid(), isEmpty: true }
  lastTold.set(kernel, told)
  const acls: Record<string, Record<string, Record<string, number>>> = {}
  for (const [arn, { rates }] of aftermaths) {
    const totals = rates.totals(nowMs)
    if (Object.keys(totals).length > 0) acls[arn] = totals
  }
  const isEmpty = Object.keys(acls).length === 0
  if (!isEmpty || !told.isEmpty) await write(kernel, { node: told.node, atMs: nowMs, acls })
  told.isEmpty = isEmpty
  const rows = await kernel.store.list(sharedRates, '-', {})
  const others = rows.filter(
    ({ value }) => value.node !== told.node && nowMs - value.atMs < staleMs,
  )
  for (const [arn, { rates }] of aftermaths) {
    rates.setElsewhere(others.map(({ value }) => value.acls[arn] ?? {}))
  }
}

async function write(kernel: Kernel, row: SharedRates): Promise<void> {
  const { store } = kernel
  const version = (await store.get(sharedRates, '-', row.node))?.version ?? 0
  const change = { ...placeOf(sharedRates, '-', row.node), expectedVersion: version, value: row }
  await store.commit({ changes: [change], expectations: [], audit: [] })
}
