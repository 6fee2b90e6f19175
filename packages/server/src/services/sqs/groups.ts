import type { Context, Tables } from '../../kernel/context.ts'
import { groups, messages } from './store.ts'
import type { MessageRow } from './store.ts'
import { waitingRoom } from './waiting-room.ts'

/** A receive takes ten messages of a group at most, so no more of it are ever in flight. */
const mostInFlight = 10

/** Has calls that change the same groups come one after another, in an order that keeps them from waiting in a circle. */
export async function inTurn<T>(
  ctx: Context,
  keys: readonly string[],
  work: () => Promise<T>,
): Promise<T> {
  const { turns } = ctx.runtime(waitingRoom)
  const ordered = [...new Set(keys)].sort()
  const release = (): void => {
    for (const key of ordered) turns.release(key, ctx.requestId)
  }
  for (const key of ordered) await turns.take(key, ctx.requestId)
  ctx.afterCommit(release)
  try {
    return await work()
  } catch (error) {
    release()
    throw error
  }
}

/** The key of a group's row. */
export function groupKey({
  generation,
  groupId = '',
}: Pick<MessageRow, 'generation' | 'groupId'>): string {
  return `${generation}/${groupId}`
}

/** Enters a message of a FIFO queue into its group. */
export async function enterGroup(tables: Tables, row: MessageRow): Promise<void> {
  const { generation, groupId = '', sequenceNumber = '', visibleAt } = row
  const view = tables.table(groups)
  const key = groupKey(row)
  const group = await view.get(key)
  // Written at each send, so that a group is not forgotten while a message enters it.
  view.put(key, {
    generation,
    groupId,
    visibleAt: group?.visibleAt ?? visibleAt,
    lastSequence: sequenceNumber,
  })
}

/** Brings a group up to date after its messages were taken, given back or deleted. */
export async function settleGroup(
  tables: Tables,
  row: Pick<MessageRow, 'generation' | 'groupId'>,
  now: number,
): Promise<void> {
  const view = tables.table(groups)
  const key = groupKey(row)
  const group = await view.get(key)
  if (!group) return
  const rows = await tables
    .table(messages)
    .list({ index: 'group', equals: key, limit: mostInFlight + 1 })
  const [head] = rows
  if (!head) return view.delete(key)
  const inFlight = rows.map(({ value }) => value).filter((each) => isInFlight(each, now))
  const visibleAt = Math.max(...inFlight.map((each) => each.visibleAt), 0) || head.value.visibleAt
  view.put(key, { ...group, visibleAt })
}

/** Whether somebody has the message just now. */
export function isInFlight(row: MessageRow, now: number): boolean {
  return row.receipt !== undefined && row.visibleAt > now
}
