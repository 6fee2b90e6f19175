import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { CloudTrail } from '@aws-sdk/client-cloudtrail'
import { EventBridge } from '@aws-sdk/client-eventbridge'
import { SecretsManager } from '@aws-sdk/client-secrets-manager'
import { SQS } from '@aws-sdk/client-sqs'
import { startTestServer, type TestServer } from '@bartizan/testkit'
import { rotationFunction } from './rotation-function.fixture.ts'

let bartizan: TestServer
let secrets: SecretsManager
let RotationLambdaARN: string
before(async () => {
  bartizan = await startTestServer()
  secrets = bartizan.client(SecretsManager)
  RotationLambdaARN = await rotationFunction(bartizan)
})
after(() => bartizan.close())

/** The names of the events that Secrets Manager logged of its own accord for a secret, oldest first. */
async function serviceEvents(arn: string): Promise<string[]> {
  const trail = bartizan.client(CloudTrail)
  const { Events = [] } = await trail.lookupEvents({
    LookupAttributes: [{ AttributeKey: 'ResourceName', AttributeValue: arn }],
    MaxResults: 50,
  })
  return Events.map(({ CloudTrailEvent = '{}' }) => JSON.parse(CloudTrailEvent))
    .filter(({ eventType }) => eventType === 'AwsServiceEvent')
    .map(({ eventName }) => String(eventName))
    .toReversed()
}

async function made(Name: string, Description?: string): Promise<string> {
  const request = { Name, SecretString: 'first', ...(Description && { Description }) }
  return (await secrets.createSecret(request)).ARN ?? ''
}

const valueOf = async (SecretId: string, VersionStage?: string) =>
  (await secrets.getSecretValue({ SecretId, ...(VersionStage && { VersionStage }) })).SecretString

test('a rotation runs the four steps and moves AWSCURRENT to the new version', async () => {
  const arn = await made('rotated')
  const SecretId = 'rotated'
  const RotationRules = { AutomaticallyAfterDays: 30 }
  const { VersionId } = await secrets.rotateSecret({ SecretId, RotationLambdaARN, RotationRules })
  await bartizan.settled()
  const found = await secrets.describeSecret({ SecretId })
  assert.ok(found.VersionIdsToStages?.[VersionId ?? '']?.includes('AWSCURRENT'))
  assert.equal(await valueOf(SecretId, 'AWSPREVIOUS'), 'first')
  assert.match((await valueOf(SecretId)) ?? '', /^[A-Za-z0-9]{32}$/)
  assert.equal(found.RotationEnabled, true)
  assert.equal(found.RotationLambdaARN, RotationLambdaARN)
  assert.deepEqual(found.RotationRules, RotationRules)
  assert.ok(found.LastRotatedDate)
  const inDays = (Number(found.NextRotationDate) - bartizan.now().getTime()) / 86_400_000
  assert.ok(inDays > 29 && inDays < 31, String(inDays))
  assert.deepEqual(await serviceEvents(arn), ['RotationStarted', 'RotationSucceeded'])
  await secrets.cancelRotateSecret({ SecretId })
})

/** A queue that a rule of the default bus fills with a secret's own events. */
async function eventQueue(SecretId: string): Promise<string> {
  const name = 'rotations'
  const Arn = `arn:aws:sqs:us-east-1:${bartizan.accountId}:${name}`
  const Policy = JSON.stringify({
    Version: '2012-10-17',
    Statement: {
      Effect: 'Allow',
      Principal: { Service: 'events.amazonaws.com' },
      Action: 'sqs:SendMessage',
      Resource: Arn,
    },
  })
  const sqs = bartizan.client(SQS)
  const { QueueUrl = '' } = await sqs.createQueue({ QueueName: name, Attributes: { Policy } })
  const events = bartizan.client(EventBridge)
  const EventPattern = JSON.stringify({
    source: ['aws.secretsmanager'],
    'detail-type': ['AWS Service Event via CloudTrail'],
    detail: { eventName: ['RotationSucceeded'], additionalEventData: { SecretId: [SecretId] } },
  })
  await events.putRule({ Name: name, EventPattern })
  await events.putTargets({ Rule: name, Targets: [{ Id: 'queue', Arn }] })
  return QueueUrl
}

test('a rotation’s end is an event that EventBridge rules match', async () => {
  const SecretId = 'announced'
  const QueueUrl = await eventQueue(await made(SecretId))
  await secrets.rotateSecret({ SecretId, RotationLambdaARN })
  const { Messages = [] } = await bartizan
    .client(SQS)
    .receiveMessage({ QueueUrl, WaitTimeSeconds: 20 })
  const event = JSON.parse(Messages[0]?.Body ?? '{}')
  assert.equal(event['detail'].eventName, 'RotationSucceeded')
  assert.equal(event['detail'].userIdentity.invokedBy, 'secretsmanager.amazonaws.com')
  await bartizan.settled()
})

test('a year passed over in one go has all its rotations', async () => {
  const SecretId = 'yearly'
  await made(SecretId)
  const RotationRules = { ScheduleExpression: 'cron(0 16 1 * ? *)', Duration: '2h' }
  await secrets.rotateSecret({
    SecretId,
    RotationLambdaARN,
    RotationRules,
    RotateImmediately: false,
  })
  await bartizan.settled()
  assert.equal(await valueOf(SecretId), 'first')
  await bartizan.advance('365d')
  await bartizan.settled()
  const { Versions = [] } = await secrets.listSecretVersionIds({
    SecretId,
    IncludeDeprecated: true,
  })
  assert.equal(Versions.length, 13)
  const found = await secrets.describeSecret({ SecretId })
  const { NextRotationDate } = found
  assert.ok(Number(found.RotationRules?.AutomaticallyAfterDays) >= 28)
  assert.equal(NextRotationDate?.getUTCHours(), 18)
  assert.ok(Number(NextRotationDate) > bartizan.now().getTime())
  await secrets.cancelRotateSecret({ SecretId })
})

test('a step that fails leaves AWSCURRENT alone and is tried again', async () => {
  const SecretId = 'failing'
  const arn = await made(SecretId, 'fail testSecret')
  const RotationRules = { AutomaticallyAfterDays: 7 }
  const { VersionId = '' } = await secrets.rotateSecret({
    SecretId,
    RotationLambdaARN,
    RotationRules,
  })
  await bartizan.settled()
  assert.equal(await valueOf(SecretId), 'first')
  const pending = await valueOf(SecretId, 'AWSPENDING')
  await assert.rejects(secrets.rotateSecret({ SecretId }), {
    name: 'InvalidRequestException',
    message: "A previous rotation isn't complete. That rotation will be reattempted.",
  })
  await bartizan.settled()
  assert.deepEqual(await serviceEvents(arn), [
    'RotationStarted',
    'RotationFailed',
    'RotationStarted',
    'RotationFailed',
  ])
  await secrets.updateSecret({ SecretId, Description: 'well again' })
  await bartizan.advance('5m')
  await bartizan.settled()
  const { VersionIdsToStages } = await secrets.describeSecret({ SecretId })
  assert.ok(VersionIdsToStages?.[VersionId]?.includes('AWSCURRENT'))
  assert.equal(await valueOf(SecretId), pending)
  await secrets.cancelRotateSecret({ SecretId })
})

test('a new value by hand gives up the rotation under way', async () => {
  const SecretId = 'abandoned'
  const arn = await made(SecretId, 'fail setSecret')
  await secrets.rotateSecret({ SecretId, RotationLambdaARN })
  await bartizan.settled()
  await secrets.putSecretValue({ SecretId, SecretString: 'by hand' })
  const { VersionIdsToStages = {} } = await secrets.describeSecret({ SecretId })
  assert.ok(!Object.values(VersionIdsToStages).flat().includes('AWSPENDING'))
  assert.equal((await serviceEvents(arn)).at(-1), 'RotationAbandoned')
})

test('without RotateImmediately only the last test runs, on a version that goes again', async () => {
  const SecretId = 'tested'
  const arn = await made(SecretId)
  const RotationRules = { AutomaticallyAfterDays: 7 }
  const request = { SecretId, RotationLambdaARN, RotationRules, RotateImmediately: false }
  await secrets.rotateSecret(request)
  await bartizan.settled()
  assert.deepEqual(await serviceEvents(arn), ['TestRotationStarted', 'TestRotationSucceeded'])
  const { VersionIdsToStages = {} } = await secrets.describeSecret({ SecretId })
  assert.deepEqual(Object.values(VersionIdsToStages), [['AWSCURRENT']])
  await secrets.cancelRotateSecret({ SecretId })
})

test('a function that Secrets Manager may not call, or none, is refused in AWS’s words', async () => {
  const SecretId = 'refused'
  await made(SecretId)
  await assert.rejects(secrets.rotateSecret({ SecretId }), {
    name: 'InvalidRequestException',
    message: 'No Lambda rotation function ARN is associated with this secret.',
  })
  const closed = await rotationFunction(bartizan, { isAllowed: false, name: 'closed' })
  await assert.rejects(secrets.rotateSecret({ SecretId, RotationLambdaARN: closed }), {
    name: 'AccessDeniedException',
    message:
      'Secrets Manager cannot invoke the specified Lambda function. Ensure that the function policy grants access to the principal secretsmanager.amazonaws.com.',
  })
  const { RotationEnabled } = await secrets.describeSecret({ SecretId })
  assert.equal(RotationEnabled, undefined)
})

test('a cancelled rotation stays away until it is turned on again', async () => {
  const SecretId = 'cancelled'
  await made(SecretId)
  const RotationRules = { AutomaticallyAfterDays: 1 }
  await secrets.rotateSecret({ SecretId, RotationLambdaARN, RotationRules })
  await bartizan.settled()
  await secrets.cancelRotateSecret({ SecretId })
  const before = await valueOf(SecretId)
  await bartizan.advance('3d')
  await bartizan.settled()
  assert.equal(await valueOf(SecretId), before)
  const found = await secrets.describeSecret({ SecretId })
  assert.equal(found.RotationEnabled, false)
  assert.equal(found.NextRotationDate, undefined)
  assert.equal(found.RotationLambdaARN, RotationLambdaARN)
})
