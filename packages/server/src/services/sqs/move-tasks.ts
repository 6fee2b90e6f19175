import {
  CancelMessageMoveTask$,
  ListMessageMoveTasks$,
  ResourceNotFoundException$,
  StartMessageMoveTask$,
} from '@aws-sdk/client-sqs'
import type {
  CancelMessageMoveTaskRequest,
  CancelMessageMoveTaskResult,
  ListMessageMoveTasksRequest,
  ListMessageMoveTasksResult,
  StartMessageMoveTaskRequest,
  StartMessageMoveTaskResult,
} from '@aws-sdk/client-sqs'
import { claimOf } from '../../kernel/claims.ts'
import type { Context } from '../../kernel/context.ts'
import { awsError } from '../../kernel/errors.ts'
import { operation } from '../../kernel/service.ts'
import type { Access } from '../../kernel/service.ts'
import type { Task } from '../../kernel/tasks.ts'
import { settingsOf } from './attributes.ts'
import { moveTo } from './dead-letters.ts'
import { invalidParameter, missingParameter, unsupported } from './errors.ts'
import { settleGroup } from './groups.ts'
import { queueAccess, queueOfArn } from './queue-reference.ts'
import type { QueueSubject } from './queue-reference.ts'
import { messages, moveTasks, queues } from './store.ts'
import type { MessageRow, MoveTaskRow } from './store.ts'
import { waitingRoom } from './waiting-room.ts'

/** How many messages a unit of work moves where no rate is set. */
const stepMessages = 100
const stepMs = 1_000
const maxPerSecond = 500
/** Finished tasks are listed up to this many (API reference of ListMessageMoveTasks). */
const maxListed = 10

const notFound = (message: string) => awsError(ResourceNotFoundException$, message)

async function sourceOf(ctx: Context, arn: string | undefined): Promise<QueueSubject> {
  if (!arn) throw missingParameter('SourceArn')
  const found = await queueOfArn(ctx, arn)
  if (!found) {
    throw notFound("The resource that you specified for the SourceArn parameter doesn't exist.")
  }
  return found
}

interface Move {
  readonly source: QueueSubject
  readonly destination: QueueSubject | undefined
}

async function moveOf(ctx: Context, input: StartMessageMoveTaskRequest): Promise<Move> {
  const source = await sourceOf(ctx, input.SourceArn)
  const arn = input.DestinationArn
  const destination = arn === undefined ? undefined : await queueOfArn(ctx, arn)
  if (arn !== undefined && !destination) {
    throw notFound(
      "The resource that you specified for the DestinationArn parameter doesn't exist.",
    )
  }
  return { source, destination }
}

function moveAccess(ctx: Context, { source, destination }: Move): Access[] {
  const own = (action: string) => queueAccess(ctx, source.queue, { action, isOwn: true })
  return [
    ...['StartMessageMoveTask', 'ReceiveMessage', 'DeleteMessage', 'GetQueueAttributes'].map(own),
    ...(destination ? [queueAccess(ctx, destination.queue, { action: 'SendMessage' })] : []),
  ]
}

async function tasksOf({ queue, tables }: QueueSubject) {
  return tables.table(moveTasks).list({ prefix: `${queue.name}/` })
}

async function checkMove({ source, destination }: Move): Promise<void> {
  const { queue, tables } = source
  const sources = await tables
    .table(queues)
    .list({ index: 'deadLetterQueue', equals: queue.arn, limit: 1 })
  if (sources.length === 0) {
    throw invalidParameter('Source queue must be configured as a Dead Letter Queue.')
  }
  if (destination && settingsOf(destination.queue).isFifo !== settingsOf(queue).isFifo) {
    throw invalidParameter('Source queue and destination queue must be of the same type.')
  }
  if (destination?.queue.arn === queue.arn) {
    throw invalidParameter('Source queue arn and destination queue arn cannot be the same.')
  }
  const running = (await tasksOf(source)).some(({ value }) => isActive(value))
  if (running) {
    throw unsupported(
      'There is already a task running. Only one active task is allowed for a source queue arn at a given time.',
    )
  }
}

const isActive = ({ status }: MoveTaskRow): boolean =>
  status === 'RUNNING' || status === 'CANCELLING'

/** StartMessageMoveTask: back from a dead-letter queue to where messages came from, or to another queue. */
export const StartMessageMoveTask = operation<
  StartMessageMoveTaskRequest,
  StartMessageMoveTaskResult,
  Move
>(StartMessageMoveTask$, {
  resolve: (input, ctx) => moveOf(ctx, input),
  access: (_input, ctx, move) => moveAccess(ctx, move),
  async handle(input, ctx, move) {
    const rate = input.MaxNumberOfMessagesPerSecond
    if (rate !== undefined && (rate < 1 || rate > maxPerSecond)) {
      throw invalidParameter(
        `Value ${rate} for parameter MaxNumberOfMessagesPerSecond is invalid. Reason: Must be between 1 and ${maxPerSecond}, if provided.`,
      )
    }
    const { queue, tables } = move.source
    const claim = await claimOf(tables, `sqs ${queue.arn}`)
    await checkMove(move)
    claim()
    const key = `${queue.name}/${ctx.ids.ordered()}`
    const handle = Buffer.from(
      JSON.stringify({ taskId: ctx.ids.uuid(), sourceArn: queue.arn, key }),
    ).toString('base64')
    const room = ctx.runtime(waitingRoom)
    const toMove = await tables.table(messages).count({ prefix: `${queue.generation}/` })
    tables.table(moveTasks).put(key, {
      handle,
      sourceArn: queue.arn,
      ...(input.DestinationArn !== undefined && { destinationArn: input.DestinationArn }),
      ...(rate !== undefined && { perSecond: rate }),
      status: 'RUNNING',
      moved: 0,
      toMove,
      startedAt: ctx.now.getTime(),
      lastKey: `${queue.generation}/${room.nextSequence()}`,
    })
    const { account } = queue
    ctx.enqueue(moveTask, { key }, { account, order: `sqs.move/${queue.arn}` })
    return { TaskHandle: handle }
  },
})

/** Where a message goes: to the task's destination, else to the queue that it came from. */
async function destinationOf(ctx: Context, task: MoveTaskRow, row: MessageRow) {
  const arn = task.destinationArn ?? row.deadLetterSourceArn
  return arn === undefined ? undefined : queueOfArn(ctx, arn)
}

/** Moves the next messages; what is in flight stays. Tells how many went, or why none can. */
async function moveSome(
  ctx: Context,
  { queue, tables }: QueueSubject,
  task: MoveTaskRow,
): Promise<number | string> {
  const now = ctx.runtime(waitingRoom).now()
  const view = tables.table(messages)
  const { generation } = queue
  const rows = await view.list({
    index: 'available',
    from: `${generation}/`,
    upTo: `${generation}/${now}`,
    limit: task.perSecond ?? stepMessages,
  })
  const due = rows.filter(({ key }) => key <= task.lastKey)
  // In FIFO queues the order in which they were sent must not change.
  due.sort((a, b) => (a.key < b.key ? -1 : 1))
  for (const { key, value } of due) {
    const destination = await destinationOf(ctx, task, value)
    if (!destination) return 'CouldNotDetermineMessageSource'
    const { deadLetterSourceArn: _source, firstReceivedAt: _first, ...kept } = value
    view.delete(key)
    // A redriven message counts as new: its id, its time and its receives begin again.
    const moved = { ...kept, messageId: ctx.ids.uuid(), sentAt: now, receiveCount: 0 }
    await moveTo(ctx, destination, moved)
    if (settingsOf(queue).isFifo) await settleGroup(tables, value, now)
  }
  return due.length
}

/** Moves a step of a message movement task, and comes again until nothing is left. */
export const moveTask: Task<{ readonly key: string }> = {
  name: 'sqs.move',
  async run(ctx, { key }) {
    const view = ctx.store.table(moveTasks)
    const task = await view.get(key)
    if (!task || !isActive(task)) return undefined
    if (task.status === 'CANCELLING') {
      view.put(key, { ...task, status: 'CANCELLED' })
      return undefined
    }
    const source = await queueOfArn(ctx, task.sourceArn)
    const outcome = source
      ? await moveSome(ctx, source, task)
      : 'AWS.SimpleQueueService.NonExistentQueue'
    if (typeof outcome === 'string') {
      view.put(key, { ...task, status: 'FAILED', failureReason: outcome })
      return undefined
    }
    const moved = task.moved + outcome
    const isDone = outcome === 0
    view.put(key, { ...task, moved, status: isDone ? 'COMPLETED' : 'RUNNING' })
    if (isDone) return undefined
    return { retryAt: new Date(ctx.now.getTime() + (task.perSecond === undefined ? 0 : stepMs)) }
  },
}

function keyOfHandle(handle: string | undefined): { sourceArn: string; key: string } {
  if (!handle) throw missingParameter('TaskHandle')
  try {
    const { sourceArn, key } = JSON.parse(Buffer.from(handle, 'base64').toString()) as {
      readonly sourceArn?: unknown
      readonly key?: unknown
    }
    if (typeof sourceArn === 'string' && typeof key === 'string') return { sourceArn, key }
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
  }
  throw invalidParameter('Value for parameter TaskHandle is invalid.')
}

/** CancelMessageMoveTask. */
export const CancelMessageMoveTask = operation<
  CancelMessageMoveTaskRequest,
  CancelMessageMoveTaskResult,
  QueueSubject
>(CancelMessageMoveTask$, {
  resolve: (input, ctx) => sourceOf(ctx, keyOfHandle(input.TaskHandle).sourceArn),
  access: (_input, ctx, { queue }) => queueAccess(ctx, queue, { isOwn: true }),
  async handle(input, _ctx, { tables }) {
    const { key } = keyOfHandle(input.TaskHandle)
    const view = tables.table(moveTasks)
    const task = await view.get(key)
    if (!task) throw notFound('Task does not exist.')
    if (task.status !== 'RUNNING') throw unsupported('Only active tasks can be cancelled.')
    view.put(key, { ...task, status: 'CANCELLING' })
    return { ApproximateNumberOfMessagesMoved: task.moved }
  },
})

/** ListMessageMoveTasks: the latest first. */
export const ListMessageMoveTasks = operation<
  ListMessageMoveTasksRequest,
  ListMessageMoveTasksResult,
  QueueSubject
>(ListMessageMoveTasks$, {
  resolve: (input, ctx) => sourceOf(ctx, input.SourceArn),
  access: (_input, ctx, { queue }) => queueAccess(ctx, queue, { isOwn: true }),
  async handle(input, _ctx, subject) {
    const max = input.MaxResults ?? 1
    if (max < 1 || max > maxListed) {
      throw invalidParameter(
        `Value ${max} for parameter MaxResults is invalid. Reason: Must be between 1 and ${maxListed}, if provided.`,
      )
    }
    const rows = (await tasksOf(subject)).map(({ value }) => value).reverse()
    return {
      Results: rows.slice(0, max).map((task) => ({
        ...(task.status === 'RUNNING' && { TaskHandle: task.handle }),
        Status: task.status,
        SourceArn: task.sourceArn,
        ...(task.destinationArn !== undefined && { DestinationArn: task.destinationArn }),
        ...(task.perSecond !== undefined && { MaxNumberOfMessagesPerSecond: task.perSecond }),
        ApproximateNumberOfMessagesMoved: task.moved,
        ApproximateNumberOfMessagesToMove: task.toMove,
        ...(task.failureReason !== undefined && { FailureReason: task.failureReason }),
        StartedTimestamp: task.startedAt,
      })),
    }
  },
})
