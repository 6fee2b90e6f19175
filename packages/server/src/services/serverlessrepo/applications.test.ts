import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { CloudFormation } from '@aws-sdk/client-cloudformation'
import { IAM } from '@aws-sdk/client-iam'
import { Lambda } from '@aws-sdk/client-lambda'
import { rotationTemplates } from '@bartizan/rotation'
import { newUser, signedFetch, startTestServer, type TestServer } from '@bartizan/testkit'

const publisher = 'arn:aws:serverlessrepo:us-east-1:297356227824:applications/'
const multiUser = `${publisher}SecretsManagerRDSPostgreSQLRotationMultiUser`

let bartizan: TestServer
before(async () => {
  bartizan = await startTestServer()
})
after(() => bartizan.close())

interface Version {
  readonly requiredCapabilities: readonly string[]
  readonly parameterDefinitions: readonly { readonly name: string }[]
  readonly templateUrl: string
}

interface Answer {
  readonly status: number
  readonly error: string | null
  readonly body: Readonly<Record<string, string>> & {
    readonly applications?: readonly { readonly name: string }[]
    readonly version?: Version
  }
}

async function call(method: 'GET' | 'POST', path: string, body: object = {}): Promise<Answer> {
  const { credentials, endpoint } = bartizan
  const request = { service: 'serverlessrepo', credentials, method, path }
  const response = await signedFetch(endpoint, { ...request, body: JSON.stringify(body) })
  const error = response.headers.get('x-amzn-errortype')
  return { status: response.status, error, body: (await response.json()) as Answer['body'] }
}

const at = (id: string, what = '') => `/applications/${encodeURIComponent(id)}${what}`
const capabilities = ['CAPABILITY_IAM', 'CAPABILITY_RESOURCE_POLICY']
const overrides = (values: Record<string, string>) =>
  Object.entries(values).map(([name, value]) => ({ name, value }))

test('every rotation function of AWS’s is offered under its name', async () => {
  const { body } = await call('GET', '/applications')
  const names = (body.applications ?? []).map(({ name }) => name)
  assert.deepEqual(names.toSorted(), rotationTemplates.map(({ name }) => name).toSorted())
  const first = await call('GET', '/applications?maxItems=4')
  const path = `/applications?nextToken=${encodeURIComponent(first.body['nextToken'] ?? '')}`
  const rest = await call('GET', path)
  const pages = [first, rest].flatMap((page) => page.body.applications ?? [])
  assert.deepEqual(
    pages.map(({ name }) => name),
    names,
  )
})

test('an application tells its parameters, and its template can be fetched', async () => {
  const { body } = await call('GET', at(multiUser))
  const { version } = body
  assert.ok(version)
  assert.deepEqual(version.requiredCapabilities, capabilities)
  const names = version.parameterDefinitions.map(({ name }) => name)
  for (const name of ['endpoint', 'functionName', 'excludeCharacters', 'superuserSecretArn']) {
    assert.ok(names.includes(name), name)
  }
  const template = await (await fetch(version.templateUrl)).json()
  assert.ok('Parameters' in (template as object))
})

test('a change set makes the function, its role and the permission of Secrets Manager', async () => {
  const cloudformation = bartizan.client(CloudFormation)
  const superuserSecretArn = `arn:aws:secretsmanager:us-east-1:${bartizan.accountId}:secret:master-abcdef`
  const made = await call('POST', at(multiUser, '/changesets'), {
    stackName: 'rotator',
    capabilities,
    parameterOverrides: overrides({
      endpoint: 'https://secretsmanager.us-east-1.amazonaws.com',
      functionName: 'rotator',
      excludeCharacters: '/@"',
      superuserSecretArn,
    }),
  })
  assert.equal(made.status, 201)
  const { changeSetId: ChangeSetName = '', stackId: StackName = '' } = made.body
  assert.match(StackName, /:stack\/serverlessrepo-rotator\//)
  await cloudformation.executeChangeSet({ ChangeSetName })
  await bartizan.settled()
  const { Stacks = [] } = await cloudformation.describeStacks({ StackName })
  assert.equal(Stacks[0]?.StackStatus, 'CREATE_COMPLETE')
  const output = Stacks[0].Outputs?.find(({ OutputKey }) => OutputKey === 'RotationLambdaARN')
  const lambda = bartizan.client(Lambda)
  const { Configuration, Tags } = await lambda.getFunction({ FunctionName: 'rotator' })
  assert.equal(output?.OutputValue, Configuration?.FunctionArn)
  assert.equal(Tags?.['serverlessrepo:applicationId'], multiUser)
  assert.deepEqual(Configuration?.Environment?.Variables, {
    SECRETS_MANAGER_ENDPOINT: 'https://secretsmanager.us-east-1.amazonaws.com',
    EXCLUDE_CHARACTERS: '/@"',
  })
  const { Policy = '' } = await lambda.getPolicy({ FunctionName: 'rotator' })
  assert.match(Policy, /"Service":"secretsmanager.amazonaws.com"/)
  const iam = bartizan.client(IAM)
  const RoleName = Configuration?.Role?.split('/').at(-1)
  const PolicyName = 'SecretsManagerRotation'
  const { PolicyDocument = '' } = await iam.getRolePolicy({ RoleName, PolicyName })
  const document = decodeURIComponent(PolicyDocument)
  assert.ok(document.includes(superuserSecretArn))
  assert.ok(
    document.includes(
      `"secretsmanager:resource/AllowRotationLambdaArn":"${Configuration?.FunctionArn}"`,
    ),
  )
  assert.ok(!document.includes('kms:'))
  // The code runs with its driver; there is only nothing to be rotated.
  const Payload = JSON.stringify({ Step: 'testSecret', SecretId: 'none', ClientRequestToken: 'x' })
  const answer = await lambda.invoke({ FunctionName: 'rotator', Payload })
  assert.doesNotMatch(Buffer.from(answer.Payload ?? []).toString(), /ImportModuleError|Cannot find/)
})

test('a stack that is there is changed', async () => {
  const cloudformation = bartizan.client(CloudFormation)
  const generic = `${publisher}SecretsManagerRotationTemplate`
  for (const passwordLength of ['20', '24']) {
    const { body } = await call('POST', at(generic, '/changesets'), {
      stackName: 'changed',
      semanticVersion: '1.1.188',
      capabilities,
      parameterOverrides: overrides({ endpoint: 'x', functionName: 'changed', passwordLength }),
    })
    assert.equal(body['semanticVersion'], '1.1.188')
    await cloudformation.executeChangeSet({ ChangeSetName: body['changeSetId'] })
    await bartizan.settled()
  }
  const { Environment } = await bartizan
    .client(Lambda)
    .getFunctionConfiguration({ FunctionName: 'changed' })
  assert.equal(Environment?.Variables?.['PASSWORD_LENGTH'], '24')
})

test('what is unknown or not acknowledged is refused', async () => {
  const named = {
    stackName: 's',
    parameterOverrides: overrides({ endpoint: 'x', functionName: 'f' }),
  }
  const refusals = [
    [at(`${publisher}Nothing`, '/changesets'), { ...named, capabilities }, 'NotFoundException'],
    [
      at(multiUser.replace('297356227824', '111122223333'), '/changesets'),
      named,
      'NotFoundException',
    ],
    [at(multiUser, '/changesets'), named, 'BadRequestException'],
    [
      at(multiUser, '/changesets'),
      { ...named, capabilities, semanticVersion: '2.0.0' },
      'NotFoundException',
    ],
    [at(multiUser, '/changesets'), { stackName: 's', capabilities }, 'BadRequestException'],
    [
      at(multiUser, '/changesets'),
      { ...named, capabilities, templateId: 'none' },
      'NotFoundException',
    ],
  ] as const
  for (const [path, body, code] of refusals) {
    assert.equal((await call('POST', path, body)).error, code, JSON.stringify(body))
  }
})

test('a template is made for six hours', async () => {
  const made = await call('POST', at(multiUser, '/templates'))
  assert.deepEqual([made.status, made.body['status']], [201, 'ACTIVE'])
  const path = at(multiUser, `/templates/${made.body['templateId']}`)
  assert.equal((await call('GET', path)).body['templateId'], made.body['templateId'])
  await bartizan.advance('7h')
  assert.equal((await call('GET', path)).body['status'], 'EXPIRED')
  const named = { stackName: 's', capabilities, templateId: made.body['templateId'] }
  assert.equal(
    (await call('POST', at(multiUser, '/changesets'), named)).error,
    'BadRequestException',
  )
})

test('a caller without permission is refused', async () => {
  const { credentials } = await newUser(bartizan, 'nobody')
  const request = {
    service: 'serverlessrepo',
    credentials,
    method: 'GET',
    path: at(multiUser),
  } as const
  const response = await signedFetch(bartizan.endpoint, { ...request, body: '' })
  assert.equal(response.headers.get('x-amzn-errortype'), 'AccessDeniedException')
  assert.match(await response.text(), /serverlessrepo:GetApplication/)
})
