import {
  CreateQueue$,
  DeleteQueue$,
  GetQueueUrl$,
  ListDeadLetterSourceQueues$,
  ListQueues$,
  PurgeQueue$,
  PurgeQueueInProgress$,
  QueueNameExists$,
} from '@aws-sdk/client-sqs'
import type {
  CreateQueueRequest,
  CreateQueueResult,
  DeleteQueueRequest,
  GetQueueUrlRequest,
  GetQueueUrlResult,
  ListDeadLetterSourceQueuesRequest,
  ListDeadLetterSourceQueuesResult,
  ListQueuesRequest,
  ListQueuesResult,
  PurgeQueueRequest,
} from '@aws-sdk/client-sqs'
import type { Context } from '../../kernel/context.ts'
import { awsError } from '../../kernel/errors.ts'
import { operation } from '../../kernel/service.ts'
import { requestTagConditions } from '../../kernel/tag-conditions.ts'
import type { Access } from '../../kernel/service.ts'
import { effectiveAttribute, mergeAttributes } from './attributes.ts'
import { invalidParameter, missingParameter, noQueue } from './errors.ts'
import { checkRedrive } from './queue-attributes.ts'
import { keptAttributes, withShownPolicy } from './queue-policy.ts'
import { queueAccess, queueArn, queueAt, queueNamed, urlOf } from './queue-reference.ts'
import type { QueueSubject } from './queue-reference.ts'
import { queues } from './store.ts'
import type { QueueRow } from './store.ts'
import { eraseTask } from './sweep.ts'
import { checkTags } from './tagging.ts'
import { waitingRoom } from './waiting-room.ts'

const generationDigits = 20
const purgeMs = 60_000
/** ListQueues returns no more than this many, paged or not. */
const maxListed = 1000

/** Checks a new queue's name, which says whether it is a FIFO queue. */
function checkName(name: string, isFifo: boolean): void {
  if (isFifo && !/^[A-Za-z0-9_-]{1,75}\.fifo$/.test(name)) {
    throw invalidParameter(
      'The name of a FIFO queue can only include alphanumeric characters, hyphens, or underscores, must end with .fifo suffix and be 1 to 80 in length',
    )
  }
  if (!isFifo && !/^[A-Za-z0-9_-]{1,80}$/.test(name)) {
    throw invalidParameter(
      'Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length',
    )
  }
}

/** A queue of the same name is returned if it has the attributes that are asked for, and else an error. */
function checkSame(queue: QueueRow, asked: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(asked)) {
    if ((effectiveAttribute(queue, name) ?? '') === value) continue
    throw awsError(
      QueueNameExists$,
      `A queue already exists with the same name and a different value for attribute ${name}`,
    )
  }
}

function createAccess(input: CreateQueueRequest, ctx: Context): Access[] {
  const resource = queueArn(ctx.region, ctx.account, input.QueueName ?? '')
  const conditions = requestTagConditions(input.tags)
  const create = { resource, conditions }
  return input.tags ? [create, { action: 'sqs:TagQueue', resource, conditions }] : [create]
}

/** CreateQueue. */
export const CreateQueue = operation<CreateQueueRequest, CreateQueueResult>(CreateQueue$, {
  access: createAccess,
  async handle(input, ctx) {
    const { QueueName: name = '', Attributes: asked = {} } = input
    const isFifo = asked['FifoQueue'] === 'true'
    checkName(name, isFifo)
    const attributes = mergeAttributes({}, asked, { isFifo, isNew: true })
    const { account, region } = ctx
    const existing = await ctx.store.table(queues).get(name)
    if (existing) {
      checkSame(await withShownPolicy(ctx, existing), asked)
      return { QueueUrl: urlOf(ctx, existing) }
    }
    const queue: QueueRow = {
      name,
      account,
      region,
      arn: queueArn(region, account, name),
      generation: ctx.ids.hex(generationDigits),
      createdAt: ctx.now.toISOString(),
      modifiedAt: ctx.now.toISOString(),
      attributes: await keptAttributes(ctx, attributes),
      tags: checkTags({}, input.tags),
    }
    await checkRedrive(ctx, queue, asked)
    ctx.store.table(queues).put(name, queue)
    ctx.audit.resource({ ARN: queue.arn, accountId: account, type: 'AWS::SQS::Queue' })
    return { QueueUrl: urlOf(ctx, queue) }
  },
})

/** GetQueueUrl. */
export const GetQueueUrl = operation<GetQueueUrlRequest, GetQueueUrlResult, QueueSubject>(
  GetQueueUrl$,
  {
    async resolve(input, ctx) {
      if (!input.QueueName) throw missingParameter('QueueName')
      const account = input.QueueOwnerAWSAccountId ?? ctx.account
      const found = await queueNamed(ctx, account, input.QueueName)
      if (!found) throw noQueue()
      return found
    },
    access: (_input, ctx, { queue }) => queueAccess(ctx, queue),
    handle: (_input, ctx, { queue }) => ({ QueueUrl: urlOf(ctx, queue) }),
  },
)

interface Page {
  readonly names: readonly QueueRow[]
  readonly NextToken?: string
}

/** One page of queues; without MaxResults there is no next one. */
async function pageOf(
  ctx: Context,
  kind: string,
  {
    MaxResults: max,
    NextToken: token,
  }: { MaxResults?: number | undefined; NextToken?: string | undefined },
  fetch: (page: { after?: string; limit: number }) => Promise<readonly { value: QueueRow }[]>,
): Promise<Page> {
  if (max !== undefined && (max < 1 || max > maxListed)) {
    throw invalidParameter(
      `Value ${max} for parameter MaxResults is invalid. Reason: Must be an integer from 1 to ${maxListed}.`,
    )
  }
  const purpose = `sqs-list ${kind} ${ctx.account} ${ctx.region}`
  const after = token === undefined ? undefined : ctx.secrets.open(purpose, token)
  if (token !== undefined && after === undefined) {
    throw invalidParameter(`Invalid or expired next token: ${token}`)
  }
  const limit = max ?? maxListed
  const rows = await fetch({ limit: limit + 1, ...(after !== undefined && { after }) })
  const names = rows.slice(0, limit).map(({ value }) => value)
  const last = names.at(-1)
  if (rows.length <= limit || !last || max === undefined) return { names }
  return { names, NextToken: ctx.secrets.seal(purpose, last.name) }
}

/** ListQueues. */
export const ListQueues = operation<ListQueuesRequest, ListQueuesResult>(ListQueues$, {
  access: () => ({ resource: '*' }),
  async handle(input, ctx) {
    const prefix = input.QueueNamePrefix ?? ''
    const { names, NextToken } = await pageOf(ctx, `queues ${prefix}`, input, (page) =>
      ctx.store.table(queues).list({ prefix, ...page }),
    )
    return {
      ...(names.length > 0 && { QueueUrls: names.map((queue) => urlOf(ctx, queue)) }),
      ...(NextToken !== undefined && { NextToken }),
    }
  },
})

/** ListDeadLetterSourceQueues: the queues that have this one as their dead-letter queue. */
export const ListDeadLetterSourceQueues = operation<
  ListDeadLetterSourceQueuesRequest,
  ListDeadLetterSourceQueuesResult,
  QueueSubject
>(ListDeadLetterSourceQueues$, {
  resolve: (input, ctx) => queueAt(ctx, input.QueueUrl),
  access: (_input, ctx, { queue }) => queueAccess(ctx, queue),
  async handle(input, ctx, { queue, tables }) {
    const { names, NextToken } = await pageOf(ctx, `sources ${queue.arn}`, input, (page) =>
      tables.table(queues).list({ index: 'deadLetterQueue', equals: queue.arn, ...page }),
    )
    return {
      queueUrls: names.map((source) => urlOf(ctx, source)),
      ...(NextToken !== undefined && { NextToken }),
    }
  },
})

/** Lets go of a queue's messages at once; they are cleared away afterwards. */
function abandon(ctx: Context, { account, generation }: QueueRow): void {
  ctx.enqueue(eraseTask, { generation }, { account })
  ctx.afterCommit(() => ctx.runtime(waitingRoom).wake(generation, Infinity))
}

/** DeleteQueue. */
export const DeleteQueue = operation<DeleteQueueRequest, object, QueueSubject>(DeleteQueue$, {
  resolve: (input, ctx) => queueAt(ctx, input.QueueUrl),
  access: (_input, ctx, { queue }) => queueAccess(ctx, queue, { isOwn: true }),
  handle(_input, ctx, { queue, tables }) {
    tables.table(queues).delete(queue.name)
    abandon(ctx, queue)
    return {}
  },
})

/** PurgeQueue: once in 60 seconds. */
export const PurgeQueue = operation<PurgeQueueRequest, object, QueueSubject>(PurgeQueue$, {
  resolve: (input, ctx) => queueAt(ctx, input.QueueUrl),
  access: (_input, ctx, { queue }) => queueAccess(ctx, queue),
  handle(_input, ctx, { queue, tables }) {
    const { name, purgedAt } = queue
    if (purgedAt !== undefined && ctx.now.getTime() < Date.parse(purgedAt) + purgeMs) {
      throw awsError(
        PurgeQueueInProgress$,
        `Only one PurgeQueue operation on ${name} is allowed every 60 seconds.`,
      )
    }
    const generation = ctx.ids.hex(generationDigits)
    tables.table(queues).put(name, { ...queue, generation, purgedAt: ctx.now.toISOString() })
    abandon(ctx, queue)
    return {}
  },
})
