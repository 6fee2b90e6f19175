import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import * as sdk from '@aws-sdk/client-eventbridge'
import { IAMClient } from '@aws-sdk/client-iam'
import { CreateKeyCommand, DisableKeyCommand, KMSClient } from '@aws-sdk/client-kms'
import * as sqs from '@aws-sdk/client-sqs'
import { startTestServer } from '@bartizan/testkit'
import { putEvent, refusal, roleFor, webhookTarget } from './test-support.ts'
import { startReceiver } from './webhook-receiver.fixture.ts'

const bartizan = await startTestServer()
after(() => bartizan.close())
const events = bartizan.client(sdk.EventBridgeClient)
const iam = bartizan.client(IAMClient)
const roleArn = await roleFor(iam, 'invoker', ['events:InvokeApiDestination'])

type Spec = Omit<Parameters<typeof webhookTarget>[1], 'roleArn'> & {
  readonly roleArn?: string
  readonly target?: Partial<sdk.Target>
}

/** A rule on events for it alone, with a webhook as its target. */
async function ruleToWebhook(spec: Spec): Promise<void> {
  const { name, target } = spec
  const webhook = await webhookTarget(events, { roleArn, ...spec })
  const EventPattern = JSON.stringify({ detail: { rule: [name] } })
  await events.send(new sdk.PutRuleCommand({ Name: name, EventPattern }))
  const Targets = [{ Id: 'web', ...webhook, ...target }]
  await events.send(new sdk.PutTargetsCommand({ Rule: name, Targets }))
}

/** A queue for what cannot be delivered. */
async function deadLetterQueue(name: string) {
  const client = bartizan.client(sqs.SQSClient)
  const Arn = `arn:aws:sqs:us-east-1:${bartizan.accountId}:${name}`
  const Statement = {
    Effect: 'Allow',
    Principal: { Service: 'events.amazonaws.com' },
    Action: 'sqs:SendMessage',
    Resource: Arn,
  }
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement })
  const { QueueUrl } = await client.send(
    new sqs.CreateQueueCommand({ QueueName: name, Attributes: { Policy } }),
  )
  const attributes = async () => {
    await bartizan.server.settled()
    const { Messages = [] } = await client.send(
      new sqs.ReceiveMessageCommand({ QueueUrl, MessageAttributeNames: ['All'] }),
    )
    return Object.fromEntries(
      Object.entries(Messages[0]?.MessageAttributes ?? {}).map(([key, { StringValue }]) => [
        key,
        StringValue,
      ]),
    )
  }
  return { DeadLetterConfig: { Arn }, attributes }
}

test('a rule on an audited call reaches a webhook with its credentials', async () => {
  const kms = bartizan.client(KMSClient)
  const receiver = await startReceiver()
  const target = await webhookTarget(events, { name: 'audit', url: receiver.url, roleArn })
  const pattern = {
    source: ['aws.kms'],
    'detail-type': ['AWS API Call via CloudTrail'],
    detail: { eventName: ['DisableKey'] },
  }
  await events.send(
    new sdk.PutRuleCommand({ Name: 'audit', EventPattern: JSON.stringify(pattern) }),
  )
  await events.send(
    new sdk.PutTargetsCommand({ Rule: 'audit', Targets: [{ Id: 'web', ...target }] }),
  )
  const { KeyMetadata } = await kms.send(new CreateKeyCommand({}))
  await kms.send(new DisableKeyCommand({ KeyId: KeyMetadata?.KeyId }))
  const [request] = await receiver.next()
  assert.equal(request?.method, 'POST')
  assert.equal(request?.headers['x-key'], 'secret')
  assert.equal(request?.headers['user-agent'], 'Amazon/EventBridge/ApiDestinations')
  assert.equal(request?.headers['content-type'], 'application/json; charset=utf-8')
  const event = JSON.parse(request?.body ?? '') as Record<string, unknown>
  assert.equal(event['source'], 'aws.kms')
  assert.equal(event['account'], bartizan.accountId)
  const detail = event['detail'] as Record<string, unknown>
  assert.equal(detail['eventName'], 'DisableKey')
  assert.deepEqual(detail['requestParameters'], { keyId: KeyMetadata?.KeyId })
  await receiver.close()
})

test('path, query, headers and body come from the target and the connection', async () => {
  const receiver = await startReceiver()
  const header = { Key: 'X-From', Value: 'connection', IsValueSecret: false }
  await ruleToWebhook({
    name: 'dressed',
    url: `${receiver.url}/a/*/b`,
    connection: {
      AuthorizationType: 'BASIC',
      AuthParameters: {
        BasicAuthParameters: { Username: 'ada', Password: 'pw' },
        InvocationHttpParameters: {
          HeaderParameters: [header],
          QueryStringParameters: [{ Key: 'q', Value: 'hidden', IsValueSecret: true }],
          BodyParameters: [{ Key: 'added', Value: 'yes', IsValueSecret: false }],
        },
      },
    },
    destination: { HttpMethod: 'PUT' },
    target: {
      InputPath: '$.detail',
      HttpParameters: {
        PathParameterValues: ['$.detail.id'],
        HeaderParameters: { 'X-Type': '$.detail-type', 'X-From': 'target' },
        QueryStringParameters: { plain: 'text' },
      },
    },
  })
  await putEvent(events, { rule: 'dressed', id: 'x/y' })
  const [request] = await receiver.next()
  assert.equal(request?.method, 'PUT')
  assert.equal(request?.path, '/a/x%2Fy/b?plain=text&q=hidden')
  assert.equal(request?.headers['x-type'], 'order')
  assert.equal(request?.headers['x-from'], 'connection')
  assert.equal(request?.headers['authorization'], `Basic ${btoa('ada:pw')}`)
  assert.deepEqual(JSON.parse(request?.body ?? ''), { rule: 'dressed', id: 'x/y', added: 'yes' })
  const shown = await events.send(new sdk.DescribeConnectionCommand({ Name: 'dressed' }))
  assert.deepEqual(shown.AuthParameters, {
    BasicAuthParameters: { Username: 'ada' },
    InvocationHttpParameters: {
      HeaderParameters: [header],
      QueryStringParameters: [{ Key: 'q', IsValueSecret: true }],
      BodyParameters: [{ Key: 'added', Value: 'yes', IsValueSecret: false }],
    },
  })
  await receiver.close()
})

test('a failing webhook is tried again until its retries are used up', async () => {
  const receiver = await startReceiver(() => ({ status: 503 }))
  const { DeadLetterConfig, attributes } = await deadLetterQueue('worn-out')
  await ruleToWebhook({
    name: 'failing',
    url: receiver.url,
    target: { DeadLetterConfig, RetryPolicy: { MaximumRetryAttempts: 2 } },
  })
  await putEvent(events, { rule: 'failing' })
  await bartizan.server.settled()
  assert.equal(receiver.received.length, 1)
  for (const count of [2, 3]) {
    await bartizan.advance('10m')
    await bartizan.server.settled()
    assert.equal(receiver.received.length, count)
  }
  const letter = await attributes()
  assert.equal(letter['ERROR_CODE'], 'ERROR_FROM_TARGET')
  assert.equal(letter['EXHAUSTED_RETRY_CONDITION'], 'MaximumRetryAttempts')
  assert.equal(letter['RETRY_ATTEMPTS'], '2')
  await receiver.close()
})

test('an event that has become too old is not tried again', async () => {
  const receiver = await startReceiver(() => ({ status: 429, headers: { 'retry-after': '120' } }))
  const { DeadLetterConfig, attributes } = await deadLetterQueue('too-old')
  await ruleToWebhook({
    name: 'ageing',
    url: receiver.url,
    target: { DeadLetterConfig, RetryPolicy: { MaximumEventAgeInSeconds: 60 } },
  })
  await putEvent(events, { rule: 'ageing' })
  const letter = await attributes()
  assert.equal(receiver.received.length, 1)
  assert.equal(letter['ERROR_CODE'], 'THROTTLING')
  assert.equal(letter['EXHAUSTED_RETRY_CONDITION'], 'MaximumEventAgeInSeconds')
  await receiver.close()
})

test('a client error, a redirect and a missing permission are final', async () => {
  const receiver = await startReceiver(({ path }) =>
    path === '/moved' ? { status: 302, headers: { location: '/' } } : { status: 404 },
  )
  const cases = [
    { name: 'client-error', path: '/', code: 'SDK_CLIENT_ERROR' },
    { name: 'redirect', path: '/moved', code: 'SDK_CLIENT_ERROR' },
    { name: 'forbidden', path: '/', code: 'NO_PERMISSIONS', actions: ['events:PutEvents'] },
  ]
  for (const { name, path, code, actions } of cases) {
    const { DeadLetterConfig, attributes } = await deadLetterQueue(name)
    const role = actions && { roleArn: await roleFor(iam, name, actions) }
    const url = receiver.url + path
    await ruleToWebhook({ name, url, target: { DeadLetterConfig }, ...role })
    await putEvent(events, { rule: name })
    assert.equal((await attributes())['ERROR_CODE'], code)
  }
  assert.equal(receiver.received.length, 2)
  await receiver.close()
})

test('OAuth is performed, its token kept, and renewed when the webhook has had enough of it', async () => {
  let issued = 0
  let accepted = 'token-1'
  const server = await startReceiver(({ path, headers }) => {
    if (path.startsWith('/token')) {
      issued += 1
      const body = JSON.stringify({ access_token: `token-${issued}`, expires_in: 3600 })
      return { body }
    }
    return { status: headers['authorization'] === `Bearer ${accepted}` ? 200 : 401 }
  })
  await ruleToWebhook({
    name: 'oauth',
    url: `${server.url}/hook`,
    connection: {
      AuthorizationType: 'OAUTH_CLIENT_CREDENTIALS',
      AuthParameters: {
        OAuthParameters: {
          AuthorizationEndpoint: `${server.url}/token`,
          HttpMethod: 'POST',
          ClientParameters: { ClientID: 'me', ClientSecret: 'hush' },
          OAuthHttpParameters: {
            BodyParameters: [{ Key: 'scope', Value: 'all', IsValueSecret: false }],
          },
        },
      },
    },
  })
  await bartizan.server.settled()
  const connection = await events.send(new sdk.DescribeConnectionCommand({ Name: 'oauth' }))
  assert.equal(connection.ConnectionState, 'AUTHORIZED')
  assert.equal(JSON.stringify(connection.AuthParameters).includes('hush'), false)
  const [grant] = server.received
  assert.equal(
    grant?.body,
    'grant_type=client_credentials&client_id=me&client_secret=hush&scope=all',
  )
  await putEvent(events, { rule: 'oauth' })
  await putEvent(events, { rule: 'oauth' })
  await bartizan.server.settled()
  assert.equal(issued, 1)
  accepted = 'token-2'
  await putEvent(events, { rule: 'oauth' })
  await bartizan.server.settled()
  assert.equal(issued, 2)
  const hooks = server.received.filter(({ path }) => path === '/hook')
  assert.deepEqual(
    hooks.map(({ headers }) => headers['authorization']),
    ['Bearer token-1', 'Bearer token-1', 'Bearer token-1', 'Bearer token-2'],
  )
  await server.close()
})

test('an authorisation that is refused leaves connection and destination inactive', async () => {
  const server = await startReceiver(() => ({ status: 403 }))
  const target = await webhookTarget(events, {
    name: 'unauthorised',
    url: server.url,
    roleArn,
    connection: {
      AuthorizationType: 'OAUTH_CLIENT_CREDENTIALS',
      AuthParameters: {
        OAuthParameters: {
          AuthorizationEndpoint: server.url,
          HttpMethod: 'GET',
          ClientParameters: { ClientID: 'me', ClientSecret: 'hush' },
        },
      },
    },
  })
  await bartizan.server.settled()
  const Name = 'unauthorised'
  const connection = await events.send(new sdk.DescribeConnectionCommand({ Name }))
  assert.equal(connection.ConnectionState, 'DEAUTHORIZED')
  assert.match(connection.StateReason ?? '', /403/)
  const destination = await events.send(new sdk.DescribeApiDestinationCommand({ Name }))
  assert.equal(destination.ApiDestinationState, 'INACTIVE')
  assert.equal(destination.ApiDestinationArn, target.Arn)
  await events.send(
    new sdk.UpdateConnectionCommand({
      Name,
      AuthorizationType: 'BASIC',
      AuthParameters: { BasicAuthParameters: { Username: 'u', Password: 'p' } },
    }),
  )
  const active = await events.send(new sdk.DescribeApiDestinationCommand({ Name }))
  assert.equal(active.ApiDestinationState, 'ACTIVE')
  await events.send(new sdk.DeauthorizeConnectionCommand({ Name }))
  const idle = await events.send(new sdk.DescribeConnectionCommand({ Name }))
  assert.equal(idle.ConnectionState, 'DEAUTHORIZED')
  assert.deepEqual(idle.AuthParameters, {})
  await server.close()
})

test('a webhook that keeps its callers waiting holds up no other', async () => {
  let release = (): void => {}
  const held = new Promise<void>((resolve) => {
    release = resolve
  })
  const slow = await startReceiver(async () => {
    await held
    return {}
  })
  const quick = await startReceiver()
  await ruleToWebhook({ name: 'slow', url: slow.url })
  await ruleToWebhook({ name: 'quick', url: quick.url })
  for (let number = 0; number < 80; number++) await putEvent(events, { rule: 'slow' })
  await putEvent(events, { rule: 'quick' })
  await quick.next()
  assert.ok(slow.received.length <= 16)
  release()
  await slow.close()
  await quick.close()
})

test('what a destination gets in a second is limited', async () => {
  const receiver = await startReceiver()
  await ruleToWebhook({
    name: 'limited',
    url: receiver.url,
    destination: { InvocationRateLimitPerSecond: 3 },
  })
  const startedMs = performance.now()
  const Entries = Array.from({ length: 10 }, () => ({
    Source: 'my.app',
    DetailType: 'order',
    Detail: '{"rule":"limited"}',
  }))
  await events.send(new sdk.PutEventsCommand({ Entries }))
  await bartizan.server.settled()
  const seconds = (performance.now() - startedMs) / 1000
  assert.ok(receiver.received.length >= 3)
  assert.ok(receiver.received.length <= 3 + Math.ceil(seconds * 3))
  await bartizan.advance('1m')
  await bartizan.server.settled()
  assert.equal(receiver.received.length, 10)
  await receiver.close()
})

test('connections and destinations are refused in the words of AWS', async () => {
  const connect = (input: Partial<sdk.CreateConnectionCommandInput>) =>
    events.send(
      new sdk.CreateConnectionCommand({
        Name: 'lone',
        AuthorizationType: 'BASIC',
        AuthParameters: { BasicAuthParameters: { Username: 'u', Password: 'p' } },
        ...input,
      }),
    )
  const { ConnectionArn } = await connect({})
  const direct = (input: Partial<sdk.CreateApiDestinationCommandInput>) =>
    events.send(
      new sdk.CreateApiDestinationCommand({
        Name: 'd',
        ConnectionArn,
        HttpMethod: 'POST',
        InvocationEndpoint: 'https://example.com/',
        ...input,
      }),
    )
  await direct({})
  const elsewhere = ConnectionArn?.replace('us-east-1', 'us-west-2') ?? ''
  const cases: readonly (readonly [() => Promise<unknown>, string, string])[] = [
    [() => connect({}), 'ResourceAlreadyExistsException', 'Connection lone already exists.'],
    [
      () => connect({ Name: 'e', AuthorizationType: 'API_KEY' }),
      'ValidationException',
      'Parameter ApiKeyAuthParameters is not valid. Reason: Missing required field(s)',
    ],
    [
      () => direct({ Name: 'e', InvocationEndpoint: 'http://example.com/' }),
      'ValidationException',
      "Parameter InvocationEndpoint is not valid. Reason: Endpoint 'http://example.com/' is not valid.",
    ],
    [
      () => direct({ Name: 'e', ConnectionArn: elsewhere }),
      'ValidationException',
      `Invalid ARN: '${elsewhere}'`,
    ],
    [() => direct({}), 'ResourceAlreadyExistsException', "An api-destination 'd' already exists."],
    [
      () => events.send(new sdk.DescribeConnectionCommand({ Name: 'none' })),
      'ResourceNotFoundException',
      "Failed to describe the connection(s). Connection 'none' does not exist.",
    ],
    [
      () => events.send(new sdk.DescribeApiDestinationCommand({ Name: 'none' })),
      'ResourceNotFoundException',
      "Failed to describe the api-destination(s). An api-destination 'none' does not exist.",
    ],
  ]
  for (const [call, name, message] of cases) {
    assert.deepEqual(await refusal(call()), { name, message })
  }
  await events.send(new sdk.UpdateApiDestinationCommand({ Name: 'd', HttpMethod: 'PATCH' }))
  const { ApiDestinations } = await events.send(
    new sdk.ListApiDestinationsCommand({ ConnectionArn }),
  )
  assert.equal(ApiDestinations?.[0]?.HttpMethod, 'PATCH')
  assert.equal(ApiDestinations?.[0]?.InvocationRateLimitPerSecond, 300)
  await events.send(new sdk.DeleteApiDestinationCommand({ Name: 'd' }))
  const { ConnectionState } = await events.send(new sdk.DeleteConnectionCommand({ Name: 'lone' }))
  assert.equal(ConnectionState, 'DELETING')
  const { Connections } = await events.send(new sdk.ListConnectionsCommand({ NamePrefix: 'lone' }))
  assert.deepEqual(Connections, [])
})
