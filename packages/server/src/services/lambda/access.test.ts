import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import {
  CreateAccessKeyCommand,
  CreateUserCommand,
  IAM,
  IAMClient,
  PutUserPolicyCommand,
} from '@aws-sdk/client-iam'
import { CreateKeyCommand, DisableKeyCommand, KMSClient } from '@aws-sdk/client-kms'
import * as sdk from '@aws-sdk/client-lambda'
import { startTestServer } from '@bartizan/testkit'
import { invoke, newFunction, newRole, refusal } from './test-support.ts'

const bartizan = await startTestServer()
after(() => bartizan.close())
const lambda = bartizan.client(sdk.LambdaClient)
const FunctionName = 'guarded'
const arn = `arn:aws:lambda:us-east-1:${bartizan.accountId}:function:${FunctionName}`
let Role = ''

/** A user who may do what the statements say. */
async function lambdaOf(name: string, ...statements: readonly object[]): Promise<sdk.LambdaClient> {
  const iam = bartizan.client(IAMClient)
  await iam.send(new CreateUserCommand({ UserName: name }))
  const { AccessKey: key } = await iam.send(new CreateAccessKeyCommand({ UserName: name }))
  const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: statements })
  await iam.send(new PutUserPolicyCommand({ UserName: name, PolicyName: 'p', PolicyDocument }))
  const credentials = {
    accessKeyId: key?.AccessKeyId ?? '',
    secretAccessKey: key?.SecretAccessKey ?? '',
  }
  return bartizan.client(sdk.LambdaClient, { credentials })
}

before(async () => {
  Role = await newRole(bartizan, 'guarded')
  await newFunction(bartizan, FunctionName, 'exports.handler = async () => 1', {
    Role,
    Publish: true,
  })
})

describe('who may call', () => {
  test('Invoke needs lambda:InvokeFunction on the function, as it is named', async () => {
    const may = await lambdaOf('may', {
      Effect: 'Allow',
      Action: 'lambda:InvokeFunction',
      Resource: arn,
    })
    assert.equal((await may.send(new sdk.InvokeCommand({ FunctionName }))).StatusCode, 200)
    const qualified = await refusal(
      may.send(new sdk.InvokeCommand({ FunctionName, Qualifier: '1' })),
    )
    assert.equal(qualified.name, 'AccessDeniedException')
    assert.equal(qualified.status, 403)
    assert.match(
      qualified.message,
      /not authorized to perform: lambda:InvokeFunction on resource: .*:guarded:1 /,
    )
    const other = await refusal(may.send(new sdk.GetFunctionCommand({ FunctionName })))
    assert.match(other.message, /lambda:GetFunction/)
  })

  test('CreateFunction needs iam:PassRole for the execution role', async () => {
    const maker = await lambdaOf('maker', { Effect: 'Allow', Action: 'lambda:*', Resource: '*' })
    const refused = await refusal(
      maker.send(
        new sdk.CreateFunctionCommand({
          FunctionName: 'unmade',
          Role,
          Runtime: 'nodejs22.x',
          Handler: 'index.handler',
          Code: { ZipFile: Buffer.from('x') },
        }),
      ),
    )
    assert.match(refused.message, /iam:PassRole on resource: .*role\/guarded/)
  })

  test('another account gets in by the resource policy alone, and learns nothing without', async () => {
    const { accountId, credentials } = await bartizan.createAccount()
    const other = bartizan.client(sdk.LambdaClient, { credentials })
    const before = await refusal(other.send(new sdk.InvokeCommand({ FunctionName: arn })))
    assert.equal(before.name, 'AccessDeniedException')
    const missing = await refusal(
      other.send(new sdk.InvokeCommand({ FunctionName: `${arn}-none` })),
    )
    assert.equal(missing.name, 'AccessDeniedException')
    const added = await lambda.send(
      new sdk.AddPermissionCommand({
        FunctionName,
        StatementId: 'other',
        Action: 'lambda:InvokeFunction',
        Principal: accountId,
      }),
    )
    assert.deepEqual(JSON.parse(added.Statement ?? ''), {
      Sid: 'other',
      Effect: 'Allow',
      Principal: { AWS: `arn:aws:iam::${accountId}:root` },
      Action: 'lambda:InvokeFunction',
      Resource: arn,
    })
    const answer = await other.send(new sdk.InvokeCommand({ FunctionName: arn }))
    assert.equal(Buffer.from(answer.Payload ?? []).toString(), '1')
    await lambda.send(new sdk.RemovePermissionCommand({ FunctionName, StatementId: 'other' }))
    const after = await refusal(other.send(new sdk.InvokeCommand({ FunctionName: arn })))
    assert.equal(after.name, 'AccessDeniedException')
    const none = await refusal(lambda.send(new sdk.GetPolicyCommand({ FunctionName })))
    assert.equal(none.name, 'ResourceNotFoundException')
  })

  test('statements are added beside one whose user is gone', async () => {
    const iam = bartizan.client(IAM)
    const { User } = await iam.createUser({ UserName: 'leaver' })
    const add = (StatementId: string, Principal: string) =>
      lambda.send(
        new sdk.AddPermissionCommand({
          FunctionName,
          StatementId,
          Action: 'lambda:InvokeFunction',
          Principal,
        }),
      )
    await add('user', User?.Arn ?? '')
    await iam.deleteUser({ UserName: 'leaver' })
    await add('service', 'sns.amazonaws.com')
    const { Policy = '' } = await lambda.send(new sdk.GetPolicyCommand({ FunctionName }))
    const { Statement } = JSON.parse(Policy) as { Statement: { Principal: object }[] }
    assert.deepEqual(
      Statement.map(({ Principal }) => Principal),
      [{ AWS: User?.UserId }, { Service: 'sns.amazonaws.com' }],
    )
    const gone = await refusal(add('gone', User?.Arn ?? ''))
    assert.equal(gone.name, 'InvalidParameterValueException')
    for (const StatementId of ['user', 'service']) {
      await lambda.send(new sdk.RemovePermissionCommand({ FunctionName, StatementId }))
    }
  })

  test('a service gets in for the source that the policy names', async () => {
    const { kernel } = bartizan.server
    const place = { account: bartizan.accountId, region: 'us-east-1' }
    const rule = `arn:aws:events:us-east-1:${bartizan.accountId}:rule/r`
    await lambda.send(
      new sdk.AddPermissionCommand({
        FunctionName,
        StatementId: 'events',
        Action: 'lambda:InvokeFunction',
        Principal: 'events.amazonaws.com',
        SourceArn: rule,
      }),
    )
    const call = (sourceArn: string) =>
      kernel.callAs(
        place,
        { service: 'events.amazonaws.com', sourceArn },
        {
          service: 'lambda',
          operation: 'Invoke',
          input: { FunctionName: arn },
        },
      )
    assert.equal((await call(rule))['StatusCode'], 200)
    assert.equal((await refusal(call(`${rule}2`))).name, 'AccessDeniedException')
  })
})

describe('environment variables', () => {
  test('are encrypted under a key of the customer, and go with it', async () => {
    const kms = bartizan.client(KMSClient)
    const { KeyMetadata: key } = await kms.send(new CreateKeyCommand({}))
    const source = 'exports.handler = async () => process.env.SECRET'
    const Environment = { Variables: { SECRET: 'hidden' } }
    await newFunction(bartizan, 'sealed', source, { Role, Environment, KMSKeyArn: key?.Arn ?? '' })
    assert.equal((await invoke(bartizan, 'sealed')).answer, 'hidden')
    const viewer = await lambdaOf('viewer', { Effect: 'Allow', Action: 'lambda:*', Resource: '*' })
    const shown = await viewer.send(
      new sdk.GetFunctionConfigurationCommand({ FunctionName: 'sealed' }),
    )
    assert.equal(shown.Environment?.Variables, undefined)
    assert.equal(shown.Environment?.Error?.ErrorCode, 'AccessDeniedException')
    await kms.send(new DisableKeyCommand({ KeyId: key?.KeyId }))
    await lambda.send(
      new sdk.UpdateFunctionConfigurationCommand({ FunctionName: 'sealed', Timeout: 4 }),
    )
    const refused = await refusal(invoke(bartizan, 'sealed'))
    assert.equal(refused.name, 'KMSDisabledException')
  })
})

describe('concurrency', () => {
  test('a function with none reserved to it is throttled', async () => {
    await lambda.send(
      new sdk.PutFunctionConcurrencyCommand({ FunctionName, ReservedConcurrentExecutions: 0 }),
    )
    const refused = await lambda.send(new sdk.InvokeCommand({ FunctionName })).then(
      () => undefined,
      (error: unknown) => error,
    )
    assert.ok(refused instanceof sdk.TooManyRequestsException)
    assert.equal(refused.Reason, 'ReservedFunctionConcurrentInvocationLimitExceeded')
    assert.equal(refused.$metadata.httpStatusCode, 429)
    await lambda.send(new sdk.DeleteFunctionConcurrencyCommand({ FunctionName }))
    assert.equal((await invoke(bartizan, FunctionName)).answer, 1)
    const most = await refusal(
      lambda.send(
        new sdk.PutFunctionConcurrencyCommand({ FunctionName, ReservedConcurrentExecutions: 950 }),
      ),
    )
    assert.match(most.message, /below its minimum value of \[100\]/)
  })
})
