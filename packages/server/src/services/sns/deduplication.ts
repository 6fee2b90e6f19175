import { hash } from 'node:crypto'
import type { Context, Tables } from '../../kernel/context.ts'
import type { Job } from '../../kernel/jobs.ts'
import { courier } from './courier.ts'
import type { PublishEntry } from './publish-input.ts'
import { deduplications } from './store.ts'
import type { DeduplicationRow, TopicRow } from './store.ts'
import { isFifo } from './topic-attributes.ts'

/** For how long a FIFO topic remembers what was published to it. */
const rememberedMs = 300_000
const sweepMs = 600_000
const stepRows = 500

/** What a FIFO topic would take for the same message; undefined for standard topics. */
export function deduplicationOf(topic: TopicRow, entry: PublishEntry) {
  if (!isFifo(topic)) return undefined
  const id = entry.MessageDeduplicationId ?? hash('sha256', entry.Message ?? '')
  const isByGroup = topic.attributes['FifoThroughputScope'] === 'MessageGroup'
  const scope = isByGroup ? entry.MessageGroupId : ''
  return { id, key: `${topic.name}/${hash('sha256', JSON.stringify([scope, id]))}` }
}

/** What was published under the same key within the last minutes, if anything was. */
export async function publishedBefore(
  ctx: Context,
  tables: Tables,
  key: string,
): Promise<DeduplicationRow | undefined> {
  const row = await tables.table(deduplications).get(key)
  return row && row.until > ctx.runtime(courier).now() ? row : undefined
}

/** Remembers a message, and has it forgotten in time. */
export function rememberPublished(
  ctx: Context,
  topic: TopicRow,
  tables: Tables,
  { key, messageId, sequenceNumber }: Omit<DeduplicationRow, 'until'> & { readonly key: string },
): void {
  const kept = ctx.runtime(courier)
  const now = kept.now()
  tables.table(deduplications).put(key, { messageId, sequenceNumber, until: now + rememberedMs })
  const mark = `sweep|${topic.arn}`
  if (kept.isNoted(mark)) return
  const { account, region } = topic
  ctx.schedule.at(sweepJob, topic.name, new Date(now + sweepMs), { account, region })
  ctx.afterCommit(() => kept.note(mark, now + sweepMs))
}

/** Forgets what a topic has remembered for long enough, and comes again while there is more. */
export const sweepJob: Job = {
  name: 'sns.sweep',
  async run(ctx, name) {
    const view = ctx.store.table(deduplications)
    const rows = await view.list({ prefix: `${name}/`, limit: stepRows })
    const now = ctx.now.getTime()
    for (const { key, value } of rows) if (value.until <= now) view.delete(key)
    if (rows.length === 0) return
    const wait = rows.length === stepRows ? 1 : sweepMs
    ctx.schedule.at(sweepJob, name, new Date(now + wait))
  },
}
