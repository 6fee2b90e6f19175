import { courier } from './courier.ts'
import { DeliveryFailure, deliveryTask } from './delivery.ts'
import type { Sending } from './delivery.ts'
import { bodyOf, isRaw } from './links.ts'
import { delayOf } from './retry-policy.ts'
import { contentTypeOf, effectiveRetryPolicy } from './topic-attributes.ts'

/** A web server has this long to answer. */
const answerMs = 15_000

/** A user and password in an endpoint's URL go into a header. */
function targetOf(endpoint: string): { url: string; authorization?: string } {
  const url = new URL(endpoint)
  const { username, password } = url
  if (username === '') return { url: endpoint }
  url.username = ''
  url.password = ''
  const credentials = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`
  const authorization = `Basic ${Buffer.from(credentials).toString('base64')}`
  return { url: url.href, authorization }
}

function headersOf(sending: Sending): Record<string, string> {
  const { delivery, topic, subscription } = sending
  const { type, messageId, topicArn } = delivery.notification
  return {
    'content-type': contentTypeOf(topic, subscription),
    'user-agent': 'Amazon Simple Notification Service Agent',
    'x-amz-sns-message-type': type,
    'x-amz-sns-message-id': messageId,
    'x-amz-sns-topic-arn': topicArn,
    ...(type === 'Notification' && { 'x-amz-sns-subscription-arn': delivery.subscriptionArn }),
    ...(isRaw(sending) && { 'x-amz-sns-rawdelivery': 'true' }),
  }
}

async function post(sending: Sending, body: string): Promise<number> {
  const { url, authorization } = targetOf(sending.delivery.endpoint)
  const headers = { ...headersOf(sending), ...(authorization && { authorization }) }
  const signal = AbortSignal.timeout(answerMs)
  try {
    const answer = await fetch(url, { method: 'POST', headers, body, redirect: 'manual', signal })
    await answer.body?.cancel()
    return answer.status
  } catch (error) {
    throw new DeliveryFailure(error instanceof Error ? error.message : 'no answer', false)
  }
}

/** Delivers to a web server, by the retry policy of the subscription or topic. */
export const deliverToWeb = deliveryTask('http', {
  bodyOf,
  delayOf: ({ topic, subscription }, failures) =>
    delayOf(effectiveRetryPolicy(topic, subscription), failures),
  async send(sending, body) {
    const { ctx, delivery } = sending
    const { host } = new URL(delivery.endpoint)
    const status = await ctx.runtime(courier).visit(host, () => post(sending, body))
    if (status === undefined) return false
    if (status >= 200 && status < 300) return true
    const isFinal = status >= 400 && status < 500 && status !== 429
    throw new DeliveryFailure(`the endpoint answered ${status}`, isFinal)
  },
})
