import type { Clock } from './clock.ts'
import type { Store } from './store/store.ts'
import { defineTable } from './store/store.ts'
import { beginWork } from './unit-of-work.ts'

interface ClockRow {
  readonly offsetMs: number
}

const clockTable = defineTable<ClockRow>({ name: 'kernel.clock', scope: 'system' })

/** Takes over the offset that the store holds, so that nodes and restarts agree on the time. */
export async function loadOffset(store: Store, clock: Clock): Promise<void> {
  const offsetMs = (await store.get(clockTable, '-', 'clock'))?.value.offsetMs ?? 0
  if (clock.offsetMs !== offsetMs) clock.setOffset(offsetMs)
}

/** Stores a new offset, then goes by it. */
export async function saveOffset(store: Store, clock: Clock, offsetMs: number): Promise<void> {
  const work = beginWork(store, '-', '-')
  work.store.table(clockTable).put('clock', { offsetMs })
  await store.commit({ ...(await work.batch()), audit: [] })
  clock.setOffset(offsetMs)
}
