import type { Kernel } from './kernel.ts'
import { defineTable } from './store/store.ts'

/** Services, by id, that have something to take up at every start of the server; each says so itself. */
export const startUps = defineTable<object>({ name: 'kernel.start-ups', scope: 'system' })

/** Lets services take up what an earlier process had: the others stay unloaded. */
export async function takeUp(kernel: Kernel): Promise<void> {
  for (const { key } of await kernel.store.list(startUps, '-', {})) {
    const service = await kernel.services.load(key)
    await service?.startUp?.(kernel)
  }
}
