import { AddPermission$, OverLimit$, RemovePermission$ } from '@aws-sdk/client-sqs'
import type { AddPermissionRequest, RemovePermissionRequest } from '@aws-sdk/client-sqs'
import { awsError } from '../../kernel/errors.ts'
import { operation } from '../../kernel/service.ts'
import { invalidParameter, missingParameter } from './errors.ts'
import { queueAccess, queueAt } from './queue-reference.ts'
import type { QueueSubject } from './queue-reference.ts'
import { queues } from './store.ts'
import type { QueueRow } from './store.ts'

/** A statement holds this many actions at most (SQS quotas). */
const maxActions = 7

/** What can be given to others through AddPermission (API reference). */
const shareable = [
  '*',
  'ChangeMessageVisibility',
  'DeleteMessage',
  'GetQueueAttributes',
  'GetQueueUrl',
  'ListDeadLetterSourceQueues',
  'PurgeQueue',
  'ReceiveMessage',
  'SendMessage',
]

interface PolicyDocument {
  readonly Version: string
  readonly Id?: string
  readonly Statement: readonly { readonly Sid?: string }[]
}

function documentOf({ attributes, arn }: QueueRow): PolicyDocument {
  const text = attributes['Policy']
  if (text === undefined)
    return { Version: '2008-10-17', Id: `${arn}/SQSDefaultPolicy`, Statement: [] }
  const document = JSON.parse(text) as PolicyDocument
  return { ...document, Statement: [document.Statement].flat() }
}

function withPolicy(queue: QueueRow, document: PolicyDocument): QueueRow {
  const { Policy: _before, ...attributes } = queue.attributes
  const Policy = document.Statement.length > 0 ? { Policy: JSON.stringify(document) } : {}
  return { ...queue, attributes: { ...attributes, ...Policy } }
}

/** AddPermission: a statement of the queue's policy for other accounts. */
export const AddPermission = operation<AddPermissionRequest, object, QueueSubject>(AddPermission$, {
  resolve: (input, ctx) => queueAt(ctx, input.QueueUrl),
  access: (_input, ctx, { queue }) => queueAccess(ctx, queue, { isOwn: true }),
  handle(input, _ctx, { queue, tables }) {
    const { Label: label = '', Actions: actions = [], AWSAccountIds: accounts = [] } = input
    if (!/^[A-Za-z0-9_-]{1,80}$/.test(label)) {
      throw invalidParameter(
        `Value ${label} for parameter Label is invalid. Reason: Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length.`,
      )
    }
    if (actions.length === 0) throw missingParameter('Actions')
    if (accounts.length === 0) throw missingParameter('AWSAccountIds')
    if (actions.length > maxActions) {
      throw awsError(
        OverLimit$,
        `${actions.length} Actions were found, maximum allowed is ${maxActions}.`,
      )
    }
    const unknown = actions.find((action) => !shareable.includes(action))
    if (unknown !== undefined) {
      throw invalidParameter(
        `Value SQS:${unknown} for parameter ActionName is invalid. Reason: Only the queue owner is allowed to invoke this action.`,
      )
    }
    const wrong = accounts.find((account) => !/^\d{12}$/.test(account))
    if (wrong !== undefined) {
      throw invalidParameter(
        `Value [${wrong}] for parameter PrincipalId is invalid. Reason: Unable to verify.`,
      )
    }
    const document = documentOf(queue)
    if (document.Statement.some(({ Sid }) => Sid === label)) {
      throw invalidParameter(
        `Value ${label} for parameter Label is invalid. Reason: Already exists.`,
      )
    }
    const principals = accounts.map((account) => `arn:aws:iam::${account}:root`)
    const names = actions.map((action) => `SQS:${action}`)
    const statement = {
      Sid: label,
      Effect: 'Allow',
      Principal: { AWS: principals.length === 1 ? principals[0] : principals },
      Action: names.length === 1 ? names[0] : names,
      Resource: queue.arn,
    }
    const Statement = [...document.Statement, statement]
    tables.table(queues).put(queue.name, withPolicy(queue, { ...document, Statement }))
    return {}
  },
})

/** RemovePermission. */
export const RemovePermission = operation<RemovePermissionRequest, object, QueueSubject>(
  RemovePermission$,
  {
    resolve: (input, ctx) => queueAt(ctx, input.QueueUrl),
    access: (_input, ctx, { queue }) => queueAccess(ctx, queue, { isOwn: true }),
    handle(input, _ctx, { queue, tables }) {
      const document = documentOf(queue)
      const Statement = document.Statement.filter(({ Sid }) => Sid !== input.Label)
      if (Statement.length === document.Statement.length) {
        throw invalidParameter(
          `Value ${input.Label} for parameter Label is invalid. Reason: can't find label on existing policy.`,
        )
      }
      tables.table(queues).put(queue.name, withPolicy(queue, { ...document, Statement }))
      return {}
    },
  },
)
