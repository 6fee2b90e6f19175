import { AddPermission$, RemovePermission$ } from '@aws-sdk/client-sns'
import type { AddPermissionInput, RemovePermissionInput } from '@aws-sdk/client-sns'
import { operation } from '../../kernel/service.ts'
import { invalidParameter } from './errors.ts'
import { topics } from './store.ts'
import type { TopicRow } from './store.ts'
import { policyTextOf } from './topic-attributes.ts'
import { topicAccess, topicAt } from './topic-reference.ts'
import type { TopicSubject } from './topic-reference.ts'

/** What can be given to others through AddPermission (API reference). */
const shareable = [
  'AddPermission',
  'DeleteTopic',
  'GetDataProtectionPolicy',
  'GetTopicAttributes',
  'ListSubscriptionsByTopic',
  'ListTagsForResource',
  'Publish',
  'PutDataProtectionPolicy',
  'RemovePermission',
  'SetTopicAttributes',
  'Subscribe',
]

interface PolicyDocument {
  readonly Statement: readonly { readonly Sid?: string }[]
}

function documentOf(topic: TopicRow): PolicyDocument {
  const document = JSON.parse(policyTextOf(topic)) as PolicyDocument
  return { ...document, Statement: [document.Statement].flat() }
}

function withPolicy(topic: TopicRow, document: PolicyDocument): TopicRow {
  return { ...topic, attributes: { ...topic.attributes, Policy: JSON.stringify(document) } }
}

const listed = (values: readonly string[]): string | readonly string[] | undefined =>
  values.length === 1 ? values[0] : values

/** AddPermission: a statement of the topic's policy for other accounts. */
export const AddPermission = operation<AddPermissionInput, object, TopicSubject>(AddPermission$, {
  resolve: (input, ctx) => topicAt(ctx, input.TopicArn),
  access: (_input, ctx, { topic }) => topicAccess(ctx, topic),
  handle(input, _ctx, { topic, tables }) {
    const { Label: label = '', ActionName: actions = [], AWSAccountId: accounts = [] } = input
    if (label === '') throw invalidParameter('Label')
    if (actions.length === 0) throw invalidParameter('ActionName')
    if (accounts.length === 0) throw invalidParameter('AWSAccountId')
    if (actions.some((action) => !shareable.includes(action))) {
      throw invalidParameter('Policy statement action out of service scope!')
    }
    if (accounts.some((account) => !/^\d{12}$/.test(account))) {
      throw invalidParameter('AWSAccountId')
    }
    const document = documentOf(topic)
    if (document.Statement.some(({ Sid }) => Sid === label)) {
      throw invalidParameter('Statement already exists')
    }
    const statement = {
      Sid: label,
      Effect: 'Allow',
      Principal: { AWS: listed(accounts.map((account) => `arn:aws:iam::${account}:root`)) },
      Action: listed(actions.map((action) => `SNS:${action}`)),
      Resource: topic.arn,
    }
    const Statement = [...document.Statement, statement]
    tables.table(topics).put(topic.name, withPolicy(topic, { ...document, Statement }))
    return {}
  },
})

/** RemovePermission; a label that is not there is no error. */
export const RemovePermission = operation<RemovePermissionInput, object, TopicSubject>(
  RemovePermission$,
  {
    resolve: (input, ctx) => topicAt(ctx, input.TopicArn),
    access: (_input, ctx, { topic }) => topicAccess(ctx, topic),
    handle(input, _ctx, { topic, tables }) {
      const document = documentOf(topic)
      const Statement = document.Statement.filter(({ Sid }) => Sid !== input.Label)
      tables.table(topics).put(topic.name, withPolicy(topic, { ...document, Statement }))
      return {}
    },
  },
)
