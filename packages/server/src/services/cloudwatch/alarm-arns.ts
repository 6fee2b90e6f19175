import type { Context } from '../../kernel/context.ts'
import type { Access } from '../../kernel/service.ts'
import type { AlarmRow } from './alarm-store.ts'

function partitionOf(region: string): string {
  if (region.startsWith('cn-')) return 'aws-cn'
  return region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws'
}

/** An alarm's ARN. */
export function alarmArn({ account, region }: Pick<Context, 'account' | 'region'>, name: string) {
  return `arn:${partitionOf(region)}:cloudwatch:${region}:${account}:alarm:${name}`
}

/** A dashboard's ARN: dashboards belong to no Region. */
export function dashboardArn(
  { account, region }: Pick<Context, 'account' | 'region'>,
  name: string,
) {
  return `arn:${partitionOf(region)}:cloudwatch::${account}:dashboard/${name}`
}

/** The permission for an operation on an alarm. */
export function alarmAccess(ctx: Context, name: string, alarm?: AlarmRow): Access {
  const resource = alarmArn(ctx, name)
  ctx.audit.resource({ ARN: resource, accountId: ctx.account, type: 'AWS::CloudWatch::Alarm' })
  return { resource, conditions: tagConditions('resourcetag', alarm?.tags) }
}

/** The condition keys of a resource's tags (`resourcetag`) or a request's (`requesttag`). */
export function tagConditions(
  kind: 'resourcetag' | 'requesttag',
  tags: Readonly<Record<string, string>> = {},
): Record<string, string | readonly string[]> {
  const entries = Object.entries(tags)
  const keys = kind === 'requesttag' && entries.length > 0 && entries.map(([key]) => key)
  return {
    ...(keys && { 'aws:tagkeys': keys }),
    ...Object.fromEntries(
      entries.map(([key, value]) => [`aws:${kind}/${key.toLowerCase()}`, value]),
    ),
  }
}
