import * as sdk from '@aws-sdk/client-cloudtrail'
import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  FilterLogEventsCommand,
} from '@aws-sdk/client-cloudwatch-logs'
import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam'
import { CreateKeyCommand, KMSClient } from '@aws-sdk/client-kms'
import {
  CreateAccountCommand,
  CreateOrganizationCommand,
  DescribeCreateAccountStatusCommand,
  OrganizationsClient,
} from '@aws-sdk/client-organizations'
import { ListObjectsV2Command, S3 } from '@aws-sdk/client-s3'
import {
  CreateTopicCommand,
  SetTopicAttributesCommand,
  SNSClient,
  SubscribeCommand,
} from '@aws-sdk/client-sns'
import {
  CreateQueueCommand,
  ReceiveMessageCommand,
  SetQueueAttributesCommand,
  SQSClient,
} from '@aws-sdk/client-sqs'
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts'
import { startTestServer } from '@bartizan/testkit'
import assert from 'node:assert/strict'
import { after, test } from 'node:test'

const bartizan = await startTestServer()
after(() => bartizan.close())
const { accountId, endpoint, credentials } = bartizan
const cloudtrail = bartizan.client(sdk.CloudTrailClient)
const iam = bartizan.client(IAMClient)
const kms = bartizan.client(KMSClient)
const s3 = new S3({ endpoint, region: 'us-east-1', credentials, forcePathStyle: true })

function policyOf(service: string, ...actions: readonly [string, string | string[]][]): string {
  const Statement = actions.map(([Action, Resource]) => ({
    Effect: 'Allow',
    Principal: { Service: service },
    Action,
    Resource,
  }))
  return JSON.stringify({ Version: '2012-10-17', Statement })
}

async function newBucket(Bucket: string): Promise<string> {
  await s3.createBucket({ Bucket })
  const arn = `arn:aws:s3:::${Bucket}`
  const Policy = policyOf(
    'cloudtrail.amazonaws.com',
    ['s3:GetBucketAcl', arn],
    ['s3:PutObject', `${arn}/*`],
  )
  await s3.putBucketPolicy({ Bucket, Policy })
  return Bucket
}

test('a topic is told of every delivery, once its policy allows it', async () => {
  const sns = bartizan.client(SNSClient)
  const sqs = bartizan.client(SQSClient)
  const { TopicArn = '' } = await sns.send(new CreateTopicCommand({ Name: 'trails' }))
  const { QueueUrl = '' } = await sqs.send(new CreateQueueCommand({ QueueName: 'trails' }))
  const Endpoint = `arn:aws:sqs:us-east-1:${accountId}:trails`
  const Policy = policyOf('sns.amazonaws.com', ['sqs:SendMessage', Endpoint])
  await sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { Policy } }))
  await sns.send(new SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint }))
  const create = async () =>
    cloudtrail.send(
      new sdk.CreateTrailCommand({
        Name: 'told',
        S3BucketName: 'told-bucket',
        SnsTopicName: 'trails',
      }),
    )
  await newBucket('told-bucket')
  await assert.rejects(create(), {
    name: 'InsufficientSnsTopicPolicyException',
    message: 'SNS Topic does not exist or the topic policy is incorrect!',
  })
  await sns.send(
    new SetTopicAttributesCommand({
      TopicArn,
      AttributeName: 'Policy',
      AttributeValue: policyOf('cloudtrail.amazonaws.com', ['SNS:Publish', TopicArn]),
    }),
  )
  const { SnsTopicARN } = await create()
  assert.equal(SnsTopicARN, TopicArn)
  await cloudtrail.send(new sdk.StartLoggingCommand({ Name: 'told' }))
  await kms.send(new CreateKeyCommand({}))
  await bartizan.advance('6m')
  await bartizan.settled()
  const { Messages } = await sqs.send(
    new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }),
  )
  const told = (Messages ?? []).map(({ Body = '' }) => JSON.parse(Body).Message as string)
  assert.ok(told.includes('CloudTrail validation message.'))
  const notice = JSON.parse(told.find((text) => text.startsWith('{')) ?? '{}')
  assert.equal(notice.s3Bucket, 'told-bucket')
  const { Contents } = await s3.send(new ListObjectsV2Command({ Bucket: 'told-bucket' }))
  assert.ok(Contents?.some(({ Key }) => Key === notice.s3ObjectKey[0]))
  await cloudtrail.send(new sdk.DeleteTrailCommand({ Name: 'told' }))
})

test('a log group gets every event through the role that the trail names', async () => {
  const logs = bartizan.client(CloudWatchLogsClient)
  const logGroupName = 'trail-events'
  await logs.send(new CreateLogGroupCommand({ logGroupName }))
  const group = `arn:aws:logs:us-east-1:${accountId}:log-group:${logGroupName}:*`
  const trust = {
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: { Service: 'cloudtrail.amazonaws.com' },
        Action: 'sts:AssumeRole',
      },
    ],
  }
  const AssumeRolePolicyDocument = JSON.stringify(trust)
  const { Role } = await iam.send(
    new CreateRoleCommand({ RoleName: 'trail-logs', AssumeRolePolicyDocument }),
  )
  const create = () =>
    cloudtrail.send(
      new sdk.CreateTrailCommand({
        Name: 'logged',
        S3BucketName: 'logged-bucket',
        CloudWatchLogsLogGroupArn: group,
        CloudWatchLogsRoleArn: Role?.Arn,
      }),
    )
  await newBucket('logged-bucket')
  await assert.rejects(create(), { name: 'InvalidCloudWatchLogsRoleArnException' })
  const statement = {
    Effect: 'Allow',
    Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
    Resource: `arn:aws:logs:us-east-1:${accountId}:log-group:${logGroupName}:log-stream:*`,
  }
  const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: [statement] })
  await iam.send(
    new PutRolePolicyCommand({ RoleName: 'trail-logs', PolicyName: 'p', PolicyDocument }),
  )
  await create()
  await cloudtrail.send(new sdk.StartLoggingCommand({ Name: 'logged' }))
  await kms.send(new CreateKeyCommand({ Description: 'to be logged' }))
  await bartizan.advance('6m')
  const filterPattern =
    '{ $.eventName = "CreateKey" && $.requestParameters.description = "to be*" }'
  const { events } = await logs.send(new FilterLogEventsCommand({ logGroupName, filterPattern }))
  assert.equal(events?.length, 1)
  assert.equal(events[0]?.logStreamName, `${accountId}_CloudTrail_us-east-1`)
  const status = await cloudtrail.send(new sdk.GetTrailStatusCommand({ Name: 'logged' }))
  assert.ok(status.LatestCloudWatchLogsDeliveryTime)
  await cloudtrail.send(new sdk.DeleteTrailCommand({ Name: 'logged' }))
})

test('what cannot be delivered is delivered once the bucket is open again', async () => {
  const Bucket = await newBucket('flaky-bucket')
  await cloudtrail.send(new sdk.CreateTrailCommand({ Name: 'flaky', S3BucketName: Bucket }))
  await cloudtrail.send(new sdk.StartLoggingCommand({ Name: 'flaky' }))
  const before = await s3.getBucketPolicy({ Bucket })
  await s3.deleteBucketPolicy({ Bucket })
  await kms.send(new CreateKeyCommand({}))
  await bartizan.advance('6m')
  const status = () => cloudtrail.send(new sdk.GetTrailStatusCommand({ Name: 'flaky' }))
  assert.equal((await status()).LatestDeliveryError, 'AccessDenied')
  await s3.putBucketPolicy({ Bucket, Policy: before.Policy })
  await bartizan.advance('5m')
  assert.equal((await status()).LatestDeliveryError, undefined)
  const { Contents } = await s3.send(new ListObjectsV2Command({ Bucket }))
  assert.ok(Contents?.some(({ Key }) => Key?.endsWith('.json.gz')))
  await cloudtrail.send(new sdk.DeleteTrailCommand({ Name: 'flaky' }))
})

test('an organization trail delivers the events of member accounts, who see it', async () => {
  const Bucket = await newBucket('organization-bucket')
  const create = () =>
    cloudtrail.send(
      new sdk.CreateTrailCommand({
        Name: 'organization',
        S3BucketName: Bucket,
        IsOrganizationTrail: true,
        IsMultiRegionTrail: true,
      }),
    )
  await assert.rejects(create(), { name: 'OrganizationsNotInUseException' })
  const organizations = bartizan.client(OrganizationsClient)
  const { Organization } = await organizations.send(
    new CreateOrganizationCommand({ FeatureSet: 'ALL' }),
  )
  const { CreateAccountStatus: begun } = await organizations.send(
    new CreateAccountCommand({ AccountName: 'member', Email: 'member@example.com' }),
  )
  await bartizan.settled()
  const { CreateAccountStatus } = await organizations.send(
    new DescribeCreateAccountStatusCommand({ CreateAccountRequestId: begun?.Id ?? '' }),
  )
  const member = CreateAccountStatus?.AccountId ?? ''
  await create()
  await cloudtrail.send(new sdk.StartLoggingCommand({ Name: 'organization' }))
  const sts = bartizan.client(STSClient)
  const { Credentials } = await sts.send(
    new AssumeRoleCommand({
      RoleArn: `arn:aws:iam::${member}:role/OrganizationAccountAccessRole`,
      RoleSessionName: 'visitor',
    }),
  )
  const visitor = {
    accessKeyId: Credentials?.AccessKeyId ?? '',
    secretAccessKey: Credentials?.SecretAccessKey ?? '',
    sessionToken: Credentials?.SessionToken ?? '',
  }
  await bartizan.client(KMSClient, { credentials: visitor }).send(new CreateKeyCommand({}))
  const theirs = bartizan.client(sdk.CloudTrailClient, { credentials: visitor })
  const { trailList } = await theirs.send(new sdk.DescribeTrailsCommand({}))
  assert.equal(trailList?.[0]?.IsOrganizationTrail, true)
  const TrailARN = trailList[0]?.TrailARN ?? ''
  await assert.rejects(theirs.send(new sdk.StopLoggingCommand({ Name: TrailARN })))
  await bartizan.advance('6m')
  const Prefix = `AWSLogs/${Organization?.Id}/${member}/CloudTrail/us-east-1/`
  const { Contents } = await s3.send(new ListObjectsV2Command({ Bucket, Prefix }))
  assert.equal(Contents?.length, 1)
})
