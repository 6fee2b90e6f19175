import type { Context } from '../../kernel/context.ts'
import { settingsOf } from './attributes.ts'
import { invalidParameter, invalidReceipt, missingParameter } from './errors.ts'
import { groupKey, isInFlight } from './groups.ts'
import type { QueueSubject } from './queue-reference.ts'
import { messages } from './store.ts'
import type { MessageRow, QueueRow } from './store.ts'
import { waitingRoom } from './waiting-room.ts'

/** What a receipt handle says: which message of which queue, at which receive. */
interface Receipt {
  readonly key: string
  readonly receipt: string
}

/** The receipt handle of one receive of a message. */
export function handleOf(queue: QueueRow, key: string, receipt: string): string {
  return Buffer.from([queue.name, key, receipt].join(' ')).toString('base64')
}

/** Reads a receipt handle. Throws ReceiptHandleIsInvalid for one that is none of the queue's. */
function readHandle(queue: QueueRow, handle: string | undefined): Receipt {
  if (!handle) throw missingParameter('ReceiptHandle')
  const [name, key, receipt] = Buffer.from(handle, 'base64').toString().split(' ')
  if (name !== queue.name || !key?.includes('/') || !receipt) throw invalidReceipt(handle)
  return { key, receipt }
}

/** The groups of a FIFO queue's messages, by the keys of their rows; handles that are none are passed over. */
export async function groupsOf(
  { queue, tables }: QueueSubject,
  handles: readonly (string | undefined)[],
): Promise<string[]> {
  if (!settingsOf(queue).isFifo) return []
  const keys: string[] = []
  for (const handle of handles) {
    const [, key = ''] = Buffer.from(handle ?? '', 'base64')
      .toString()
      .split(' ')
    const row = key.startsWith(`${queue.generation}/`)
      ? await tables.table(messages).get(key)
      : undefined
    if (row) keys.push(groupKey(row))
  }
  return keys
}

/** The message of a receipt handle, if it is still there. */
export async function messageOf(
  ctx: Context,
  { queue, tables }: QueueSubject,
  handle: string | undefined,
): Promise<{ key: string; row: MessageRow; now: number } | undefined> {
  const { key, receipt } = readHandle(queue, handle)
  const row = key.startsWith(`${queue.generation}/`)
    ? await tables.table(messages).get(key)
    : undefined
  if (!row) return undefined
  const now = ctx.runtime(waitingRoom).now()
  const isCurrent = row.receipt === receipt && isInFlight(row, now)
  if (settingsOf(queue).isFifo && !isCurrent) {
    throw invalidParameter(
      `Value ${handle} for parameter ReceiptHandle is invalid. Reason: The receipt handle has expired.`,
    )
  }
  return { key, row, now }
}
