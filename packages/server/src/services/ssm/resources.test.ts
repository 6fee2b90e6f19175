import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { CloudFormation } from '@aws-sdk/client-cloudformation'
import { KMS } from '@aws-sdk/client-kms'
import { SSM } from '@aws-sdk/client-ssm'
import { startTestServer, type TestServer } from '@bartizan/testkit'

let bartizan: TestServer
let cloudformation: CloudFormation
let ssm: SSM

before(async () => {
  bartizan = await startTestServer()
  cloudformation = bartizan.client(CloudFormation)
  ssm = bartizan.client(SSM)
})
after(() => bartizan.close())

/** Waits for a stack and gives it with its outputs by key. */
async function settled(StackName: string | undefined) {
  for (;;) {
    await bartizan.settled()
    const { Stacks } = await cloudformation.describeStacks({ StackName })
    const [stack] = Stacks ?? []
    if (stack?.StackStatus?.endsWith('IN_PROGRESS')) continue
    const outputs = (stack?.Outputs ?? []).map(({ OutputKey, OutputValue }) => [
      OutputKey,
      OutputValue,
    ])
    return { status: stack?.StackStatus, outputs: Object.fromEntries(outputs) }
  }
}

async function create(StackName: string, TemplateBody: string, Parameters: object = {}) {
  const { StackId } = await cloudformation.createStack({
    StackName,
    TemplateBody,
    Parameters: Object.entries(Parameters).map(([ParameterKey, ParameterValue]) => ({
      ParameterKey,
      ParameterValue: String(ParameterValue),
    })),
    Tags: [{ Key: 'stack', Value: 'tagged' }],
    Capabilities: ['CAPABILITY_IAM'],
  })
  return settled(StackId)
}

async function failureOf(StackName: string): Promise<string> {
  const { StackEvents } = await cloudformation.describeStackEvents({ StackName })
  const failed = StackEvents?.find(({ ResourceStatus }) => ResourceStatus === 'CREATE_FAILED')
  return failed?.ResourceStatusReason ?? ''
}

const template = (value: string, more = ''): string => `
Resources:
  Named:
    Type: AWS::SSM::Parameter
    Properties: { Name: /stack/named, Type: StringList, Value: '${value}'${more} }
  Unnamed:
    Type: AWS::SSM::Parameter
    Properties: { Type: String, Value: !Select [1, !Split [',', !GetAtt Named.Value]] }
Outputs:
  Named: { Value: !Ref Named }
  Type: { Value: !GetAtt Named.Type }
  Unnamed: { Value: !Ref Unnamed }
`

test('a stack makes, changes and deletes parameters, with its tags', async () => {
  const more = `, Description: about, Tier: Advanced, Tags: { team: red }, AllowedPattern: '[a-z,]+'`
  const made = await create('ssm-parameters', template('a,b', more))
  assert.equal(made.status, 'CREATE_COMPLETE')
  assert.deepEqual([made.outputs['Named'], made.outputs['Type']], ['/stack/named', 'StringList'])
  assert.match(made.outputs['Unnamed'], /^CFN-Unnamed-\w+$/)
  const valueOf = async (Name: string) => (await ssm.getParameter({ Name })).Parameter?.Value
  assert.equal(await valueOf(made.outputs['Unnamed']), 'b')
  const tagged = { ResourceType: 'Parameter', ResourceId: '/stack/named' } as const
  const tagsNow = async () => {
    const { TagList } = await ssm.listTagsForResource(tagged)
    return Object.fromEntries((TagList ?? []).map(({ Key, Value }) => [Key, Value]))
  }
  assert.deepEqual(await tagsNow(), { stack: 'tagged', team: 'red' })
  await cloudformation.updateStack({
    StackName: 'ssm-parameters',
    TemplateBody: template('1,2', ', Tier: Advanced, Tags: { team: blue }'),
    Tags: [],
  })
  const updated = await settled('ssm-parameters')
  assert.equal(updated.status, 'UPDATE_COMPLETE')
  assert.deepEqual(
    [await valueOf('/stack/named'), await valueOf(made.outputs['Unnamed'])],
    ['1,2', '2'],
  )
  assert.deepEqual(await tagsNow(), { team: 'blue' })
  const ParameterFilters = [{ Key: 'Name', Values: ['/stack/named'] }]
  const { Parameters } = await ssm.describeParameters({ ParameterFilters })
  assert.deepEqual(
    [Parameters?.[0]?.Description, Parameters?.[0]?.AllowedPattern],
    [undefined, undefined],
  )
  await cloudformation.deleteStack({ StackName: 'ssm-parameters' })
  await bartizan.settled()
  await assert.rejects(valueOf('/stack/named'), { name: 'ParameterNotFound' })
})

test('a SecureString cannot come from a template', async () => {
  const made = await create(
    'secure',
    `Resources: { P: { Type: 'AWS::SSM::Parameter', Properties: { Type: SecureString, Value: x } } }`,
  )
  assert.equal(made.status, 'ROLLBACK_COMPLETE')
  assert.match(await failureOf('secure'), /SecureString/)
})

test('template parameters and dynamic references take values from Parameter Store', async () => {
  await ssm.putParameter({ Name: '/for/text', Value: 'first', Type: 'String' })
  await ssm.putParameter({ Name: '/for/text', Value: 'second', Overwrite: true })
  await ssm.putParameter({ Name: '/for/list', Value: 'x,y', Type: 'StringList' })
  await ssm.putParameter({ Name: '/for/secret', Value: 'hidden', Type: 'SecureString' })
  const TemplateBody = `
Parameters:
  Text: { Type: 'AWS::SSM::Parameter::Value<String>', Default: /for/text }
  List: { Type: 'AWS::SSM::Parameter::Value<List<String>>' }
Resources:
  Key:
    Type: AWS::KMS::Key
    Properties:
      Description: !Sub '\${Text} {{resolve:ssm:/for/text:1}} {{resolve:ssm:/for/text}}'
Outputs:
  Text: { Value: !Ref Text }
  Second: { Value: !Select [1, !Ref List] }
  Key: { Value: !Ref Key }
`
  const made = await create('reading', TemplateBody, { List: '/for/list' })
  assert.equal(made.status, 'CREATE_COMPLETE')
  assert.deepEqual([made.outputs['Text'], made.outputs['Second']], ['second', 'y'])
  const { KeyMetadata } = await bartizan.client(KMS).describeKey({ KeyId: made.outputs['Key'] })
  assert.equal(KeyMetadata?.Description, 'second first second')
  const refused = create('refused', TemplateBody, { List: '/for/list', Text: '/for/secret' })
  await assert.rejects(refused, { name: 'ValidationError', message: /types not supported/ })
})

test('a secret is put in by ssm-secure, and not by ssm', async () => {
  const user = (reference: string): string => `
Resources:
  User:
    Type: AWS::IAM::User
    Properties: { LoginProfile: { Password: '{{resolve:${reference}}}' } }
`
  await ssm.putParameter({ Name: '/for/password', Value: 'Planted-pass-1!', Type: 'SecureString' })
  const made = await create('user', user('ssm-secure:/for/password:1'))
  assert.equal(made.status, 'CREATE_COMPLETE')
  const { StackEvents } = await cloudformation.describeStackEvents({ StackName: 'user' })
  assert.ok(!JSON.stringify(StackEvents).includes('Planted-pass'))
  const plain = await create('plain', user('ssm:/for/password'))
  assert.equal(plain.status, 'ROLLBACK_COMPLETE')
  assert.match(await failureOf('plain'), /types not supported by CloudFormation/)
  const elsewhere = await create(
    'elsewhere',
    `Resources: { P: { Type: 'AWS::SSM::Parameter', Properties: { Type: String, Value: '{{resolve:ssm-secure:/for/password}}' } } }`,
  )
  assert.equal(elsewhere.status, 'ROLLBACK_COMPLETE')
  assert.match(
    await failureOf('elsewhere'),
    /SSM Secure reference is not supported in: \[AWS::SSM::Parameter\/Properties\/Value\]/,
  )
})
