import type { Context } from '../../../kernel/context.ts'
import { arnParts } from '../arns.ts'
import type { Place } from '../arns.ts'
import type { RuleRow } from '../store.ts'
import type { Delivery, Event } from './delivery.ts'
import { ruleMetric } from './metrics.ts'
import { deliverTask, invokeTask } from './tasks.ts'

/** How an event came to a rule, where it was not simply put on the rule's bus. */
export interface Passage {
  readonly place?: Place
  readonly isForwarded?: boolean
}

/** Enqueues an event for every target of a rule that it triggers. */
export function enqueueDeliveries(
  ctx: Context,
  rule: RuleRow,
  event: Event,
  { place = ctx, isForwarded = false }: Passage = {},
): void {
  const { account, region } = place
  const { name, arn, bus } = rule
  ruleMetric(ctx, rule, 'TriggeredRules')
  for (const target of rule.targets) {
    const delivery: Delivery = {
      event,
      rule: { name, arn, bus },
      target,
      ingestedAt: ctx.now.toISOString(),
      failures: 0,
      ...(isForwarded && { isForwarded }),
    }
    const task = isWebhook(target.arn) ? invokeTask : deliverTask
    ctx.enqueue(task, delivery, { account, region })
    ruleMetric(ctx, rule, 'InvocationsCreated')
  }
}

function isWebhook(arn: string): boolean {
  const { service, resource } = arnParts(arn) ?? {}
  return service === 'events' && resource?.startsWith('api-destination/') === true
}
