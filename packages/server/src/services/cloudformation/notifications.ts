import type { Task } from '../../kernel/tasks.ts'
import { callAsStack } from './stack-calls.ts'
import { stacks, type EventRow, type StackRow } from './store.ts'

/** Tells a topic of an event, in the lines that CloudFormation writes. */
export const notifyTask: Task<{
  readonly uuid: string
  readonly topicArn: string
  readonly event: EventRow
}> = {
  name: 'cloudformation.notify',
  async run(ctx, { uuid, topicArn, event }) {
    const stack = await ctx.store.table(stacks).get(uuid)
    if (!stack) return undefined
    const input = {
      TopicArn: topicArn,
      Subject: 'AWS CloudFormation Notification',
      Message: messageOf(stack, event, ctx.account),
    }
    // A topic that refuses or is gone does not hold up the others.
    await callAsStack(ctx, stack)('sns', 'Publish', input).catch(() => undefined)
    return undefined
  },
}

function messageOf(stack: StackRow, event: EventRow, account: string): string {
  const lines: Record<string, string> = {
    StackId: stack.id,
    Timestamp: event.at,
    EventId: event.eventId,
    LogicalResourceId: event.logicalId,
    Namespace: account,
    PhysicalResourceId: event.physicalId,
    ResourceProperties: event.properties ?? 'null',
    ResourceStatus: event.status,
    ResourceStatusReason: event.reason ?? '',
    ResourceType: event.type,
    StackName: stack.name,
    ClientRequestToken: event.token ?? 'null',
  }
  return Object.entries(lines)
    .map(([name, value]) => `${name}='${value}'\n`)
    .join('')
}
