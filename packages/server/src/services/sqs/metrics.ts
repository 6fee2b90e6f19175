import type { Context } from '../../kernel/context.ts'
import type { QueueRow } from './store.ts'
import { waitingRoom } from './waiting-room.ts'

/** Publishes a count of a queue in use to CloudWatch, if there is anything to count. */
export function count(ctx: Context, queue: QueueRow, name: string, value: number): void {
  ctx.runtime(waitingRoom).gauges.note(queue)
  if (value === 0) return
  ctx.metric({ namespace: 'AWS/SQS', name, value, dimensions: { QueueName: queue.name } })
}
