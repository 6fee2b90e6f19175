import { SQS } from '@aws-sdk/client-sqs'

export const handler = async ({ detail }) => {
  await new SQS().sendMessage({
    QueueUrl: process.env.QUEUE,
    MessageBody: JSON.stringify(detail),
  })
}
