import type { Context } from '../../kernel/context.ts'
import { settingsOf } from './attributes.ts'
import { moveTo } from './dead-letters.ts'
import type { DeadLetters } from './dead-letters.ts'
import { settleGroup } from './groups.ts'
import type { QueueSubject } from './queue-reference.ts'
import { groups, messages } from './store.ts'
import type { MessageRow } from './store.ts'
import type { WaitingRoom } from './waiting-room.ts'

/** A message that a receive takes, as it is from now on. */
export interface Taken {
  readonly key: string
  readonly row: MessageRow
}

/** What a receive is about to take. Times are epoch milliseconds. */
export interface Taking {
  readonly ctx: Context
  readonly subject: QueueSubject
  readonly room: WaitingRoom
  readonly now: number
  readonly limit: number
  /** When what is taken can be received again. */
  readonly visibleAt: number
  readonly deadLetters: DeadLetters | undefined
}

/** What was taken, and whether messages expired or went to the dead-letter queue on the way. */
export interface TakenAll {
  readonly taken: readonly Taken[]
  readonly hasWritten: boolean
}

/** How many messages a receive looks at. */
const maxSeen = 500

/** Receipts need to be unguessable no more than the queue's URL: who may delete is for IAM to say. */
const receiptDigits = 16

/** Takes one message, or puts it where it belongs when its time is over: then undefined. */
async function takeOne(taking: Taking, { key, value: row }: StoredMessage) {
  const { ctx, subject, now, deadLetters, visibleAt } = taking
  const { queue, tables } = subject
  const view = tables.table(messages)
  if (row.sentAt + settingsOf(queue).retentionMs <= now) {
    view.delete(key)
    return undefined
  }
  if (deadLetters && row.receiveCount >= deadLetters.maxReceiveCount) {
    view.delete(key)
    await moveTo(ctx, deadLetters.target, { ...row, deadLetterSourceArn: queue.arn })
    return undefined
  }
  const next: MessageRow = {
    ...row,
    visibleAt,
    receiveCount: row.receiveCount + 1,
    firstReceivedAt: row.firstReceivedAt ?? now,
    receivedAt: now,
    receipt: ctx.ids.hex(receiptDigits),
  }
  view.put(key, next)
  return { key, row: next }
}

interface StoredMessage {
  readonly key: string
  readonly value: MessageRow
}

/** Has other receives pass over what this one is about to take, until its commit is through. */
function claim({ ctx, room, subject }: Taking, keys: readonly string[]): void {
  const { generation } = subject.queue
  room.claim(generation, keys, ctx.requestId)
}

/** Takes available messages of a standard queue, those that have been available longest first. */
export async function takeFrom(taking: Taking): Promise<TakenAll> {
  const { ctx, room, subject, now, limit } = taking
  const { generation } = subject.queue
  const taken: Taken[] = []
  let hasWritten = false
  const seen = new Set<string>()
  // What is past its time is cleared away on the way, but no call works through a whole backlog.
  while (taken.length < limit && seen.size < maxSeen) {
    const rows = await subject.tables.table(messages).list({
      index: 'available',
      from: `${generation}/`,
      upTo: `${generation}/${now}`,
      limit: limit + room.claimsOn(generation),
    })
    const free = rows.filter(
      ({ key }) => !seen.has(key) && !room.isClaimed(generation, key, ctx.requestId),
    )
    if (free.length === 0) break
    const batch = free.slice(0, limit - taken.length)
    const keys = batch.map(({ key }) => key)
    claim(taking, keys)
    for (const stored of batch) {
      seen.add(stored.key)
      const one = await takeOne(taking, stored)
      if (one) taken.push(one)
      else hasWritten = true
    }
  }
  return { taken, hasWritten }
}

/**
 * Takes messages of a FIFO queue: of groups that have nothing in flight, each group's in its order
 * (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/FIFO-queues-understanding-logic.html).
 */
export async function takeFromGroups(taking: Taking): Promise<TakenAll> {
  const { ctx, room, subject, now, limit } = taking
  const { generation } = subject.queue
  const rows = await subject.tables.table(groups).list({
    index: 'available',
    from: `${generation}/`,
    upTo: `${generation}/${now}`,
    limit: limit + room.claimsOn(generation),
  })
  const taken: Taken[] = []
  let hasWritten = false
  for (const { key } of rows) {
    if (taken.length >= limit) break
    if (room.isClaimed(generation, key, ctx.requestId)) continue
    claim(taking, [key])
    const before = taken.length
    const hasLost = await takeOfGroup(taking, key, taken)
    hasWritten ||= hasLost
    if (taken.length > before || hasLost) {
      const groupId = key.slice(generation.length + 1)
      await settleGroup(subject.tables, { generation, groupId }, now)
    }
  }
  return { taken, hasWritten }
}

/** Takes from the head of a group; tells whether messages left the queue on the way. */
async function takeOfGroup(taking: Taking, group: string, taken: Taken[]): Promise<boolean> {
  const { subject, now, limit } = taking
  const view = subject.tables.table(messages)
  let hasLost = false
  let after: string | undefined
  while (taken.length < limit) {
    const query = { index: 'group', equals: group, limit: limit - taken.length }
    const rows = await view.list({ ...query, ...(after !== undefined && { after }) })
    if (rows.length === 0) return hasLost
    for (const stored of rows) {
      if (stored.value.visibleAt > now) return hasLost
      after = stored.key
      const one = await takeOne(taking, stored)
      if (one) taken.push(one)
      else hasLost = true
      if (taken.length >= limit) break
    }
  }
  return hasLost
}
