import type { Context } from '../../kernel/context.ts'
import type { Task } from '../../kernel/tasks.ts'
import { queueUrl } from './delivery/dead-letter.ts'
import type { Event } from './delivery/delivery.ts'
import { failureOf } from './delivery/failure.ts'
import type { BusRow } from './store.ts'

interface Lost {
  readonly busArn: string
  readonly queueArn: string
  readonly event: string
  readonly code: string
  readonly message: string
}

/** Puts an event that a bus could not encrypt into the bus's own dead-letter queue. */
export const busDeadLetterTask: Task<Lost> = {
  name: 'events.bus-dead-letter',
  async run(ctx, { busArn, queueArn, event, code, message }) {
    const attribute = (StringValue: string) => ({ DataType: 'String', StringValue })
    const actor = { service: 'events.amazonaws.com', sourceArn: busArn }
    try {
      await ctx.callAs(actor, 'sqs', 'SendMessage', {
        QueueUrl: queueUrl(ctx, queueArn),
        MessageBody: event,
        MessageAttributes: { ERROR_CODE: attribute(code), ERROR_MESSAGE: attribute(message) },
      })
    } catch (error) {
      // A queue that cannot be reached ends the matter, as it does for targets.
      if (failureOf(error).isRetryable) throw error
    }
    return undefined
  },
}

/** An event that cannot be kept on a bus as its owner wants it: to the bus's dead-letter queue, if it has one. */
export function loseEvent(
  ctx: Context,
  { arn, deadLetterArn }: Pick<BusRow, 'arn' | 'deadLetterArn'>,
  event: Event,
  error: unknown,
): void {
  const { code, message, isRetryable } = failureOf(error)
  if (isRetryable) throw error
  if (deadLetterArn === undefined) return
  const [, , , region = '', account = ''] = arn.split(':')
  const lost = { busArn: arn, queueArn: deadLetterArn, event: JSON.stringify(event) }
  ctx.enqueue(busDeadLetterTask, { ...lost, code, message }, { account, region })
}
