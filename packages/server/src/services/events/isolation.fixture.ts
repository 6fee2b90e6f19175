import { EventBridge } from '@aws-sdk/client-eventbridge'
import { IAM } from '@aws-sdk/client-iam'
import type { TestServer } from '@bartizan/testkit'
import type { Loot } from '../../isolation.fixture.ts'
import { roleFor } from './test-support.ts'

/** A bus with a rule, targets and a policy, an archive being replayed, a connection and an API destination. */
export async function plant(bartizan: TestServer, loot: Loot): Promise<void> {
  const events = bartizan.client(EventBridge)
  const Tags = [{ Key: 'canary-bus-tag', Value: 'canary-bus-tag-value' }]
  const EventBusName = 'canary-bus'
  const { EventBusArn } = await events.createEventBus({
    Name: EventBusName,
    Description: 'canary description of the bus',
    Tags,
  })
  const EventPattern = '{"source":["canary.source"]}'
  const rule = { Name: 'canary-rule', EventBusName }
  const { RuleArn } = await events.putRule({
    ...rule,
    EventPattern,
    Description: 'canary description of the rule',
    Tags,
  })
  const Arn = `arn:aws:sqs:us-east-1:${bartizan.accountId}:canary-queue`
  await events.putTargets({
    Rule: 'canary-rule',
    EventBusName,
    Targets: [{ Id: 'canary-target', Arn, Input: '"canary input"' }],
  })
  const { ArchiveArn } = await events.createArchive({
    ArchiveName: 'canary-archive',
    EventSourceArn: EventBusArn,
    Description: 'canary description of the archive',
  })
  const replay = { ReplayName: 'canary-replay', EventSourceArn: ArchiveArn }
  const end = bartizan.now()
  const { ReplayArn } = await events.startReplay({
    ...replay,
    EventStartTime: new Date(end.getTime() - 3_600_000),
    EventEndTime: end,
    Destination: { Arn: EventBusArn },
  })
  const { ConnectionArn } = await events.createConnection({
    Name: 'canary-connection',
    AuthorizationType: 'API_KEY',
    AuthParameters: {
      ApiKeyAuthParameters: { ApiKeyName: 'X-Key', ApiKeyValue: 'canary-api-key-value' },
    },
  })
  const { ApiDestinationArn } = await events.createApiDestination({
    Name: 'canary-destination',
    ConnectionArn,
    InvocationEndpoint: 'https://canary-hook.example.com/',
    HttpMethod: 'POST',
  })
  const RoleArn = await roleFor(bartizan.client(IAM), 'canary-events-role', ['sqs:SendMessage'])
  loot.secrets.add('canary-api-key-value')
  loot.keep({ EventBusName, EventBusArn, RuleArn, EventPattern, RoleArn, ArchiveArn, ReplayArn })
  loot.keep({ ConnectionArn, ApiDestinationArn, Rule: 'canary-rule', Ids: 'canary-target' })
  loot.keep({ ArchiveName: 'canary-archive', ReplayName: 'canary-replay', TargetArn: Arn })
  for (const arn of [EventBusArn, ArchiveArn]) loot.keep({ EventSourceArn: arn, ResourceARN: arn })
  for (const name of [
    EventBusArn,
    EventBusName,
    'canary-rule',
    'canary-connection',
    'canary-destination',
  ]) {
    loot.keep({ Name: name })
  }
  loot.keep({ ResourceARN: RuleArn })
}
