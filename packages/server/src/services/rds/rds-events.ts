import type { Context } from '../../kernel/context.ts'
import { events } from './store.ts'

/** What an event is about. */
export interface EventSource {
  readonly type: 'db-instance' | 'db-cluster' | 'db-snapshot' | 'db-cluster-snapshot'
  readonly identifier: string
  readonly arn: string
}

/** An event of AWS's list (https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_Events.Messages.html). */
export interface EventKind {
  readonly id: string
  readonly category: string
  readonly message: string
}

/** What EventBridge calls each kind of source. */
const announced = {
  'db-instance': { detailType: 'RDS DB Instance Event', sourceType: 'DB_INSTANCE' },
  'db-cluster': { detailType: 'RDS DB Cluster Event', sourceType: 'CLUSTER' },
  'db-snapshot': { detailType: 'RDS DB Snapshot Event', sourceType: 'SNAPSHOT' },
  'db-cluster-snapshot': {
    detailType: 'RDS DB Cluster Snapshot Event',
    sourceType: 'CLUSTER_SNAPSHOT',
  },
} as const

/** Writes an event down for DescribeEvents, and announces it on EventBridge. */
export function note(
  ctx: Context,
  source: EventSource,
  { id, category, message }: EventKind,
): void {
  const { type, identifier, arn } = source
  const at = ctx.now.toISOString()
  const row = { sourceType: type, source: identifier, sourceArn: arn, message, at }
  ctx.store.table(events).put(ctx.ids.ordered(), { ...row, categories: [category] })
  const { detailType, sourceType } = announced[type]
  ctx.emit({
    source: 'aws.rds',
    detailType,
    resources: [arn],
    detail: {
      EventCategories: [category],
      SourceType: sourceType,
      SourceArn: arn,
      Date: at,
      Message: message,
      SourceIdentifier: identifier,
      EventID: id,
    },
  })
}
