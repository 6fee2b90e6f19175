import type { Context } from '../../../kernel/context.ts'
import { arnParts } from '../arns.ts'
import type { Delivery } from './delivery.ts'
import type { DeliveryFailure } from './failure.ts'
import { ruleMetric } from './metrics.ts'

/** The limit that ended the attempts, where it was a limit. */
export type RetryLimit = 'MaximumRetryAttempts' | 'MaximumEventAgeInSeconds'

/**
 * Puts an event that could not be delivered into the target's dead-letter queue, if it has one, with
 * AWS's attributes (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html).
 */
export async function sendToDeadLetterQueue(
  ctx: Context,
  delivery: Delivery,
  failure: DeliveryFailure,
  limit: RetryLimit | undefined,
): Promise<void> {
  const { event, rule, target } = delivery
  if (target.deadLetterArn === undefined) return
  const input = {
    QueueUrl: queueUrl(ctx, target.deadLetterArn),
    MessageBody: event,
    MessageAttributes: attributesOf(delivery, failure, limit),
  }
  const actor = { service: 'events.amazonaws.com', sourceArn: rule.arn }
  try {
    await ctx.callAs(actor, 'sqs', 'SendMessage', input)
    ruleMetric(ctx, rule, 'InvocationsSentToDlq')
  } catch {
    // A queue that cannot be reached ends the matter, as on AWS; the metric tells.
    ruleMetric(ctx, rule, 'InvocationsFailedToBeSentToDlq')
  }
}

function attributesOf(
  { rule, target, failures }: Delivery,
  failure: DeliveryFailure,
  limit: RetryLimit | undefined,
): Readonly<Record<string, object>> {
  const texts = {
    RULE_ARN: rule.arn,
    TARGET_ARN: target.arn,
    ERROR_CODE: failure.code,
    ERROR_MESSAGE: failure.message || failure.code,
    ...(limit && { EXHAUSTED_RETRY_CONDITION: limit }),
  }
  return {
    ...Object.fromEntries(
      Object.entries(texts).map(([name, StringValue]) => [
        name,
        { DataType: 'String', StringValue },
      ]),
    ),
    // The first attempt is no retry.
    RETRY_ATTEMPTS: { DataType: 'Number', StringValue: String(failures) },
  }
}

/** The address of a queue on this server. */
export function queueUrl(ctx: Context, arn: string): string {
  const { account = '', resource = '' } = arnParts(arn) ?? {}
  return `${ctx.endpoint}/${account}/${resource}`
}
