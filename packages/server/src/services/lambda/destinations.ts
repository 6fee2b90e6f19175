import { parseArn } from '@bartizan/policy'
import type { Context } from '../../kernel/context.ts'
import { AwsError } from '../../kernel/errors.ts'
import type { Task } from '../../kernel/tasks.ts'
import { functionArn } from './arns.ts'
import { sessionNameOf } from './function-pool.ts'

/** What a destination is told of an asynchronous invocation. */
export interface InvocationRecord {
  readonly version: '1.0'
  readonly timestamp: string
  readonly requestContext: {
    readonly requestId: string
    readonly functionArn: string
    readonly condition: string
    readonly approximateInvokeCount: number
  }
  readonly requestPayload: unknown
  readonly responseContext?: object
  readonly responsePayload?: unknown
}

interface From {
  readonly functionName: string
  readonly roleArn: string
  /** An ARN. */
  readonly target: string
}

/** A record for a destination, or an event for a dead-letter queue. */
export type Delivery =
  | (From & {
      readonly kind: 'destination'
      readonly isSuccess: boolean
      readonly record: InvocationRecord
    })
  | (From & {
      readonly kind: 'dead-letter'
      readonly body: string
      readonly requestId: string
      readonly errorMessage: string
    })

/** What may be a destination, and a dead-letter queue. */
export const destinationServices = ['sqs', 'sns', 'lambda', 'events'] as const

/** Delivers a record or a dead letter as the function's execution role. */
export const deliverTask: Task<Delivery> = {
  name: 'lambda.deliver',
  async run(ctx, delivery) {
    const { service, operation, input } = callFor(ctx, delivery)
    const actor = {
      service: 'lambda.amazonaws.com',
      roleArn: delivery.roleArn,
      sessionName: sessionNameOf(delivery.functionName),
    }
    try {
      await ctx.callAs(actor, service, operation, input)
    } catch (error) {
      // What is refused stays refused; AWS counts it and lets the event go.
      if (!(error instanceof AwsError) || error.fault === 'server') throw error
      const name =
        delivery.kind === 'destination' ? 'DestinationDeliveryFailures' : 'DeadLetterErrors'
      const dimensions = { FunctionName: delivery.functionName }
      ctx.metric({ namespace: 'AWS/Lambda', name, value: 1, dimensions })
    }
    return undefined
  },
}

interface TargetCall {
  readonly service: string
  readonly operation: string
  readonly input: object
}

function callFor(ctx: Context, delivery: Delivery): TargetCall {
  const { target } = delivery
  const arn = parseArn(target)
  const text = delivery.kind === 'destination' ? JSON.stringify(delivery.record) : delivery.body
  switch (arn?.service) {
    case 'sqs': {
      const QueueUrl = `${ctx.endpoint}/${arn.account}/${arn.resource}`
      const input = { QueueUrl, MessageBody: text, ...messageAttributes(delivery) }
      return { service: 'sqs', operation: 'SendMessage', input }
    }
    case 'sns': {
      const input = { TopicArn: target, Message: text, ...messageAttributes(delivery) }
      return { service: 'sns', operation: 'Publish', input }
    }
    case 'lambda': {
      const input = { FunctionName: target, InvocationType: 'Event', Payload: Buffer.from(text) }
      return { service: 'lambda', operation: 'Invoke', input }
    }
    default: {
      const outcome = delivery.kind === 'destination' && delivery.isSuccess ? 'Success' : 'Failure'
      const source = functionArn(
        { accountId: ctx.account, region: ctx.region },
        delivery.functionName,
      )
      const entry = {
        Source: 'lambda',
        DetailType: `Lambda Function Invocation Result - ${outcome}`,
        Resources: [target, source],
        Detail: text,
        EventBusName: target,
      }
      return { service: 'events', operation: 'PutEvents', input: { Entries: [entry] } }
    }
  }
}

function messageAttributes(delivery: Delivery): object {
  if (delivery.kind === 'destination') return {}
  const text = (StringValue: string) => ({ DataType: 'String', StringValue })
  return {
    MessageAttributes: {
      RequestID: text(delivery.requestId),
      ErrorCode: { DataType: 'Number', StringValue: '200' },
      ErrorMessage: text(delivery.errorMessage),
    },
  }
}
