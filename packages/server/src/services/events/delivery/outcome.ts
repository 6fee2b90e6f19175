import type { Context } from '../../../kernel/context.ts'
import type { Again } from '../../../kernel/tasks.ts'
import { sendToDeadLetterQueue } from './dead-letter.ts'
import type { RetryLimit } from './dead-letter.ts'
import type { Delivery } from './delivery.ts'
import type { DeliveryFailure } from './failure.ts'
import { ruleMetric } from './metrics.ts'

/** Retry policy of a target that sets none (EventBridge User Guide, "Retrying event delivery"). */
const defaultMaxAgeSeconds = 86_400
const defaultMaxRetries = 185

/** Counts a delivery that has reached its target. */
export function succeeded(ctx: Context, delivery: Delivery): void {
  const { rule, failures } = delivery
  countAttempt(ctx, delivery)
  ruleMetric(ctx, rule, 'Invocations')
  ruleMetric(ctx, rule, 'SuccessfulInvocationAttempts')
  if (failures > 0) return
  const value = Math.max(ctx.now.getTime() - Date.parse(delivery.ingestedAt), 0)
  const latency = { value, unit: 'Milliseconds' }
  ruleMetric(ctx, rule, 'IngestionToInvocationStartLatency', latency)
}

function countAttempt(ctx: Context, { rule, failures }: Delivery): void {
  ruleMetric(ctx, rule, 'InvocationAttempts')
  if (failures > 0) ruleMetric(ctx, rule, 'RetryInvocationAttempts')
}

/** Counts an attempt that failed: when it is made again, or undefined when that was the last. */
export async function failed(
  ctx: Context,
  delivery: Delivery,
  failure: DeliveryFailure,
): Promise<(Again & { readonly payload: Delivery }) | undefined> {
  countAttempt(ctx, delivery)
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
