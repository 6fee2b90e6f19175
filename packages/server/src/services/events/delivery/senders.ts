import { createHash } from 'node:crypto'
import type { Context } from '../../../kernel/context.ts'
import { AwsError } from '../../../kernel/errors.ts'
import { arnParts } from '../arns.ts'
import { actorOf } from './delivery.ts'
import type { Delivery } from './delivery.ts'
import { queueUrl } from './dead-letter.ts'
import { DeliveryFailure } from './failure.ts'
import { forwardToBus } from './forward.ts'

/** Hands an event's text to a target of one service; throws what its service throws. */
type Sender = (ctx: Context, delivery: Delivery, input: string) => Promise<unknown>

const senders: Readonly<Record<string, Sender>> = {
  lambda: (ctx, delivery, input) =>
    ctx.callAs(actorOf(delivery), 'lambda', 'Invoke', {
      FunctionName: delivery.target.arn,
      InvocationType: 'Event',
      Payload: Buffer.from(input),
    }),
  sns: (ctx, delivery, input) =>
    ctx.callAs(actorOf(delivery), 'sns', 'Publish', {
      TopicArn: delivery.target.arn,
      Message: input,
    }),
  sqs: (ctx, delivery, input) => {
    const { arn, sqs } = delivery.target
    return ctx.callAs(actorOf(delivery), 'sqs', 'SendMessage', {
      QueueUrl: queueUrl(ctx, arn),
      MessageBody: input,
      ...(sqs?.MessageGroupId !== undefined && { MessageGroupId: sqs.MessageGroupId }),
    })
  },
  logs: sendToLogs,
  events: forwardToBus,
}

/** Sends an event's text to its target; throws DeliveryFailure or the error of the target's service. */
export async function send(ctx: Context, delivery: Delivery, input: string): Promise<void> {
  const service = arnParts(delivery.target.arn)?.service ?? ''
  const sender = Object.hasOwn(senders, service) ? senders[service] : undefined
  if (!sender) {
    throw new DeliveryFailure('NO_RESOURCE', `Targets of ${service} are not reached from here.`)
  }
  await sender(ctx, delivery, input)
}

/** CloudWatch Logs: into a stream of the rule's target, one for each hour. */
async function sendToLogs(ctx: Context, delivery: Delivery, input: string): Promise<void> {
  const { resource = '' } = arnParts(delivery.target.arn) ?? {}
  const logGroupName = resource.replace(/^log-group:/, '').replace(/:\*$/, '')
  const logStreamName = streamName(ctx.now, delivery)
  const put = () =>
    ctx.callAs(actorOf(delivery), 'logs', 'PutLogEvents', {
      logGroupName,
      logStreamName,
      logEvents: [logEvent(ctx.now, input)],
    })
  try {
    await put()
  } catch (error) {
    if (!isNotFound(error)) throw error
    await ctx
      .callAs(actorOf(delivery), 'logs', 'CreateLogStream', { logGroupName, logStreamName })
      .catch((refused: unknown) => {
        // Another delivery may have made it meanwhile.
        if (!(refused instanceof AwsError && refused.code.includes('AlreadyExists'))) throw refused
      })
    await put()
  }
}

function isNotFound(error: unknown): boolean {
  return error instanceof AwsError && error.code.includes('NotFound')
}

/** Stream names look like ids on AWS too. */
function streamName(now: Date, { rule, target }: Delivery): string {
  const hour = now.toISOString().slice(0, 13)
  const hex = createHash('sha256').update(`${rule.arn}|${target.id}|${hour}`).digest('hex')
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, '$1-$2-$3-$4-$5')
}

/** A transformer may make `{"timestamp": …, "message": …}`, which is the entry then. */
function logEvent(now: Date, input: string): { timestamp: number; message: string } {
  const parsed: unknown = JSON.parse(input)
  if (
    typeof parsed === 'object' &&
    parsed !== null &&
    'message' in parsed &&
    'timestamp' in parsed
  ) {
    const { timestamp, message } = parsed
    if (typeof timestamp === 'number' && typeof message === 'string') return { timestamp, message }
  }
  return { timestamp: now.getTime(), message: input }
}
