import type { Context } from '../../../kernel/context.ts'

/** Publishes a figure about a rule (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-monitoring.html). */
export function ruleMetric(
  ctx: Context,
  rule: { readonly name: string; readonly bus: string },
  name: string,
  { value = 1, unit = 'Count' }: { value?: number; unit?: string } = {},
): void {
  const dimensions = {
    ...(rule.bus !== 'default' && { EventBusName: rule.bus }),
    RuleName: rule.name,
  }
  ctx.metric({ namespace: 'AWS/Events', name, value, unit, dimensions })
}
