import type { Context } from '../../../kernel/context.ts'
import type { Again, Task } from '../../../kernel/tasks.ts'
import { sendToDeadLetterQueue } from './dead-letter.ts'
import type { RetryLimit } from './dead-letter.ts'
import type { Delivery } from './delivery.ts'
import { failureOf, Postponed } from './failure.ts'
import type { DeliveryFailure } from './failure.ts'
import { inputOf } from './input.ts'
import { ruleMetric } from './metrics.ts'
import { send } from './senders.ts'
import { invokeWebhook } from './webhook.ts'

type Carry = (ctx: Context, delivery: Delivery, input: string) => Promise<void>

/** Delivers to targets on this server. */
export const deliverTask: Task<Delivery> = {
  name: 'events.deliver',
  run: (ctx, delivery) => attempt(ctx, delivery, send),
}

/** Delivers to webhooks, apart from the others, as these can be slow. */
export const invokeTask: Task<Delivery> = {
  name: 'events.invoke',
  run: (ctx, delivery) => attempt(ctx, delivery, invokeWebhook),
}

/** Retry policy of a target that sets none (EventBridge User Guide, "Retrying event delivery"). */
const defaultMaxAgeSeconds = 86_400
const defaultMaxRetries = 185

async function attempt(ctx: Context, delivery: Delivery, carry: Carry): Promise<Again | undefined> {
  const { rule, failures } = delivery
  try {
    await carry(ctx, delivery, inputOf(delivery))
  } catch (error) {
    if (error instanceof Postponed) {
      const admitted = error.isAdmitted && { isAdmitted: true as const }
      return {
        retryAt: new Date(ctx.now.getTime() + error.waitMs),
        payload: { ...delivery, ...admitted },
      }
    }
    countAttempt(ctx, delivery)
    return failed(ctx, delivery, failureOf(error))
  }
  countAttempt(ctx, delivery)
  ruleMetric(ctx, rule, 'Invocations')
  ruleMetric(ctx, rule, 'SuccessfulInvocationAttempts')
  if (failures === 0) {
    const value = Math.max(ctx.now.getTime() - Date.parse(delivery.ingestedAt), 0)
    const latency = { value, unit: 'Milliseconds' }
    ruleMetric(ctx, rule, 'IngestionToInvocationStartLatency', latency)
  }
  return undefined
}

function countAttempt(ctx: Context, { rule, failures }: Delivery): void {
  ruleMetric(ctx, rule, 'InvocationAttempts')
  if (failures > 0) ruleMetric(ctx, rule, 'RetryInvocationAttempts')
}

async function failed(
  ctx: Context,
  delivery: Delivery,
  failure: DeliveryFailure,
): Promise<Again | undefined> {
  const waitMs = failure.retryAfterMs ?? backOffMs(ctx, delivery.failures)
  const limit = failure.isRetryable ? limitReached(ctx, delivery, waitMs) : undefined
  if (failure.isRetryable && !limit) {
    const { isAdmitted: _, ...rest } = delivery
    return {
      retryAt: new Date(ctx.now.getTime() + waitMs),
      payload: { ...rest, failures: delivery.failures + 1 },
    }
  }
  ruleMetric(ctx, delivery.rule, 'Invocations')
  ruleMetric(ctx, delivery.rule, 'FailedInvocations')
  await sendToDeadLetterQueue(ctx, delivery, failure, limit)
  return undefined
}

/** Which limit of the retry policy rules out another attempt. */
function limitReached(ctx: Context, delivery: Delivery, waitMs: number): RetryLimit | undefined {
  const { MaximumRetryAttempts, MaximumEventAgeInSeconds } = delivery.target.retryPolicy ?? {}
  if (delivery.failures >= (MaximumRetryAttempts ?? defaultMaxRetries)) {
    return 'MaximumRetryAttempts'
  }
  const ageMs = ctx.now.getTime() + waitMs - Date.parse(delivery.ingestedAt)
  const maxAgeMs = (MaximumEventAgeInSeconds ?? defaultMaxAgeSeconds) * 1000
  return ageMs > maxAgeMs ? 'MaximumEventAgeInSeconds' : undefined
}

const firstBackOffMs = 1000
/** So that the default retries fill the default age. */
const maxBackOffMs = 500_000

/** Doubles with every failure, less up to half of it, so that retries spread. */
function backOffMs(ctx: Context, failures: number): number {
  const full = Math.min(firstBackOffMs * 2 ** failures, maxBackOffMs)
  return full - Math.floor((full / 2) * (Number.parseInt(ctx.ids.hex(4), 16) / 0x10000))
}
