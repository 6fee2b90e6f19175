import { GetQueueAttributes$, SetQueueAttributes$ } from '@aws-sdk/client-sqs'
import type {
  GetQueueAttributesRequest,
  GetQueueAttributesResult,
  SetQueueAttributesRequest,
} from '@aws-sdk/client-sqs'
import type { Context } from '../../kernel/context.ts'
import { operation } from '../../kernel/service.ts'
import {
  askedAttributes,
  attributesOf,
  mergeAttributes,
  redriveOf,
  settingsOf,
} from './attributes.ts'
import { invalidParameter, missingParameter } from './errors.ts'
import { keptAttributes, withShownPolicy } from './queue-policy.ts'
import { countMessages } from './counts.ts'
import { queueAccess, queueAt, queueOfArn } from './queue-reference.ts'
import type { QueueSubject } from './queue-reference.ts'
import { messages, queues } from './store.ts'
import type { QueueRow } from './store.ts'
import { waitingRoom } from './waiting-room.ts'

/** Checks that the dead-letter queue of a changed redrive policy exists, fits, and takes this queue's messages. */
export async function checkRedrive(
  ctx: Context,
  queue: QueueRow,
  changes: Readonly<Record<string, string>>,
): Promise<void> {
  const json = changes['RedrivePolicy']
  const redrive = json ? redriveOf(json) : undefined
  if (!redrive) return
  const refuse = (reason: string) =>
    invalidParameter(`Value ${json} for parameter RedrivePolicy is invalid. Reason: ${reason}`)
  const { deadLetterTargetArn: arn } = redrive
  const found = await queueOfArn(ctx, arn)
  if (!found || found.queue.account !== queue.account) {
    throw refuse('Dead letter target does not exist.')
  }
  const { isFifo, redriveAllow } = settingsOf(found.queue)
  if (isFifo !== settingsOf(queue).isFifo) {
    throw refuse('Dead-letter queue must be same type of queue as the source.')
  }
  const { redrivePermission, sourceQueueArns } = redriveAllow
  const isAllowed =
    redrivePermission === 'allowAll' ||
    (redrivePermission === 'byQueue' && sourceQueueArns.includes(queue.arn))
  if (!isAllowed) throw refuse('Dead letter target does not allow this queue as its source.')
}

const countNames = [
  'ApproximateNumberOfMessages',
  'ApproximateNumberOfMessagesDelayed',
  'ApproximateNumberOfMessagesNotVisible',
]

/** GetQueueAttributes. */
export const GetQueueAttributes = operation<
  GetQueueAttributesRequest,
  GetQueueAttributesResult,
  QueueSubject
>(GetQueueAttributes$, {
  resolve: (input, ctx) => queueAt(ctx, input.QueueUrl),
  access: (_input, ctx, { queue }) => queueAccess(ctx, queue),
  async handle(input, ctx, subject) {
    const asked = askedAttributes(input.AttributeNames ?? [])
    const all: Record<string, string> = attributesOf(await withShownPolicy(ctx, subject.queue))
    if (countNames.some((name) => asked.has(name))) {
      const { available, delayed, inFlight } = await countMessages(
        subject.tables.table(messages),
        subject.queue,
        ctx.runtime(waitingRoom).now(),
      )
      all['ApproximateNumberOfMessages'] = String(available)
      all['ApproximateNumberOfMessagesDelayed'] = String(delayed)
      all['ApproximateNumberOfMessagesNotVisible'] = String(inFlight)
    }
    const shown = Object.entries(all).filter(([name]) => asked.has(name))
    return shown.length > 0 ? { Attributes: Object.fromEntries(shown) } : {}
  },
})

/** SetQueueAttributes. */
export const SetQueueAttributes = operation<SetQueueAttributesRequest, object, QueueSubject>(
  SetQueueAttributes$,
  {
    resolve: (input, ctx) => queueAt(ctx, input.QueueUrl),
    access: (_input, ctx, { queue }) => queueAccess(ctx, queue, { isOwn: true }),
    async handle(input, ctx, { queue, tables }) {
      const changes = input.Attributes ?? {}
      if (Object.keys(changes).length === 0) throw missingParameter('Attribute.Name')
      const { isFifo } = settingsOf(queue)
      const merged = mergeAttributes(queue.attributes, changes, { isFifo, isNew: false })
      const attributes = changes['Policy'] ? await keptAttributes(ctx, merged) : merged
      await checkRedrive(ctx, queue, changes)
      const modifiedAt = ctx.now.toISOString()
      tables.table(queues).put(queue.name, { ...queue, attributes, modifiedAt })
      return {}
    },
  },
)
