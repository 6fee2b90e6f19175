import { courier } from './courier.ts'
import { deliveryTask, failureOf } from './delivery.ts'
import { managedDelay } from './deliver-queue.ts'
import { lambdaEvent } from './envelope.ts'
import { proofOf, unsubscribeUrl } from './links.ts'

/** Delivers to a function, as the service, which the function's policy must allow; Lambda runs it later. */
export const deliverToFunction = deliveryTask('lambda', {
  async bodyOf(sending) {
    const { ctx, delivery } = sending
    const { subscriptionArn } = delivery
    const links = { subscriptionArn, unsubscribeUrl: unsubscribeUrl(ctx, subscriptionArn) }
    return JSON.stringify(lambdaEvent(delivery.notification, await proofOf(sending), links))
  },
  delayOf: (_sending, failures) => managedDelay(failures),
  async send({ ctx, delivery, topic }, body) {
    const [, , , region = ''] = delivery.endpoint.split(':')
    const actor = {
      service: 'sns.amazonaws.com',
      sourceArn: topic.arn,
      sourceAccount: topic.account,
    }
    const place = { account: topic.account, region }
    try {
      await ctx.runtime(courier).callAs(place, actor, {
        service: 'lambda',
        operation: 'Invoke',
        input: {
          FunctionName: delivery.endpoint,
          InvocationType: 'Event',
          Payload: Buffer.from(body),
        },
      })
    } catch (error) {
      throw failureOf(error)
    }
    return true
  },
})
