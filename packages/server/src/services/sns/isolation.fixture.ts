import { SNS } from '@aws-sdk/client-sns'
import type { TestServer } from '@bartizan/testkit'
import type { Loot } from '../../isolation.fixture.ts'

/** Topics with tags and subscriptions, one of them not confirmed. */
export async function plant(bartizan: TestServer, loot: Loot): Promise<void> {
  const sns = bartizan.client(SNS)
  const Tags = [{ Key: 'canary-tag-of-owner', Value: 'canary-value-of-owner' }]
  const Attributes = { DisplayName: 'canary name of the owner' }
  const { TopicArn } = await sns.createTopic({ Name: 'canary-topic', Attributes, Tags })
  loot.keep({ Name: 'canary-topic', TopicArn, TargetArn: TopicArn, ResourceArn: TopicArn })
  const places = [
    { Protocol: 'sqs', Endpoint: `arn:aws:sqs:us-east-1:${bartizan.accountId}:canary-queue` },
    { Protocol: 'http', Endpoint: 'http://127.0.0.1:9/canary-hook' },
  ]
  for (const place of places) {
    loot.keep(await sns.subscribe({ TopicArn, ...place, ReturnSubscriptionArn: true }))
    loot.keep(place)
  }
}
