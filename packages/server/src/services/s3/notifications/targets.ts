import type { Context } from '../../../kernel/context.ts'
import { bucketArn } from '../bucket-access.ts'
import type { BucketRow } from '../store.ts'

const targetForm = /^arn:[a-z-]+:(sqs|sns|lambda):[a-z0-9-]+:\d{12}:\S+$/

/** Whether an ARN names a queue, a topic or a function. */
export function isTargetArn(arn: string): boolean {
  return targetForm.test(arn)
}

function actorOf({ name, accountId }: BucketRow) {
  return {
    service: 's3.amazonaws.com',
    sourceArn: bucketArn(name),
    sourceAccount: accountId,
  }
}

/** Hands a message to a queue, a topic or a function as S3 itself: the target's own policy decides. */
export async function deliver(
  ctx: Context,
  bucket: BucketRow,
  { arn, message }: { readonly arn: string; readonly message: string },
): Promise<void> {
  const [, , service, , account, name = ''] = arn.split(':')
  if (service === 'sqs') {
    const input = { QueueUrl: `${ctx.endpoint}/${account}/${name}`, MessageBody: message }
    await ctx.callAs(actorOf(bucket), 'sqs', 'SendMessage', input)
  } else if (service === 'sns') {
    const input = { TopicArn: arn, Message: message, Subject: 'Amazon S3 Notification' }
    await ctx.callAs(actorOf(bucket), 'sns', 'Publish', input)
  } else {
    const input = {
      FunctionName: arn,
      InvocationType: 'Event',
      Payload: Buffer.from(message),
    }
    await ctx.callAs(actorOf(bucket), 'lambda', 'Invoke', input)
  }
}

/** Whether a function would let S3 invoke it: asked without running it. Throws what it answers. */
export async function validateFunction(
  ctx: Context,
  bucket: BucketRow,
  arn: string,
): Promise<void> {
  const input = { FunctionName: arn, InvocationType: 'DryRun' }
  await ctx.callAs(actorOf(bucket), 'lambda', 'Invoke', input)
}
