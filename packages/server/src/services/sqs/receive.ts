import { hash } from 'node:crypto'
import { ReceiveMessage$ } from '@aws-sdk/client-sqs'
import type { ReceiveMessageRequest, ReceiveMessageResult } from '@aws-sdk/client-sqs'
import type { Context } from '../../kernel/context.ts'
import { operation } from '../../kernel/service.ts'
import { settingsOf } from './attributes.ts'
import { deadLettersOf } from './dead-letters.ts'
import { invalidParameter } from './errors.ts'
import { messageOut, wantedOf } from './message-output.ts'
import { count } from './metrics.ts'
import { queueAccess, queueAt } from './queue-reference.ts'
import type { QueueSubject } from './queue-reference.ts'
import { attempts, messages, queues } from './store.ts'
import { ensureSweep } from './sweep.ts'
import { takeFrom, takeFromGroups } from './take.ts'
import type { Taken, Taking } from './take.ts'
import { checkVisibility } from './visibility.ts'
import { waitingRoom } from './waiting-room.ts'

/** For how long a ReceiveRequestAttemptId gets the same messages again (API reference of ReceiveMessage). */
const attemptMs = 300_000

function checkReceive(input: ReceiveMessageRequest): void {
  const { MaxNumberOfMessages: max = 1, WaitTimeSeconds: wait = 0 } = input
  if (max < 1 || max > 10) {
    throw invalidParameter(
      `Value ${max} for parameter MaxNumberOfMessages is invalid. Reason: Must be between 1 and 10, if provided.`,
    )
  }
  if (wait < 0 || wait > 20) {
    throw invalidParameter(
      `Value ${wait} for parameter WaitTimeSeconds is invalid. Reason: Must be >= 0 and <= 20, if provided.`,
    )
  }
  checkVisibility(input.VisibilityTimeout)
  wantedOf(input)
}

function attemptKey({ queue }: QueueSubject, input: ReceiveMessageRequest): string | undefined {
  const id = input.ReceiveRequestAttemptId
  if (id === undefined || !settingsOf(queue).isFifo) return undefined
  return `${queue.generation}/${hash('sha256', id)}`
}

/** What an earlier try of this receive got, if nothing has happened to it since. */
async function takenBefore(
  { queue: { generation }, tables }: QueueSubject,
  key: string | undefined,
  now: number,
): Promise<Taken[]> {
  const attempt = key === undefined ? undefined : await tables.table(attempts).get(key)
  if (!attempt || attempt.until <= now) return []
  const taken: Taken[] = []
  for (const { key: message, receipt } of attempt.received) {
    const row = message.startsWith(generation)
      ? await tables.table(messages).get(message)
      : undefined
    if (!row || row.receipt !== receipt || row.visibleAt <= now) return []
    taken.push({ key: message, row })
  }
  return taken
}

/** Takes what is there now. */
async function takeNow(
  ctx: Context,
  subject: QueueSubject,
  input: ReceiveMessageRequest,
): Promise<{ readonly taken: readonly Taken[]; readonly hasWritten: boolean }> {
  const { queue, tables } = subject
  const settings = settingsOf(queue)
  const room = ctx.runtime(waitingRoom)
  const now = room.now()
  const key = attemptKey(subject, input)
  const visibility = input.VisibilityTimeout
  const taking: Taking = {
    ctx,
    subject,
    now,
    room,
    limit: input.MaxNumberOfMessages ?? 1,
    visibleAt: now + (visibility === undefined ? settings.visibilityMs : visibility * 1000),
    deadLetters: await deadLettersOf(ctx, subject),
  }
  const before = await takenBefore(subject, key, now)
  if (before.length > 0) return { taken: before, hasWritten: false }
  const found = settings.isFifo ? await takeFromGroups(taking) : await takeFrom(taking)
  if (key !== undefined && found.taken.length > 0) {
    const received = found.taken.map(({ key: message, row }) => ({
      key: message,
      receipt: row.receipt ?? '',
    }))
    tables.table(attempts).put(key, { until: now + attemptMs, received })
    ensureSweep(ctx, queue)
  }
  return found
}

/** Takes what is there, or waits for it: until the deadline, or the client or the server has gone. */
async function takeOrWait(
  ctx: Context,
  subject: QueueSubject,
  input: ReceiveMessageRequest,
): Promise<readonly Taken[]> {
  const { queue, tables } = subject
  const room = ctx.runtime(waitingRoom)
  const wait = input.WaitTimeSeconds
  const waitMs = wait === undefined ? settingsOf(queue).waitMs : wait * 1000
  // Moved or real, time passes for the deadline as for the messages.
  const deadline = ctx.now.getTime() + waitMs
  let isGone = false
  let wakeUp = (): void => {}
  if (waitMs > 0) {
    ctx.onGone(() => {
      isGone = true
      wakeUp()
    })
  }
  for (;;) {
    const { taken, hasWritten } = await takeNow(ctx, subject, input)
    const left = deadline - room.now()
    // What went to a dead-letter queue is not kept from it until the poll ends.
    if (taken.length > 0 || hasWritten || left <= 0 || room.isStopped) return taken
    await room.wait(queue.generation, left, (wake) => (wakeUp = wake))
    const still = await tables.table(queues).get(queue.name)
    if (isGone || still?.generation !== queue.generation) return []
  }
}

/** ReceiveMessage. */
export const ReceiveMessage = operation<ReceiveMessageRequest, ReceiveMessageResult, QueueSubject>(
  ReceiveMessage$,
  {
    dataEvent: true,
    readOnly: false,
    check: checkReceive,
    resolve: (input, ctx) => queueAt(ctx, input.QueueUrl),
    access: (_input, ctx, { queue }) => queueAccess(ctx, queue),
    async handle(input, ctx, subject) {
      const { queue } = subject
      ctx.audit.responseElements(null)
      const release = (): void => ctx.runtime(waitingRoom).release(queue.generation, ctx.requestId)
      ctx.afterCommit(release)
      try {
        const wanted = wantedOf(input)
        const Messages = []
        for (const each of await takeOrWait(ctx, subject, input)) {
          Messages.push(await messageOut(ctx, queue, each, wanted))
        }
        if (Messages.length === 0) {
          count(ctx, queue, 'NumberOfEmptyReceives', 1)
          return {}
        }
        count(ctx, queue, 'NumberOfMessagesReceived', Messages.length)
        return { Messages }
      } catch (error) {
        release()
        throw error
      }
    },
  },
)
