import { CloudFormation } from '@aws-sdk/client-cloudformation'
import { CloudWatchLogs } from '@aws-sdk/client-cloudwatch-logs'
import { EventBridge } from '@aws-sdk/client-eventbridge'
import { IAM } from '@aws-sdk/client-iam'
import { Lambda } from '@aws-sdk/client-lambda'
import { RDS, waitUntilDBInstanceAvailable } from '@aws-sdk/client-rds'
import { S3 } from '@aws-sdk/client-s3'
import { SecretsManager } from '@aws-sdk/client-secrets-manager'
import { SNS } from '@aws-sdk/client-sns'
import { SQS } from '@aws-sdk/client-sqs'
import { SSM } from '@aws-sdk/client-ssm'
import { randomBytes } from 'node:crypto'
import { zipOf } from './services/lambda/execution/test-zip.ts'

/** What plants secrets: a server's clients, and the note of what is secret. */
export interface Planter {
  client<Client>(make: new (config: object) => Client): Client
  plant(name: string, value: string | Uint8Array | undefined): void
}

/** Where nothing answers, so that what is sent there waits to be sent again. */
const nowhere = 'http://127.0.0.1:9/'

/** Gives every service that keeps its callers' data some that must not be readable anywhere. */
export async function plantData(planter: Planter): Promise<void> {
  await plantMessages(planter)
  await plantObjects(planter)
  await plantLogs(planter)
  await plantFunction(planter)
  await plantEvents(planter)
  await plantStack(planter)
  await plantParameters(planter)
  await plantSecrets(planter)
  await plantDatabase(planter)
}

async function plantMessages({ client, plant }: Planter): Promise<void> {
  const sqs = client(SQS)
  const { QueueUrl } = await sqs.createQueue({ QueueName: 'planted' })
  const MessageBody = 'planted body of a message'
  plant('a message’s body', MessageBody)
  const StringValue = 'planted attribute of a message'
  plant('a message’s attribute', StringValue)
  const MessageAttributes = { attribute: { DataType: 'String', StringValue } }
  await sqs.sendMessage({ QueueUrl, MessageBody, MessageAttributes })
  await sqs.receiveMessage({ QueueUrl, VisibilityTimeout: 0 })
  const sns = client(SNS)
  const { TopicArn } = await sns.createTopic({ Name: 'planted' })
  const Message = 'planted message of a topic'
  plant('a notification', Message)
  const Endpoint = 'arn:aws:sqs:us-east-1:000000000000:planted'
  await sns.subscribe({ TopicArn, Protocol: 'sqs', Endpoint })
  await sns.publish({ TopicArn, Message })
}

async function plantObjects({ client, plant }: Planter): Promise<void> {
  const s3 = client(S3)
  const Bucket = 'planted'
  await s3.createBucket({ Bucket })
  const Body = 'planted content of an object'
  plant('an object', Body)
  await s3.putObject({ Bucket, Key: 'plain', Body })
  const key = randomBytes(32)
  plant('a customer’s object key', key)
  const SSECustomerKey = key.toString('base64')
  const keyed = { Bucket, Key: 'keyed', SSECustomerAlgorithm: 'AES256', SSECustomerKey }
  const Content = 'planted content under a customer’s key'
  plant('an object under a customer’s key', Content)
  await s3.putObject({ ...keyed, Body: Content })
  await s3.getObject(keyed)
}

async function plantLogs({ client, plant }: Planter): Promise<void> {
  const logs = client(CloudWatchLogs)
  const stream = { logGroupName: 'planted', logStreamName: 'planted' }
  await logs.createLogGroup({ logGroupName: 'planted' })
  await logs.createLogStream(stream)
  const message = 'planted line of a log'
  plant('a log event', message)
  await logs.putLogEvents({ ...stream, logEvents: [{ timestamp: Date.parse(today()), message }] })
  await logs.filterLogEvents({ logGroupName: 'planted', filterPattern: '"planted line"' })
}

function today(): string {
  return new Intl.DateTimeFormat('sv-SE').format()
}

async function plantFunction({ client, plant }: Planter): Promise<void> {
  const trust = {
    Version: '2012-10-17',
    Statement: {
      Effect: 'Allow',
      Principal: { Service: 'lambda.amazonaws.com' },
      Action: 'sts:AssumeRole',
    },
  }
  const { Role } = await client(IAM).createRole({
    RoleName: 'planted-function',
    AssumeRolePolicyDocument: JSON.stringify(trust),
  })
  const lambda = client(Lambda)
  const FunctionName = 'planted'
  const variable = 'planted variable of a function'
  plant('a function’s variable', variable)
  await lambda.createFunction({
    FunctionName,
    Runtime: 'nodejs22.x',
    Handler: 'index.handler',
    Role: Role?.Arn,
    Environment: { Variables: { planted: variable } },
    Code: { ZipFile: await zipOf({ 'index.js': 'exports.handler = async () => {}' }) },
  })
  const payload = 'planted payload of an invocation'
  plant('an invocation’s payload', payload)
  const Payload = Buffer.from(JSON.stringify({ payload }))
  await lambda.invoke({ FunctionName, Payload })
  await lambda.invoke({ FunctionName, Payload, InvocationType: 'Event' })
}

async function plantEvents({ client, plant }: Planter): Promise<void> {
  const events = client(EventBridge)
  const ApiKeyValue = 'planted key of a connection'
  plant('a connection’s key', ApiKeyValue)
  const { ConnectionArn } = await events.createConnection({
    Name: 'planted',
    AuthorizationType: 'API_KEY',
    AuthParameters: { ApiKeyAuthParameters: { ApiKeyName: 'key', ApiKeyValue } },
  })
  const destination = { Name: 'planted', ConnectionArn, InvocationEndpoint: nowhere } as const
  const { ApiDestinationArn } = await events.createApiDestination({
    ...destination,
    HttpMethod: 'POST',
  })
  const trust = {
    Version: '2012-10-17',
    Statement: {
      Effect: 'Allow',
      Principal: { Service: 'events.amazonaws.com' },
      Action: 'sts:AssumeRole',
    },
  }
  const iam = client(IAM)
  const RoleName = 'planted-events'
  const AssumeRolePolicyDocument = JSON.stringify(trust)
  const { Role } = await iam.createRole({ RoleName, AssumeRolePolicyDocument })
  const statement = { Effect: 'Allow', Action: 'events:InvokeApiDestination', Resource: '*' }
  const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: statement })
  await iam.putRolePolicy({ RoleName, PolicyName: 'planted', PolicyDocument })
  await events.putRule({ Name: 'planted', EventPattern: '{"source":["planted"]}' })
  const target = { Id: 'hook', Arn: ApiDestinationArn, RoleArn: Role?.Arn }
  await events.putTargets({ Rule: 'planted', Targets: [target] })
  const EventSourceArn = 'arn:aws:events:us-east-1:000000000000:event-bus/default'
  await events.createArchive({ ArchiveName: 'planted', EventSourceArn })
  const secret = 'planted detail of an event'
  plant('an event’s detail', secret)
  const Detail = JSON.stringify({ secret })
  await events.putEvents({ Entries: [{ Source: 'planted', DetailType: 'planted', Detail }] })
}

async function plantStack({ client, plant }: Planter): Promise<void> {
  const ParameterValue = 'planted parameter of a stack'
  plant('a stack’s parameter that is not to be echoed', ParameterValue)
  const template = {
    Parameters: { Secret: { Type: 'String', NoEcho: true } },
    Resources: {
      Function: {
        Type: 'AWS::KMS::Key',
        Properties: { Description: 'a key of a stack' },
      },
    },
  }
  const cloudformation = client(CloudFormation)
  await cloudformation.createStack({
    StackName: 'planted',
    TemplateBody: JSON.stringify(template),
    Parameters: [{ ParameterKey: 'Secret', ParameterValue }],
  })
  await cloudformation.describeStacks({ StackName: 'planted' })
}

async function plantParameters({ client, plant }: Planter): Promise<void> {
  const ssm = client(SSM)
  const shapes = [
    { Type: 'String', Tier: 'Standard' },
    { Type: 'SecureString', Tier: 'Standard' },
    { Type: 'SecureString', Tier: 'Advanced' },
  ] as const
  for (const shape of shapes) {
    const Name = `/planted/${shape.Type}/${shape.Tier}`
    for (const Overwrite of [false, true]) {
      const Value = `planted value ${Overwrite ? 'two' : 'one'} of ${Name}`
      plant(`a parameter’s value of ${Name}`, Value)
      await ssm.putParameter({ ...shape, Name, Value, Overwrite })
    }
    await ssm.getParameterHistory({ Name, WithDecryption: true })
  }
  await ssm.getParametersByPath({ Path: '/planted', Recursive: true, WithDecryption: true })
  const refused = {
    'a value of a wrong pattern': { Value: 'planted value of a pattern', AllowedPattern: '[0-9]+' },
    'a value that nests another': { Value: 'planted value with {{ssm:another}} in it' },
    'a value that is too long': { Value: 'planted value that is long'.repeat(200) },
    'a value under no key': { Value: 'planted value under no key', KeyId: 'alias/none' },
    'an image that is none': { Value: 'planted image that is none', DataType: 'aws:ec2:image' },
  }
  for (const [name, { Value, ...more }] of Object.entries(refused)) {
    plant(name, Value.slice(0, 40))
    const Type = 'KeyId' in more ? 'SecureString' : 'String'
    await ssm
      .putParameter({ Name: '/planted/refused', Value, Type, ...more })
      .catch(() => undefined)
  }
}

async function plantSecrets({ client, plant }: Planter): Promise<void> {
  const secrets = client(SecretsManager)
  const SecretString = 'planted value of a secret'
  plant('a secret', SecretString)
  const AddReplicaRegions = [{ Region: 'eu-west-1' }]
  const SecretId = 'planted'
  await secrets.createSecret({ Name: SecretId, SecretString, AddReplicaRegions })
  const SecretBinary = Buffer.from('planted binary value of a secret')
  plant('a binary secret', SecretBinary)
  await secrets.putSecretValue({ SecretId, SecretBinary })
  const pending = 'planted pending value of a secret'
  plant('a pending secret', pending)
  const VersionStages = ['AWSPENDING']
  const staged = { SecretId, SecretString: pending, VersionStages }
  await secrets.putSecretValue(staged)
  await secrets.getSecretValue({ SecretId })
  await secrets.batchGetSecretValue({ SecretIdList: [SecretId] })
  const both = 'planted value of a refused secret'
  plant('a refused secret', both)
  const ClientRequestToken = 'planted-token-of-a-refused-secret'
  await secrets
    .putSecretValue({ SecretId: 'absent', SecretString: both, ClientRequestToken })
    .catch(() => undefined)
}

async function plantDatabase({ client, plant }: Planter): Promise<void> {
  const rds = client(RDS)
  const DBInstanceIdentifier = 'planted'
  const MasterUserPassword = 'planted-master-password'
  plant('a master password', MasterUserPassword)
  await rds.createDBInstance({
    DBInstanceIdentifier,
    Engine: 'postgres',
    DBInstanceClass: 'db.t3.micro',
    AllocatedStorage: 20,
    MasterUsername: 'chief',
    MasterUserPassword,
  })
  const wait = { client: rds, minDelay: 1, maxDelay: 1, maxWaitTime: 120 }
  await waitUntilDBInstanceAvailable(wait, { DBInstanceIdentifier })
  const changed = 'planted-changed-master-password'
  plant('a changed master password', changed)
  await rds.modifyDBInstance({ DBInstanceIdentifier, MasterUserPassword: changed })
  await waitUntilDBInstanceAvailable(wait, { DBInstanceIdentifier })
  const refused = 'planted/refused-password'
  plant('a refused master password', refused)
  await rds
    .modifyDBInstance({ DBInstanceIdentifier, MasterUserPassword: refused })
    .catch(() => undefined)
}
