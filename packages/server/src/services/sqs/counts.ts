import type { TableView } from '../../kernel/context.ts'
import { settingsOf } from './attributes.ts'
import type { MessageRow, QueueRow } from './store.ts'

/** How many rows a count of expired messages looks at in one go. */
const pageRows = 500

/** What is needed of the messages' table. */
export type CountableMessages = Pick<TableView<MessageRow>, 'count' | 'list'>

/** The messages of a queue, by what can be done with them; the age is of the oldest, in milliseconds. */
export interface MessageCounts {
  readonly available: number
  readonly delayed: number
  readonly inFlight: number
  readonly oldestAgeMs: number
}

/** Counts a queue's messages; those past their retention that are not cleared away yet do not count. */
export async function countMessages(
  view: CountableMessages,
  queue: QueueRow,
  now: number,
): Promise<MessageCounts> {
  const { generation } = queue
  const later = { from: `${generation}/${now + 1}`, upTo: `${generation}/~` }
  const earlier = { from: `${generation}/`, upTo: `${generation}/${now}` }
  const [oldest] = await view.list({ prefix: `${generation}/`, limit: 1 })
  const oldestAgeMs = oldest ? now - oldest.value.sentAt : 0
  const hasExpired = oldestAgeMs >= settingsOf(queue).retentionMs
  const expired = hasExpired ? await countExpired(view, queue, now) : 0
  const delayed = await view.count({ index: 'delayed', ...later })
  const waiting = await view.count({ index: 'available', ...later })
  const available = (await view.count({ index: 'available', ...earlier })) - expired
  return { available: Math.max(available, 0), delayed, inFlight: waiting - delayed, oldestAgeMs }
}

/** Messages lie in the order in which they came, so the first that has not expired ends the count. */
async function countExpired(
  view: CountableMessages,
  queue: QueueRow,
  now: number,
): Promise<number> {
  const { retentionMs } = settingsOf(queue)
  let expired = 0
  let after: string | undefined
  for (;;) {
    const page = { prefix: `${queue.generation}/`, limit: pageRows }
    const rows = await view.list({ ...page, ...(after !== undefined && { after }) })
    const old = rows.filter(({ value }) => value.sentAt + retentionMs <= now)
    expired += old.filter(({ value }) => value.visibleAt <= now).length
    after = rows.at(-1)?.key
    if (old.length < pageRows) return expired
  }
}
