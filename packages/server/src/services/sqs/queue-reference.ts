import type { PolicySource } from '@bartizan/policy'
import type { Context, Tables } from '../../kernel/context.ts'
import type { Access } from '../../kernel/service.ts'
import { resourceTagConditions } from '../../kernel/tag-conditions.ts'
import { settingsOf } from './attributes.ts'
import { invalidAddress, missingParameter, noQueue } from './errors.ts'
import { queues } from './store.ts'
import type { QueueRow } from './store.ts'

/** The queue that a request names, with its account's tables. */
export interface QueueSubject {
  readonly queue: QueueRow
  readonly tables: Tables
}

/** A queue's ARN. */
export function queueArn(region: string, account: string, name: string): string {
  const partition = region.startsWith('cn-') ? 'aws-cn' : 'aws'
  return `arn:${partition}:sqs:${region}:${account}:${name}`
}

/** The URL of a queue, under the address that the client used. */
export function urlOf(ctx: Context, { account, name }: Pick<QueueRow, 'account' | 'name'>): string {
  return `${ctx.endpoint}/${account}/${name}`
}

const urlForm = /(?:^|\/)(\d{12})\/([A-Za-z0-9_-]+(?:\.fifo)?)\/?$/

/** Finds the queue of a URL; the host does not matter. Throws QueueDoesNotExist and InvalidAddress. */
export async function queueAt(ctx: Context, url: string | undefined): Promise<QueueSubject> {
  if (url === undefined || url === '') throw missingParameter('QueueUrl')
  const [, account, name] = urlForm.exec(url) ?? []
  if (!account || !name) throw invalidAddress(url)
  const found = await queueNamed(ctx, account, name)
  if (!found) throw noQueue()
  ctx.audit.resource({ ARN: found.queue.arn, accountId: account, type: 'AWS::SQS::Queue' })
  return found
}

/** A queue of the call's Region, if there is one. */
export async function queueNamed(
  ctx: Context,
  account: string,
  name: string,
): Promise<QueueSubject | undefined> {
  const tables = account === ctx.account ? ctx.store : ctx.store.at({ account })
  const queue = await tables.table(queues).get(name)
  return queue && { queue, tables }
}

/** A queue of the call's Region by its ARN, if there is one. */
export async function queueOfArn(ctx: Context, arn: string): Promise<QueueSubject | undefined> {
  const [, , service, region, account, name] = arn.split(':')
  if (service !== 'sqs' || region !== ctx.region || !account || !name) return undefined
  return queueNamed(ctx, account, name)
}

const sources = new WeakMap<QueueRow, PolicySource>()

function policyOf(queue: QueueRow): PolicySource | undefined {
  const { policy } = settingsOf(queue)
  if (!policy) return undefined
  let source = sources.get(queue)
  if (!source) sources.set(queue, (source = { id: queue.arn, policy }))
  return source
}

/** What an operation adds to the permission that it needs on a queue. */
export interface QueueUse {
  /** Defaults to the operation's own name. */
  readonly action?: string
  readonly conditions?: Access['conditions']
  /** Administration, which a queue's policy cannot give to other accounts (SQS Developer Guide). */
  readonly isOwn?: true
}

const tagKeys = new WeakMap<QueueRow, Readonly<Record<string, string>>>()

function tagConditions(queue: QueueRow): Readonly<Record<string, string>> {
  let conditions = tagKeys.get(queue)
  if (!conditions) {
    conditions = resourceTagConditions(queue.tags)
    tagKeys.set(queue, conditions)
  }
  return conditions
}

/** The permission that an operation needs on a queue. */
export function queueAccess(ctx: Context, queue: QueueRow, use: QueueUse = {}): Access {
  const isShared = !use.isOwn || queue.account === ctx.account
  const resourcePolicy = isShared ? policyOf(queue) : undefined
  return {
    ...(use.action !== undefined && { action: `sqs:${use.action}` }),
    resource: queue.arn,
    resourceAccount: queue.account,
    unseen: 'this resource',
    ...(resourcePolicy && { resourcePolicy }),
    conditions: { ...tagConditions(queue), ...use.conditions },
  }
}
