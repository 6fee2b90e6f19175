import type { ResourceStatus, StackStatus } from '@aws-sdk/client-cloudformation'
import type { Context } from '../../kernel/context.ts'
import { notifyTask } from './notifications.ts'
import { events, type ResourceRow, type StackDefinition, type StackRow } from './store.ts'

/** Sets a stack's status, with its event. */
export function statusOf(
  ctx: Context,
  stack: StackRow,
  status: StackStatus,
  reason?: string,
): StackRow {
  const { statusReason: _before, ...rest } = stack
  const next = { ...rest, status, ...(reason !== undefined && { statusReason: reason }) }
  note(ctx, next, {
    logicalId: stack.name,
    physicalId: stack.id,
    type: 'AWS::CloudFormation::Stack',
    status,
    ...(reason !== undefined && { reason }),
  })
  ctx.emit({
    source: 'aws.cloudformation',
    detailType: 'CloudFormation Stack Status Change',
    resources: [stack.id],
    detail: {
      'stack-id': stack.id,
      'status-details': { status, 'status-reason': reason ?? '' },
    },
  })
  return next
}

/** Notes an event of a resource. */
export function noteResource(
  ctx: Context,
  stack: StackRow,
  row: Pick<ResourceRow, 'logicalId' | 'type' | 'physicalId' | 'status'> & {
    readonly reason?: string | undefined
    readonly properties?: string
  },
): void {
  const { logicalId, type, physicalId = '', status, reason, properties } = row
  ctx.emit({
    source: 'aws.cloudformation',
    detailType: 'CloudFormation Resource Status Change',
    resources: [stack.id],
    detail: {
      'stack-id': stack.id,
      'logical-resource-id': logicalId,
      'physical-resource-id': physicalId,
      'resource-type': type,
      'status-details': { status, 'status-reason': reason ?? '' },
    },
  })
  note(ctx, stack, {
    logicalId,
    physicalId,
    type,
    status,
    ...(reason !== undefined && { reason }),
    ...(properties !== undefined && { properties }),
  })
}

interface Happening {
  readonly logicalId: string
  readonly physicalId: string
  readonly type: string
  readonly status: ResourceStatus | StackStatus
  readonly reason?: string
  readonly properties?: string
}

function note(ctx: Context, stack: StackRow, happening: Happening): void {
  const at = ctx.now.toISOString()
  const { logicalId, status } = happening
  const isStack = happening.physicalId === stack.id
  const row = {
    ...happening,
    at,
    eventId: isStack ? ctx.ids.uuid() : `${logicalId}-${status}-${at}`,
    operationId: stack.deployment?.id ?? '',
    ...(stack.deployment?.token !== undefined && { token: stack.deployment.token }),
  }
  ctx.store.table(events).put(`${stack.uuid}/${ctx.ids.ordered()}`, row)
  const { notificationArns } = JSON.parse(stack.definition) as StackDefinition
  for (const topicArn of notificationArns) {
    const { properties, ...told } = row
    const shown = properties === undefined ? told : { ...told, properties }
    ctx.enqueue(
      notifyTask,
      { uuid: stack.uuid, topicArn, event: shown },
      { order: `cloudformation.notify/${stack.uuid}/${topicArn}` },
    )
  }
}
