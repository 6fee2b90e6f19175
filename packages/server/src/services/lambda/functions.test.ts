import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, test } from 'node:test'
import * as sdk from '@aws-sdk/client-lambda'
import { DeleteRoleCommand, IAMClient, CreateRoleCommand } from '@aws-sdk/client-iam'
import { startTestServer } from '@bartizan/testkit'
import { zipOf } from './execution/test-zip.ts'
import { invoke, newFunction, newRole, refusal } from './test-support.ts'

const bartizan = await startTestServer()
after(() => bartizan.close())
const lambda = bartizan.client(sdk.LambdaClient)
const Role = await newRole(bartizan, 'basic', [{ Effect: 'Allow', Action: '*', Resource: '*' }])
const arnOf = (name: string) => `arn:aws:lambda:us-east-1:${bartizan.accountId}:function:${name}`

test('a function is created, shown and invoked', async () => {
  const created = await newFunction(
    bartizan,
    'hello',
    `exports.handler = async (event, context) => ({
      hello: event.name, id: context.awsRequestId, own: process.env.OWN, arn: context.invokedFunctionArn })`,
    { Role, Environment: { Variables: { OWN: 'mine' } }, Tags: { team: 'a' } },
  )
  assert.equal(created.State, 'Pending')
  assert.equal(created.FunctionArn, arnOf('hello'))
  assert.deepEqual(created.Environment?.Variables, { OWN: 'mine' })
  const shown = await lambda.send(new sdk.GetFunctionCommand({ FunctionName: arnOf('hello') }))
  assert.equal(shown.Configuration?.State, 'Active')
  assert.deepEqual(shown.Tags, { team: 'a' })
  const result = await invoke(bartizan, 'hello', { name: 'you' }, { LogType: 'Tail' })
  const { answer, StatusCode, ExecutedVersion, LogResult } = result
  assert.deepEqual(
    [answer.hello, answer.own, answer.arn, StatusCode, ExecutedVersion],
    ['you', 'mine', arnOf('hello'), 200, '$LATEST'],
  )
  assert.equal(answer.id, result.$metadata.requestId)
  assert.match(Buffer.from(LogResult ?? '', 'base64').toString(), /REPORT RequestId/)
})

test('the deployment package can be fetched where GetFunction says, for ten minutes', async () => {
  const { Code, Configuration } = await lambda.send(
    new sdk.GetFunctionCommand({ FunctionName: 'hello' }),
  )
  const location = Code?.Location ?? ''
  const fetched = await fetch(location)
  assert.equal(Number(fetched.headers.get('content-length')), Configuration?.CodeSize)
  assert.equal((await fetch(`${location.slice(0, -4)}AAAA`)).status, 403)
  await bartizan.advance('11m')
  assert.equal((await fetch(location)).status, 403)
})

test('the SDK is found without being packed, from CommonJS and ES modules, and acts as the role', async () => {
  const sources = {
    'index.js': `const { STSClient, GetCallerIdentityCommand } = require('@aws-sdk/client-sts')
      exports.handler = async () => (await new STSClient().send(new GetCallerIdentityCommand())).Arn`,
    'index.mjs': `import { STSClient, GetCallerIdentityCommand } from '@aws-sdk/client-sts'
      export const handler = async () => (await new STSClient().send(new GetCallerIdentityCommand())).Arn`,
  }
  for (const [file, source] of Object.entries(sources)) {
    const FunctionName = `sdk-${file.replace('.', '-')}`
    await lambda.send(
      new sdk.CreateFunctionCommand({
        FunctionName,
        Role,
        Runtime: 'nodejs22.x',
        Handler: 'index.handler',
        Timeout: 20,
        MemorySize: 256,
        Code: { ZipFile: await zipOf({ [file]: source }) },
      }),
    )
    const { answer } = await invoke(bartizan, FunctionName)
    assert.equal(answer, `arn:aws:sts::${bartizan.accountId}:assumed-role/basic/${FunctionName}`)
  }
})

test('callbacks work up to nodejs22.x, and are refused by nodejs24.x, as on AWS', async () => {
  const source = `exports.handler = (event, context, callback) => callback(null, 'called back')`
  await newFunction(bartizan, 'callback22', source, { Role })
  assert.equal((await invoke(bartizan, 'callback22')).answer, 'called back')
  await newFunction(bartizan, 'callback24', source, { Role, Runtime: 'nodejs24.x' })
  const { answer, FunctionError } = await invoke(bartizan, 'callback24')
  assert.equal(FunctionError, 'Unhandled')
  assert.equal(answer.errorType, 'Runtime.CallbackHandlerDeprecated')
})

test('errors of a function, of its module and of its time limit are told apart', async () => {
  await newFunction(
    bartizan,
    'thrower',
    `exports.handler = async () => { throw new TypeError('no') }`,
    { Role },
  )
  const thrown = await invoke(bartizan, 'thrower')
  assert.deepEqual([thrown.answer.errorType, thrown.answer.errorMessage], ['TypeError', 'no'])
  assert.equal(thrown.FunctionError, 'Unhandled')
  await newFunction(bartizan, 'broken', `require('nothing-of-that-name')`, { Role })
  const broken = await invoke(bartizan, 'broken')
  assert.equal(broken.answer.errorType, 'Runtime.ImportModuleError')
  await newFunction(
    bartizan,
    'late',
    `exports.handler = () => new Promise((r) => setTimeout(r, 60000))`,
    {
      Role,
      Timeout: 1,
    },
  )
  const late = await invoke(bartizan, 'late')
  assert.equal(late.answer.errorType, 'Sandbox.Timedout')
})

test('code and configuration change what runs', async () => {
  await newFunction(bartizan, 'changing', `exports.handler = async () => 'one'`, { Role })
  assert.equal((await invoke(bartizan, 'changing')).answer, 'one')
  const before = await lambda.send(
    new sdk.GetFunctionConfigurationCommand({ FunctionName: 'changing' }),
  )
  const ZipFile = await zipOf({
    'index.js': `exports.handler = async () => 'two ' + process.env.X`,
  })
  const updated = await lambda.send(
    new sdk.UpdateFunctionCodeCommand({ FunctionName: 'changing', ZipFile }),
  )
  assert.equal(updated.LastUpdateStatus, 'InProgress')
  assert.notEqual(updated.CodeSha256, before.CodeSha256)
  await lambda.send(
    new sdk.UpdateFunctionConfigurationCommand({
      FunctionName: 'changing',
      Timeout: 9,
      Environment: { Variables: { XX: '1', X1: '3' } },
    }),
  )
  const { Timeout, Environment, LastUpdateStatus } = await lambda.send(
    new sdk.GetFunctionConfigurationCommand({ FunctionName: 'changing' }),
  )
  assert.deepEqual([Timeout, LastUpdateStatus], [9, 'Successful'])
  assert.deepEqual(Environment?.Variables, { XX: '1', X1: '3' })
  assert.equal((await invoke(bartizan, 'changing')).answer, 'two undefined')
  const stale = await refusal(
    lambda.send(
      new sdk.UpdateFunctionCodeCommand({
        FunctionName: 'changing',
        ZipFile,
        RevisionId: 'not-it',
      }),
    ),
  )
  assert.equal(stale.name, 'PreconditionFailedException')
})

test('versions stay as they were published, and aliases share out by weight', async () => {
  await newFunction(bartizan, 'versioned', `exports.handler = async () => 'first'`, {
    Role,
    Publish: true,
  })
  const again = await lambda.send(new sdk.PublishVersionCommand({ FunctionName: 'versioned' }))
  assert.equal(again.Version, '1')
  const ZipFile = await zipOf({ 'index.js': `exports.handler = async () => 'second'` })
  await lambda.send(new sdk.UpdateFunctionCodeCommand({ FunctionName: 'versioned', ZipFile }))
  const second = await lambda.send(new sdk.PublishVersionCommand({ FunctionName: 'versioned' }))
  assert.equal(second.FunctionArn, `${arnOf('versioned')}:2`)
  const alias = await lambda.send(
    new sdk.CreateAliasCommand({ FunctionName: 'versioned', Name: 'live', FunctionVersion: '1' }),
  )
  assert.equal(alias.AliasArn, `${arnOf('versioned')}:live`)
  assert.equal((await invoke(bartizan, 'versioned:live')).answer, 'first')
  const RoutingConfig = { AdditionalVersionWeights: { '2': 1 } }
  await lambda.send(
    new sdk.UpdateAliasCommand({ FunctionName: 'versioned', Name: 'live', RoutingConfig }),
  )
  const routed = await invoke(bartizan, 'versioned', {}, { Qualifier: 'live' })
  assert.deepEqual([routed.answer, routed.ExecutedVersion], ['second', '2'])
  const { Versions } = await lambda.send(
    new sdk.ListVersionsByFunctionCommand({ FunctionName: 'versioned' }),
  )
  assert.deepEqual(
    Versions?.map(({ Version }) => Version),
    ['$LATEST', '1', '2'],
  )
  const used = await refusal(
    lambda.send(new sdk.DeleteFunctionCommand({ FunctionName: 'versioned', Qualifier: '1' })),
  )
  assert.equal(used.name, 'ResourceConflictException')
})

test('layers are found at /opt', async () => {
  const Content = {
    ZipFile: await zipOf({
      'nodejs/node_modules/mine/index.js': `module.exports = 'from the layer'`,
    }),
  }
  const { LayerVersionArn } = await lambda.send(
    new sdk.PublishLayerVersionCommand({
      LayerName: 'mine',
      Content,
      CompatibleRuntimes: ['nodejs22.x'],
    }),
  )
  await newFunction(bartizan, 'layered', `exports.handler = async () => require('mine')`, {
    Role,
    Layers: [LayerVersionArn ?? ''],
  })
  assert.equal((await invoke(bartizan, 'layered')).answer, 'from the layer')
  const { LayerVersions } = await lambda.send(
    new sdk.ListLayerVersionsCommand({ LayerName: 'mine' }),
  )
  assert.deepEqual(
    LayerVersions?.map(({ Version }) => Version),
    [1],
  )
})

test("what cannot be a function is refused in AWS's words", async () => {
  const ZipFile = await zipOf({ 'index.js': '' })
  const cases: readonly [object, string, RegExp][] = [
    [
      { Code: { ZipFile: Buffer.from('no zip') } },
      'InvalidParameterValueException',
      /Could not unzip uploaded file/,
    ],
    [
      { Role: 'arn:aws:iam::111122223333:role/none' },
      'InvalidParameterValueException',
      /cannot be assumed by Lambda/,
    ],
    [
      { Environment: { Variables: { AWS_REGION: 'x' } } },
      'InvalidParameterValueException',
      /reserved keys/,
    ],
    [
      { Environment: { Variables: { BIG: 'x'.repeat(4096) } } },
      'InvalidParameterValueException',
      /exceeded the 4KB limit/,
    ],
    [{ Runtime: undefined }, 'InvalidParameterValueException', /Runtime and Handler are mandatory/],
    [{ FunctionName: 'hello' }, 'ResourceConflictException', /^Function already exist: hello$/],
    [{ MemorySize: 64 }, 'ValidationException', /memorySize/],
    [{ MemorySize: 10_241 }, 'ValidationException', /'memorySize' .* less than or equal to 10240$/],
    [
      { Runtime: 'cobol85' },
      'InvalidParameterValueException',
      /^Value cobol85 at 'runtime' .* enum value set: \[.*nodejs22\.x.*\] or be a valid ARN$/,
    ],
    [{ VpcConfig: { SubnetIds: ['subnet-1'] } }, 'InvalidParameterValueException', /VPC/],
  ]
  for (const [changes, name, message] of cases) {
    const input = {
      FunctionName: 'refused',
      Role,
      Runtime: 'nodejs22.x',
      Handler: 'i.h',
      Code: { ZipFile },
    }
    const refused = await refusal(
      lambda.send(
        new sdk.CreateFunctionCommand({ ...input, ...changes } as sdk.CreateFunctionCommandInput),
      ),
    )
    assert.equal(refused.name, name, refused.message)
    assert.match(refused.message, message)
  }
  const missing = await refusal(lambda.send(new sdk.GetFunctionCommand({ FunctionName: 'none' })))
  assert.deepEqual(missing, {
    name: 'ResourceNotFoundException',
    message: `Function not found: ${arnOf('none')}`,
    status: 404,
  })
})

test("a role that trusts nobody but a user cannot be a function's", async () => {
  const iam = bartizan.client(IAMClient)
  const Principal = { AWS: `arn:aws:iam::${bartizan.accountId}:root` }
  const statement = { Effect: 'Allow', Principal, Action: 'sts:AssumeRole' }
  const AssumeRolePolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: [statement] })
  const { Role: other } = await iam.send(
    new CreateRoleCommand({ RoleName: 'other', AssumeRolePolicyDocument }),
  )
  const refused = await refusal(newFunction(bartizan, 'untrusted', '', { Role: other?.Arn ?? '' }))
  assert.equal(refused.message, 'The role defined for the function cannot be assumed by Lambda.')
  await iam.send(new DeleteRoleCommand({ RoleName: 'other' }))
})

test('payloads are JSON, and not too large', async () => {
  const lambdaOf = (Payload: Buffer, InvocationType: 'Event' | 'RequestResponse') =>
    refusal(lambda.send(new sdk.InvokeCommand({ FunctionName: 'hello', Payload, InvocationType })))
  assert.equal(
    (await lambdaOf(Buffer.from('{'), 'RequestResponse')).name,
    'InvalidRequestContentException',
  )
  const large = Buffer.from(JSON.stringify('x'.repeat(1_048_576)))
  const later = await lambdaOf(large, 'Event')
  assert.deepEqual(
    [later.name, later.message],
    [
      'RequestEntityTooLargeException',
      '1048578 byte payload is too large for the Event invocation type (limit 1048576 bytes)',
    ],
  )
  for (const size of [6_291_457, 9_000_000]) {
    const now = await lambdaOf(Buffer.alloc(size, 0x20), 'RequestResponse')
    assert.equal(now.name, 'RequestEntityTooLargeException')
    assert.equal(
      now.message,
      'Request must be smaller than 6291456 bytes for the InvokeFunction operation',
    )
  }
})

test('a package of up to 50 MB comes with the call', async () => {
  const noise = randomBytes(9_000_000)
  const source = 'exports.handler = async () => require("fs").statSync(__dirname + "/noise").size'
  const ZipFile = await zipOf({ 'index.js': source, noise })
  await lambda.send(new sdk.UpdateFunctionCodeCommand({ FunctionName: 'hello', ZipFile }))
  assert.equal((await invoke(bartizan, 'hello', {})).answer, noise.length)
  const refused = await refusal(
    newFunction(bartizan, 'big', '', { Role, Code: { ZipFile: randomBytes(52_428_801) } }),
  )
  assert.equal(refused.name, 'RequestEntityTooLargeException')
  assert.equal(
    refused.message,
    'Request must be smaller than 69905067 bytes for the CreateFunction operation',
  )
})

test('a large body is read for nobody unknown, and for no operation without a bound of its own', async () => {
  const credentials = { accessKeyId: 'AKIANOBODY0000000001', secretAccessKey: 'nobody' }
  const stranger = bartizan.client(sdk.LambdaClient, { credentials })
  const code = { FunctionName: 'hello', ZipFile: randomBytes(8_000_000) }
  const unknown = await refusal(stranger.send(new sdk.UpdateFunctionCodeCommand(code)))
  assert.equal(unknown.name, 'UnrecognizedClientException')
  const alias = { FunctionName: 'hello', FunctionVersion: '1', Name: 'a' }
  const large = await refusal(
    lambda.send(new sdk.CreateAliasCommand({ ...alias, Description: 'x'.repeat(9_000_000) })),
  )
  assert.equal(large.name, 'RequestEntityTooLargeException')
  assert.equal(large.message, 'Request is too large.')
})

test('a deleted function is gone, with its aliases', async () => {
  await lambda.send(new sdk.DeleteFunctionCommand({ FunctionName: 'versioned' }))
  const refused = await refusal(
    lambda.send(new sdk.ListAliasesCommand({ FunctionName: 'versioned' })),
  )
  assert.equal(refused.name, 'ResourceNotFoundException')
  const { Functions } = await lambda.send(new sdk.ListFunctionsCommand({}))
  assert.ok(!Functions?.some(({ FunctionName }) => FunctionName === 'versioned'))
})
