import {
  AuthorizationErrorException$,
  ConfirmSubscription$,
  Unsubscribe$,
} from '@aws-sdk/client-sns'
import type {
  ConfirmSubscriptionInput,
  ConfirmSubscriptionResponse,
  UnsubscribeInput,
} from '@aws-sdk/client-sns'
import type { Context } from '../../kernel/context.ts'
import { awsError } from '../../kernel/errors.ts'
import { operation } from '../../kernel/service.ts'
import { readToken, sendConfirmation } from './confirmation.ts'
import { invalidParameter } from './errors.ts'
import { subscriptions } from './store.ts'
import type { SubscriptionRow } from './store.ts'
import { expirePendingJob, forget, remember, subscriptionAccess } from './subscriptions.ts'
import { subscriptionAt, topicAt } from './topic-reference.ts'
import type { SubscriptionSubject, TopicSubject } from './topic-reference.ts'

/** Whoever follows a link has no account: the call goes on record in the topic's. */
function recordStranger(ctx: Context, account: string): void {
  if (ctx.principal.kind === 'anonymous') ctx.audit.callerIs({ type: 'Unknown' }, account)
}

/** The subscription that a token confirms: as it is now, or as it was before it ended. */
async function confirmedBy(
  ctx: Context,
  { topic, tables }: TopicSubject,
  token: string | undefined,
): Promise<{ key: string; row: SubscriptionRow }> {
  const content = readToken(ctx, token ?? '')
  if (!content?.arn.startsWith(`${topic.arn}:`)) throw invalidParameter('Token')
  const key = `${topic.name}:${content.arn.slice(topic.arn.length + 1)}`
  const row = (await tables.table(subscriptions).get(key)) ?? content.ended
  if (!row) throw invalidParameter('Token')
  return { key, row }
}

/** ConfirmSubscription: whoever has the token may, with or without a signature. */
export const ConfirmSubscription = operation<
  ConfirmSubscriptionInput,
  ConfirmSubscriptionResponse,
  TopicSubject
>(ConfirmSubscription$, {
  hides: ['Token'],
  async resolve(input, ctx) {
    const subject = await topicAt(ctx, input.TopicArn)
    recordStranger(ctx, subject.topic.account)
    return subject
  },
  access: (_input, ctx, { topic }) =>
    ctx.principal.kind === 'anonymous'
      ? 'anyone'
      : { resource: topic.arn, resourceAccount: ctx.account },
  async handle(input, ctx, subject) {
    const { key, row } = await confirmedBy(ctx, subject, input.Token)
    const isSigned = ctx.principal.kind !== 'anonymous'
    const authenticates = input.AuthenticateOnUnsubscribe?.toLowerCase() === 'true'
    if (authenticates && !isSigned) {
      throw awsError(
        AuthorizationErrorException$,
        'AuthenticateOnUnsubscribe needs a signed request',
      )
    }
    remember(ctx, key, {
      ...row,
      isConfirmed: true,
      wasAuthenticated: row.wasAuthenticated || isSigned,
      ...(authenticates && { authenticatesUnsubscribe: true }),
    })
    const { account, region } = subject.topic
    ctx.schedule.cancel(expirePendingJob, key, { account, region })
    return { SubscriptionArn: row.arn }
  },
})

/** Unsubscribe: also by the link in a message, unless the subscription was confirmed to need a signature. */
export const Unsubscribe = operation<UnsubscribeInput, object, SubscriptionSubject | undefined>(
  Unsubscribe$,
  {
    async resolve(input, ctx) {
      try {
        const subject = await subscriptionAt(ctx, input.SubscriptionArn)
        recordStranger(ctx, subject.topic.account)
        return subject
      } catch (error) {
        if (error instanceof Error && error.name === 'NotFoundException') return undefined
        throw error
      }
    },
    access: (input, ctx, subject) => {
      if (ctx.principal.kind === 'anonymous') return 'anyone'
      return subject
        ? subscriptionAccess(ctx, subject)
        : { resource: (input.SubscriptionArn ?? '').split(':').slice(0, 6).join(':') || '*' }
    },
    async handle(_input, ctx, subject) {
      if (!subject) return {}
      const { key, row, topic } = subject
      const isSigned = ctx.principal.kind !== 'anonymous'
      if (row.authenticatesUnsubscribe && !isSigned) {
        throw awsError(
          AuthorizationErrorException$,
          'This subscription is ended by signed requests',
        )
      }
      forget(ctx, key, row)
      if (row.protocol.startsWith('http') && row.isConfirmed && !isSigned) {
        await sendConfirmation(ctx, topic, { key, row }, 'UnsubscribeConfirmation')
      }
      return {}
    },
  },
)
