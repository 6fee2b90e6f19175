import { SQS } from '@aws-sdk/client-sqs'
import type { TestServer } from '@bartizan/testkit'
import type { Loot } from '../../isolation.fixture.ts'

/** A queue with messages, one of them received, its dead-letter queue, and a FIFO queue. */
export async function plant(bartizan: TestServer, loot: Loot): Promise<void> {
  const sqs = bartizan.client(SQS)
  const arnOf = (name: string) => `arn:aws:sqs:us-east-1:${bartizan.accountId}:${name}`
  const tags = { 'canary-tag-of-owner': 'canary-value-of-owner' }
  await sqs.createQueue({ QueueName: 'canary-dead', tags })
  const deadLetterTargetArn = arnOf('canary-dead')
  const RedrivePolicy = JSON.stringify({ deadLetterTargetArn, maxReceiveCount: 5 })
  const { QueueUrl } = await sqs.createQueue({
    QueueName: 'canary-queue',
    Attributes: { RedrivePolicy },
    tags,
  })
  loot.keep({ QueueName: 'canary-queue', QueueUrl, SourceArn: deadLetterTargetArn })
  for (const MessageBody of ['canary-message-one', 'canary-message-two']) {
    loot.keep(await sqs.sendMessage({ QueueUrl, MessageBody }))
  }
  loot.keep(await sqs.receiveMessage({ QueueUrl, VisibilityTimeout: 43_200 }))
  const fifo = await sqs.createQueue({
    QueueName: 'canary-queue.fifo',
    Attributes: { FifoQueue: 'true', ContentBasedDeduplication: 'true' },
  })
  loot.keep({ QueueName: 'canary-queue.fifo', ...fifo })
  loot.keep(await sqs.startMessageMoveTask({ SourceArn: deadLetterTargetArn }))
}
