import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { CloudFormation } from '@aws-sdk/client-cloudformation'
import { CloudWatchLogs } from '@aws-sdk/client-cloudwatch-logs'
import { EventBridge } from '@aws-sdk/client-eventbridge'
import { Lambda } from '@aws-sdk/client-lambda'
import { Organizations } from '@aws-sdk/client-organizations'
import { S3 } from '@aws-sdk/client-s3'
import { SNS } from '@aws-sdk/client-sns'
import { SQS } from '@aws-sdk/client-sqs'
import { startTestServer, type TestServer } from '@bartizan/testkit'
import { created, outputsOf, settled, stackClient } from './stack.fixture.ts'

let bartizan: TestServer
let cloudformation: CloudFormation
before(async () => {
  bartizan = await startTestServer()
  cloudformation = stackClient(bartizan)
})
after(() => bartizan.close())

const capable = { Capabilities: ['CAPABILITY_NAMED_IAM' as const] }

async function deleted(StackName: string, id: string | undefined): Promise<void> {
  await cloudformation.deleteStack({ StackName })
  const stack = await settled(cloudformation, id ?? '')
  assert.equal(stack.StackStatus, 'DELETE_COMPLETE')
}

async function failuresOf(StackName: string): Promise<string> {
  const { StackEvents } = await cloudformation.describeStackEvents({ StackName })
  return (StackEvents ?? [])
    .filter(({ ResourceStatus }) => ResourceStatus?.endsWith('FAILED'))
    .map((event) => `${event.LogicalResourceId}: ${event.ResourceStatusReason}`)
    .join('\n')
}

const messaging = (delay: number, text: string): string => `
Resources:
  Dead: { Type: 'AWS::SQS::Queue' }
  Queue:
    Type: AWS::SQS::Queue
    Properties:
      DelaySeconds: '${delay}'
      RedrivePolicy: { deadLetterTargetArn: !GetAtt Dead.Arn, maxReceiveCount: '3' }
  Topic: { Type: 'AWS::SNS::Topic', Properties: { DisplayName: '${text}' } }
  Subscription:
    Type: AWS::SNS::Subscription
    Properties:
      TopicArn: !Ref Topic
      Protocol: sqs
      Endpoint: !GetAtt Queue.Arn
      RawMessageDelivery: true
  QueuePolicy:
    Type: AWS::SQS::QueuePolicy
    Properties:
      Queues: [!Ref Queue]
      PolicyDocument:
        Version: 2012-10-17
        Statement:
          - Effect: Allow
            Principal: { Service: sns.amazonaws.com }
            Action: sqs:SendMessage
            Resource: !GetAtt Queue.Arn
            Condition: { ArnEquals: { aws:SourceArn: !Ref Topic } }
  Alarm:
    Type: AWS::CloudWatch::Alarm
    Properties:
      Namespace: AWS/SQS
      MetricName: ApproximateNumberOfMessagesVisible
      Dimensions: [{ Name: QueueName, Value: !GetAtt Queue.QueueName }]
      Statistic: Maximum
      Period: '60'
      EvaluationPeriods: '1'
      Threshold: '10'
      ComparisonOperator: GreaterThanThreshold
      AlarmActions: [!Ref Topic]
Outputs:
  Queue: { Value: !Ref Queue }
  Topic: { Value: !Ref Topic }
`

test('queues, topics, subscriptions and alarms are made, changed in place and deleted', async () => {
  const StackName = 'messaging'
  const stack = await created(cloudformation, { StackName, TemplateBody: messaging(0, 'one') })
  assert.equal(stack.StackStatus, 'CREATE_COMPLETE', await failuresOf(StackName))
  const { Queue: QueueUrl = '', Topic: TopicArn = '' } = outputsOf(stack)
  const sqs = bartizan.client(SQS)
  await bartizan.client(SNS).publish({ TopicArn, Message: 'through' })
  const received = await sqs.receiveMessage({ QueueUrl, WaitTimeSeconds: 5 })
  assert.equal(received.Messages?.[0]?.Body, 'through')
  await cloudformation.updateStack({ StackName, TemplateBody: messaging(7, 'two') })
  const updated = await settled(cloudformation, StackName)
  assert.equal(updated.StackStatus, 'UPDATE_COMPLETE', await failuresOf(StackName))
  const { Attributes } = await sqs.getQueueAttributes({ QueueUrl, AttributeNames: ['All'] })
  assert.equal(Attributes?.['DelaySeconds'], '7')
  await deleted(StackName, stack.StackId)
  await assert.rejects(sqs.getQueueAttributes({ QueueUrl }), { name: 'QueueDoesNotExist' })
})

const identities = (clients: string): string => `
Resources:
  Group: { Type: 'AWS::IAM::Group' }
  User:
    Type: AWS::IAM::User
    Properties: { Groups: [!Ref Group], Tags: [{ Key: a, Value: b }] }
  Key: { Type: 'AWS::IAM::AccessKey', Properties: { UserName: !Ref User } }
  Managed:
    Type: AWS::IAM::ManagedPolicy
    Properties:
      Users: [!Ref User]
      PolicyDocument: &anything
        Version: '2012-10-17'
        Statement: { Effect: Allow, Action: 'kms:${clients}', Resource: '*' }
  Inline:
    Type: AWS::IAM::Policy
    Properties: { PolicyName: inline, Groups: [!Ref Group], PolicyDocument: *anything }
  Own:
    Type: AWS::IAM::UserPolicy
    Properties: { PolicyName: own, UserName: !Ref User, PolicyDocument: *anything }
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: '2012-10-17'
        Statement: { Effect: Allow, Principal: { Service: ec2.amazonaws.com }, Action: 'sts:AssumeRole' }
  Profile: { Type: 'AWS::IAM::InstanceProfile', Properties: { Roles: [!Ref Role] } }
  Provider:
    Type: AWS::IAM::OIDCProvider
    Properties:
      Url: https://issuer.example.com
      ClientIdList: ['${clients}']
      ThumbprintList: ['0123456789abcdef0123456789abcdef01234567']
Outputs:
  Secret: { Value: !GetAtt Key.SecretAccessKey }
  User: { Value: !Ref User }
`

test('users, groups, policies, profiles and providers are made, changed and deleted', async () => {
  const StackName = 'identities'
  const TemplateBody = identities('ListKeys')
  const stack = await created(cloudformation, { StackName, TemplateBody, ...capable })
  assert.equal(stack.StackStatus, 'CREATE_COMPLETE', await failuresOf(StackName))
  assert.ok((outputsOf(stack)['Secret'] ?? '').length > 30)
  await cloudformation.updateStack({
    StackName,
    TemplateBody: identities('ListAliases'),
    ...capable,
  })
  const updated = await settled(cloudformation, StackName)
  assert.equal(updated.StackStatus, 'UPDATE_COMPLETE', await failuresOf(StackName))
  await deleted(StackName, stack.StackId)
})

const source = (word: string): string => `exports.handler = async () => '${word}'`

const app = (word: string, broken = ''): string => `
Resources:
  Key: { Type: 'AWS::KMS::Key', Properties: { Description: ${word} } }
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: '2012-10-17'
        Statement:
          - { Effect: Allow, Principal: { Service: lambda.amazonaws.com }, Action: 'sts:AssumeRole' }
      ManagedPolicyArns: ['arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole']
  Function:
    Type: AWS::Lambda::Function
    Properties:
      Handler: index.handler
      Runtime: nodejs22.x
      Role: !GetAtt Role.Arn
      Timeout: '10'
      Environment: { Variables: { KEY: !Ref Key } }
      Code: { ZipFile: "${source(word)}" }
  Logs:
    Type: AWS::Logs::LogGroup
    Properties: { LogGroupName: !Sub '/aws/lambda/\${Function}', RetentionInDays: 7 }
  Rule:
    Type: AWS::Events::Rule
    Properties:
      EventPattern: { source: [app] }
      Targets: [{ Id: function, Arn: !GetAtt Function.Arn }]
  Permission:
    Type: AWS::Lambda::Permission
    Properties:
      FunctionName: !Ref Function
      Action: lambda:InvokeFunction
      Principal: events.amazonaws.com
      SourceArn: !GetAtt Rule.Arn
${broken}
Outputs:
  Function: { Value: !Ref Function }
  Rule: { Value: !Ref Rule }
`

test('a key, a role, a function and a rule deploy, update, fail and roll back, delete', async () => {
  const StackName = 'app'
  const stack = await created(cloudformation, { StackName, TemplateBody: app('first'), ...capable })
  assert.equal(stack.StackStatus, 'CREATE_COMPLETE', await failuresOf(StackName))
  const { Function: FunctionName = '', Rule: Name = '' } = outputsOf(stack)
  const lambda = bartizan.client(Lambda)
  const says = async () => {
    const { Payload } = await lambda.invoke({ FunctionName })
    return Buffer.from(Payload ?? []).toString()
  }
  assert.equal(await says(), '"first"')
  await cloudformation.updateStack({ StackName, TemplateBody: app('second'), ...capable })
  const updated = await settled(cloudformation, StackName)
  assert.equal(updated.StackStatus, 'UPDATE_COMPLETE', await failuresOf(StackName))
  assert.equal(await says(), '"second"')
  const broken = `
  Broken:
    Type: AWS::KMS::Alias
    DependsOn: [Function, Key]
    Properties: { AliasName: no-alias, TargetKeyId: !Ref Key }
`
  await cloudformation.updateStack({ StackName, TemplateBody: app('third', broken), ...capable })
  const back = await settled(cloudformation, StackName)
  assert.equal(back.StackStatus, 'UPDATE_ROLLBACK_COMPLETE', await failuresOf(StackName))
  assert.equal(await says(), '"second"')
  const events = bartizan.client(EventBridge)
  const { Targets } = await events.listTargetsByRule({ Rule: Name })
  assert.equal(Targets?.length, 1)
  await deleted(StackName, stack.StackId)
  await assert.rejects(lambda.getFunction({ FunctionName }), { name: 'ResourceNotFoundException' })
  const { logGroups } = await bartizan.client(CloudWatchLogs).describeLogGroups({
    logGroupNamePrefix: `/aws/lambda/${FunctionName}`,
  })
  assert.deepEqual(logGroups, [])
})

const custom = (word: string, fails = false): string =>
  JSON.stringify({
    Resources: {
      Role: {
        Type: 'AWS::IAM::Role',
        Properties: {
          AssumeRolePolicyDocument: {
            Version: '2012-10-17',
            Statement: [
              {
                Effect: 'Allow',
                Principal: { Service: 'lambda.amazonaws.com' },
                Action: 'sts:AssumeRole',
              },
            ],
          },
        },
      },
      Function: {
        Type: 'AWS::Lambda::Function',
        Properties: {
          Handler: 'index.handler',
          Runtime: 'nodejs22.x',
          Role: { 'Fn::GetAtt': ['Role', 'Arn'] },
          Code: {
            ZipFile: [
              "const response = require('cfn-response')",
              'exports.handler = (event, context) => {',
              '  const { Word, Fails } = event.ResourceProperties',
              "  const status = Fails === 'true' && event.RequestType !== 'Delete' ? response.FAILED : response.SUCCESS",
              "  response.send(event, context, status, { Echo: event.RequestType + ' ' + Word + ' ' + typeof event.ResourceProperties.Count }, 'custom-id')",
              '}',
            ].join('\n'),
          },
        },
      },
      Custom: {
        Type: 'Custom::Echo',
        Properties: {
          ServiceToken: { 'Fn::GetAtt': ['Function', 'Arn'] },
          Word: word,
          Count: 3,
          Fails: fails,
        },
      },
    },
    Outputs: {
      Echo: { Value: { 'Fn::GetAtt': ['Custom', 'Echo'] } },
      Id: { Value: { Ref: 'Custom' } },
    },
  })

test('a custom resource is made, changed, rolled back and deleted by its function', async () => {
  const StackName = 'custom'
  const TemplateBody = custom('one')
  const stack = await created(cloudformation, { StackName, TemplateBody, ...capable })
  assert.equal(stack.StackStatus, 'CREATE_COMPLETE', await failuresOf(StackName))
  assert.deepEqual(outputsOf(stack), { Echo: 'Create one string', Id: 'custom-id' })
  await cloudformation.updateStack({ StackName, TemplateBody: custom('two'), ...capable })
  const updated = await settled(cloudformation, StackName)
  assert.equal(outputsOf(updated)['Echo'], 'Update two string', await failuresOf(StackName))
  await cloudformation.updateStack({ StackName, TemplateBody: custom('two', true), ...capable })
  const back = await settled(cloudformation, StackName)
  assert.equal(back.StackStatus, 'UPDATE_ROLLBACK_COMPLETE', await failuresOf(StackName))
  assert.match(
    await failuresOf(StackName),
    /Custom: Received response status \[FAILED\] from custom resource. Message returned: See the details in CloudWatch Log Stream/,
  )
  await deleted(StackName, stack.StackId)
})

test('a bucket is made with its settings and policy, and is not deleted while it holds objects', async () => {
  const StackName = 'bucket'
  const TemplateBody = `
Resources:
  Bucket:
    Type: AWS::S3::Bucket
    Properties:
      VersioningConfiguration: { Status: Enabled }
      PublicAccessBlockConfiguration: { BlockPublicAcls: 'true', BlockPublicPolicy: true }
      BucketEncryption:
        ServerSideEncryptionConfiguration:
          - { BucketKeyEnabled: true, ServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms' } }
      LifecycleConfiguration:
        Rules: [{ Id: old, Status: Enabled, ExpirationInDays: '30', Prefix: logs/ }]
      Tags: [{ Key: a, Value: b }]
  Policy:
    Type: AWS::S3::BucketPolicy
    Properties:
      Bucket: !Ref Bucket
      PolicyDocument:
        Version: '2012-10-17'
        Statement:
          - Effect: Deny
            Principal: '*'
            Action: s3:DeleteObject
            Resource: !Sub '\${Bucket.Arn}/kept/*'
Outputs: { Bucket: { Value: !Ref Bucket } }
`
  const stack = await created(cloudformation, { StackName, TemplateBody })
  assert.equal(stack.StackStatus, 'CREATE_COMPLETE', await failuresOf(StackName))
  const { Bucket = '' } = outputsOf(stack)
  const s3 = bartizan.client(S3, { forcePathStyle: true } as object)
  assert.equal((await s3.getBucketVersioning({ Bucket })).Status, 'Enabled')
  const { Rules } = await s3.getBucketLifecycleConfiguration({ Bucket })
  assert.equal(Rules?.[0]?.Expiration?.Days, 30)
  const encryption = await s3.getBucketEncryption({ Bucket })
  assert.equal(encryption.ServerSideEncryptionConfiguration?.Rules?.[0]?.BucketKeyEnabled, true)
  await s3.getBucketPolicy({ Bucket })
  const { VersionId } = await s3.putObject({ Bucket, Key: 'a', Body: 'b' })
  await cloudformation.deleteStack({ StackName })
  const kept = await settled(cloudformation, stack.StackId ?? '')
  assert.equal(kept.StackStatus, 'DELETE_FAILED')
  await s3.deleteObject({ Bucket, Key: 'a', VersionId })
  await deleted(StackName, stack.StackId)
})

test('an organization with an OU and a policy is a stack', async () => {
  const StackName = 'organization'
  const TemplateBody = `
Resources:
  Organization: { Type: 'AWS::Organizations::Organization' }
  Unit:
    Type: AWS::Organizations::OrganizationalUnit
    Properties: { Name: Workloads, ParentId: !GetAtt Organization.RootId }
  Policy:
    Type: AWS::Organizations::Policy
    DependsOn: Organization
    Properties:
      Name: no-leaving
      Type: SERVICE_CONTROL_POLICY
      Content:
        Version: '2012-10-17'
        Statement: { Effect: Deny, Action: 'organizations:LeaveOrganization', Resource: '*' }
  Account:
    Type: AWS::Organizations::Account
    Properties:
      AccountName: stacked
      Email: stacked@example.com
      ParentIds: [!Ref Unit]
Outputs:
  Unit: { Value: !Ref Unit }
  Account: { Value: !GetAtt Account.AccountId }
`
  const stack = await created(cloudformation, { StackName, TemplateBody })
  assert.equal(stack.StackStatus, 'CREATE_COMPLETE', await failuresOf(StackName))
  const { Unit: ParentId = '', Account: account } = outputsOf(stack)
  const organizations = bartizan.client(Organizations)
  const { Accounts } = await organizations.listAccountsForParent({ ParentId })
  assert.deepEqual(
    Accounts?.map(({ Id, Name }) => [Id, Name]),
    [[account, 'stacked']],
  )
  // A closed account stays in its OU, which therefore stays too.
  await cloudformation.deleteStack({ StackName })
  const kept = await settled(cloudformation, stack.StackId ?? '')
  assert.equal(kept.StackStatus, 'DELETE_FAILED')
  await organizations.removeAccountFromOrganization({ AccountId: account })
  await deleted(StackName, stack.StackId)
})

test('a stack tells its topics what happens to it', async () => {
  const sns = bartizan.client(SNS)
  const sqs = bartizan.client(SQS)
  const { TopicArn = '' } = await sns.createTopic({ Name: 'told' })
  const { QueueUrl = '' } = await sqs.createQueue({ QueueName: 'told' })
  const Endpoint = `arn:aws:sqs:us-east-1:${bartizan.accountId}:told`
  const Policy = JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: { Service: 'sns.amazonaws.com' },
        Action: 'sqs:SendMessage',
        Resource: Endpoint,
      },
    ],
  })
  await sqs.setQueueAttributes({ QueueUrl, Attributes: { Policy } })
  const Attributes = { RawMessageDelivery: 'true' }
  await sns.subscribe({ TopicArn, Protocol: 'sqs', Endpoint, Attributes })
  await created(cloudformation, {
    StackName: 'telling',
    TemplateBody: `Resources: { Key: { Type: 'AWS::KMS::Key' } }`,
    NotificationARNs: [TopicArn],
  })
  const told: string[] = []
  while (told.length < 4) {
    const { Messages = [] } = await sqs.receiveMessage({
      QueueUrl,
      WaitTimeSeconds: 5,
      MaxNumberOfMessages: 10,
    })
    told.push(...Messages.map(({ Body = '' }) => Body))
  }
  assert.ok(told.some((text) => text.includes("LogicalResourceId='Key'\n")))
  assert.ok(told.some((text) => text.includes("ResourceStatus='CREATE_COMPLETE'\n")))
})

test('what names a parameter in a store that refuses it is refused', async () => {
  const TemplateBody = `
Parameters: { Name: { Type: 'AWS::SSM::Parameter::Value<String>', Default: /not/there } }
Resources: { Key: { Type: 'AWS::KMS::Key', Properties: { Description: !Ref Name } } }
`
  await assert.rejects(cloudformation.createStack({ StackName: 'storing', TemplateBody }), {
    name: 'ValidationError',
    message: /^Unable to fetch parameters \[\/not\/there\]/,
  })
  const failing = await created(cloudformation, {
    StackName: 'dynamic',
    TemplateBody: `
Resources:
  Key: { Type: 'AWS::KMS::Key', Properties: { Description: '{{resolve:ssm:/not/there}}' } }
`,
  })
  assert.equal(failing.StackStatus, 'ROLLBACK_COMPLETE')
  const { StackEvents } = await cloudformation.describeStackEvents({ StackName: 'dynamic' })
  const failed = StackEvents?.find(({ ResourceStatus }) => ResourceStatus === 'CREATE_FAILED')
  assert.equal(failed?.ResourceStatusReason, 'Parameters: [ssm:/not/there] cannot be found.')
})
