import type { Context } from '../../kernel/context.ts'
import { defineRuntime } from '../../kernel/runtime.ts'
import { creationTurns, parameters } from './store.ts'
import { tierLimits } from './values.ts'
import type { StoredTier } from './values.ts'

/** Into how many parts the room that is left is cut: as many nodes may create before any counts again. */
const shares = 8

/** With less room than this, creations take turns, so that none overlooks another. */
const tightRoom = 256

/** How many parameters may still be created before the store counts again, by place and tier. */
const allowances = defineRuntime('ssm.allowances', () => new Map<string, number>())

/**
 * Whether a tier has room for one more parameter. Counting takes longer the more there are, so a
 * count is good for a share of the room that it found; close to the limit every call counts, and
 * conflicts with every other that creates a parameter at the same time.
 */
export async function hasRoom(ctx: Context, tier: StoredTier): Promise<boolean> {
  const left = ctx.runtime(allowances)
  const place = `${ctx.account}/${ctx.region}/${tier}`
  let allowance = left.get(place) ?? 0
  if (allowance === 0) {
    const turns = ctx.store.table(creationTurns)
    const turn = await turns.get(tier)
    const count = await ctx.store.table(parameters).count({ index: 'tier', equals: tier })
    const room = tierLimits[tier].parameters - count
    if (room <= 0) return false
    if (room < tightRoom) {
      turns.put(tier, { turn: (turn?.turn ?? 0) + 1 })
      return true
    }
    allowance = Math.floor(room / shares)
  }
  left.set(place, allowance - 1)
  return true
}
