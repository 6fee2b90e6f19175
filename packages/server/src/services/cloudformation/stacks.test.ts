import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { CloudFormation } from '@aws-sdk/client-cloudformation'
import { IAM } from '@aws-sdk/client-iam'
import { KMS } from '@aws-sdk/client-kms'
import { startTestServer, type TestServer } from '@bartizan/testkit'
import { created, outputsOf, settled, stackClient } from './stack.fixture.ts'

let bartizan: TestServer
let cloudformation: CloudFormation
let kms: KMS
before(async () => {
  bartizan = await startTestServer()
  cloudformation = stackClient(bartizan)
  kms = bartizan.client(KMS)
})
after(() => bartizan.close())

const keyTemplate = `
AWSTemplateFormatVersion: '2010-09-09'
Description: A key with an alias
Parameters:
  Purpose: { Type: String, Default: testing, AllowedValues: [testing, serving] }
Resources:
  Key:
    Type: AWS::KMS::Key
    Properties:
      Description: !Sub 'for \${Purpose} in \${AWS::Region}'
      PendingWindowInDays: 7
  Alias:
    Type: AWS::KMS::Alias
    Properties: { AliasName: !Sub 'alias/\${AWS::StackName}', TargetKeyId: !Ref Key }
Outputs:
  Arn: { Value: !GetAtt Key.Arn, Export: { Name: !Sub '\${AWS::StackName}-arn' } }
  Alias: { Value: !Ref Alias }
`

test('a stack makes its resources in order, updates them in place, and deletes them', async () => {
  const Tags = [{ Key: 'team', Value: 'one' }]
  const StackName = 'first'
  const stack = await created(cloudformation, { StackName, TemplateBody: keyTemplate, Tags })
  assert.equal(stack.StackStatus, 'CREATE_COMPLETE')
  const { Arn, Alias } = outputsOf(stack)
  assert.equal(Alias, 'alias/first')
  const { KeyMetadata } = await kms.describeKey({ KeyId: Alias ?? '' })
  assert.equal(KeyMetadata?.Arn, Arn)
  assert.equal(KeyMetadata?.Description, 'for testing in us-east-1')
  const KeyId = KeyMetadata?.KeyId ?? ''
  assert.deepEqual((await kms.listResourceTags({ KeyId })).Tags, [
    { TagKey: 'team', TagValue: 'one' },
  ])
  const { StackEvents } = await cloudformation.describeStackEvents({ StackName })
  assert.deepEqual(
    StackEvents?.map((event) => `${event.LogicalResourceId} ${event.ResourceStatus}`).reverse(),
    [
      'first CREATE_IN_PROGRESS',
      'Key CREATE_IN_PROGRESS',
      'Key CREATE_COMPLETE',
      'Alias CREATE_IN_PROGRESS',
      'Alias CREATE_COMPLETE',
      'first CREATE_COMPLETE',
    ],
  )
  await assert.rejects(cloudformation.updateStack({ StackName, UsePreviousTemplate: true }), {
    name: 'ValidationError',
    message: 'No updates are to be performed.',
  })
  await cloudformation.updateStack({
    StackName,
    UsePreviousTemplate: true,
    Parameters: [{ ParameterKey: 'Purpose', ParameterValue: 'serving' }],
  })
  assert.equal((await settled(cloudformation, StackName)).StackStatus, 'UPDATE_COMPLETE')
  const changed = await kms.describeKey({ KeyId })
  assert.equal(changed.KeyMetadata?.Description, 'for serving in us-east-1')
  await cloudformation.deleteStack({ StackName })
  const gone = await settled(cloudformation, stack.StackId ?? '')
  assert.equal(gone.StackStatus, 'DELETE_COMPLETE')
  const { KeyMetadata: deleted } = await kms.describeKey({ KeyId })
  assert.equal(deleted?.KeyState, 'PendingDeletion')
  await assert.rejects(cloudformation.describeStacks({ StackName }), {
    name: 'ValidationError',
    message: 'Stack with id first does not exist',
  })
})

const roleTemplate = (extra: object = {}, change: object = {}): string =>
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
                Principal: { Service: 'cloudformation.amazonaws.com' },
                Action: 'sts:AssumeRole',
              },
            ],
          },
          Policies: [
            {
              PolicyName: 'inline',
              PolicyDocument: {
                Version: '2012-10-17',
                Statement: [{ Effect: 'Allow', Action: 'kms:CreateKey', Resource: '*' }],
              },
            },
          ],
          ...change,
        },
      },
      ...extra,
    },
    Outputs: {
      Name: { Value: { Ref: 'Role' } },
      Arn: { Value: { 'Fn::GetAtt': ['Role', 'Arn'] } },
    },
  })

const iamCapable = { Capabilities: ['CAPABILITY_IAM' as const] }

test('what is wrong with a name or a template is said before a stack is made', async () => {
  const Key = { Type: 'AWS::KMS::Key' }
  const of = (Description: object) => ({ Key: { ...Key, Properties: { Description } } })
  const many = Object.fromEntries(Array.from({ length: 501 }, (_, index) => [`K${index}`, Key]))
  const cases: [resources: object, message: RegExp, more?: object][] = [
    [
      { ...of({ 'Fn::GetAtt': ['Other', 'Colour'] }), Other: Key },
      /^Template error: resource Other does not support attribute type Colour in Fn::GetAtt$/,
    ],
    [
      of({ 'Fn::Shout': 'x' }),
      /^Template error: Encountered unsupported function: Fn::Shout Supported functions are: \[/,
    ],
    [
      of({ 'Fn::FindInMap': ['Sizes', 'eu', 'small'] }),
      /^Template error: Unable to get mapping for Sizes::eu::small$/,
    ],
    [
      of({ 'Fn::If': ['Big', 'a', 'b'] }),
      /^Template error: unresolved condition dependency Big in Fn::If$/,
    ],
    [of({ 'Fn::Join': ['', { Ref: 'AWS::Region' }] }), /^Template error: every Fn::Join object/],
    [
      { ...of({ 'Fn::Sub': ['${Other}${X}', { X: { 'Fn::Select': [3, ['a']] } }] }), Other: Key },
      /^Template error: Fn::Select cannot select nonexistent value at index 3$/,
    ],
    [
      { Key: { ...Key, DeletionPolicy: 'Snapshot' } },
      /^Template error: resource type AWS::KMS::Key does not support deletion policy Snapshot$/,
    ],
    [
      many,
      /^Template format error: Number of resources, 501, is greater than maximum allowed, 500$/,
    ],
    [{ Key: { ...Key, Metadata: 'x'.repeat(51_200) } }, /'templateBody' .* equal to 51200/],
    [{ Key }, /'stackName' failed .* regular expression pattern: /, { StackName: '1st' }],
  ]
  for (const [Resources, message, more] of cases) {
    const TemplateBody = JSON.stringify({ Resources, Mappings: { Sizes: { us: { small: '1' } } } })
    const input = { StackName: 'checked', TemplateBody, ...more }
    await assert.rejects(cloudformation.createStack(input), (error) => {
      assert.ok(error instanceof Error)
      assert.match(error.message, message)
      return true
    })
  }
  const TemplateBody = JSON.stringify({ Resources: { Key } })
  await assert.rejects(cloudformation.updateStack({ StackName: 'checked', TemplateBody }), {
    message: 'Stack [checked] does not exist',
  })
})

test('IAM resources need the capability that says so', async () => {
  const TemplateBody = roleTemplate()
  await assert.rejects(cloudformation.createStack({ StackName: 'bare', TemplateBody }), {
    name: 'InsufficientCapabilitiesException',
    message: 'Requires capabilities : [CAPABILITY_IAM]',
  })
  await assert.rejects(
    cloudformation.createStack({
      StackName: 'bare',
      TemplateBody: roleTemplate({}, { RoleName: 'named' }),
      ...iamCapable,
    }),
    { message: 'Requires capabilities : [CAPABILITY_NAMED_IAM]' },
  )
})

test('a create that fails is rolled back, and what was made is gone', async () => {
  const broken = { Type: 'AWS::KMS::Alias', DependsOn: 'Role' }
  const TemplateBody = roleTemplate({
    Alias: { ...broken, Properties: { AliasName: 'no-alias', TargetKeyId: 'nowhere' } },
  })
  const stack = await created(cloudformation, {
    StackName: 'failing',
    TemplateBody,
    ...iamCapable,
  })
  assert.equal(stack.StackStatus, 'ROLLBACK_COMPLETE')
  const { StackEvents = [] } = await cloudformation.describeStackEvents({ StackName: 'failing' })
  assert.deepEqual(
    StackEvents.map((event) => `${event.LogicalResourceId} ${event.ResourceStatus}`).reverse(),
    [
      'failing CREATE_IN_PROGRESS',
      'Role CREATE_IN_PROGRESS',
      'Role CREATE_COMPLETE',
      'Alias CREATE_IN_PROGRESS',
      'Alias CREATE_FAILED',
      'failing ROLLBACK_IN_PROGRESS',
      'Role DELETE_IN_PROGRESS',
      'Role DELETE_COMPLETE',
      'failing ROLLBACK_COMPLETE',
    ],
  )
  const rollback = StackEvents.find(
    ({ ResourceStatus }) => ResourceStatus === 'ROLLBACK_IN_PROGRESS',
  )
  assert.match(rollback?.ResourceStatusReason ?? '', /failed to create: \[Alias\]/)
  const { Roles } = await bartizan.client(IAM).listRoles({})
  assert.ok(!Roles?.some(({ RoleName }) => RoleName?.startsWith('failing-')))
  await assert.rejects(
    cloudformation.updateStack({ StackName: 'failing', TemplateBody, ...iamCapable }),
    /is in ROLLBACK_COMPLETE state and can not be updated/,
  )
})

test('a failed create is kept or deleted where the caller says so', async () => {
  const TemplateBody = roleTemplate({
    Alias: {
      Type: 'AWS::KMS::Alias',
      Properties: { AliasName: 'no-alias', TargetKeyId: { Ref: 'Role' } },
    },
  })
  const input = { TemplateBody, ...iamCapable }
  const kept = await created(cloudformation, { StackName: 'kept', DisableRollback: true, ...input })
  assert.equal(kept.StackStatus, 'CREATE_FAILED')
  const { StackResources } = await cloudformation.describeStackResources({ StackName: 'kept' })
  assert.deepEqual(
    StackResources?.map((each) => `${each.LogicalResourceId} ${each.ResourceStatus}`),
    ['Alias CREATE_FAILED', 'Role CREATE_COMPLETE'],
  )
  const dropped = await created(cloudformation, {
    StackName: 'dropped',
    OnFailure: 'DELETE',
    ...input,
  })
  assert.equal(dropped.StackStatus, 'DELETE_COMPLETE')
})

test('a change of a name makes a new resource and deletes the old one in the end', async () => {
  const iam = bartizan.client(IAM)
  const StackName = 'replacing'
  const input = (RoleName: string) => ({
    StackName,
    TemplateBody: roleTemplate({}, { RoleName }),
    Capabilities: ['CAPABILITY_NAMED_IAM' as const],
  })
  await created(cloudformation, input('before'))
  await cloudformation.updateStack(input('after'))
  const stack = await settled(cloudformation, StackName)
  assert.equal(stack.StackStatus, 'UPDATE_COMPLETE')
  assert.equal(outputsOf(stack)['Name'], 'after')
  await iam.getRole({ RoleName: 'after' })
  await assert.rejects(iam.getRole({ RoleName: 'before' }), { name: 'NoSuchEntityException' })
  const { StackEvents = [] } = await cloudformation.describeStackEvents({ StackName })
  const statuses = StackEvents.map(({ LogicalResourceId, ResourceStatus }) => {
    return `${LogicalResourceId} ${ResourceStatus}`
  }).reverse()
  assert.deepEqual(statuses.slice(-7), [
    'replacing UPDATE_IN_PROGRESS',
    'Role UPDATE_IN_PROGRESS',
    'Role UPDATE_COMPLETE',
    'replacing UPDATE_COMPLETE_CLEANUP_IN_PROGRESS',
    'Role DELETE_IN_PROGRESS',
    'Role DELETE_COMPLETE',
    'replacing UPDATE_COMPLETE',
  ])
})

test('an update that fails is taken back, replacements and new resources too', async () => {
  const iam = bartizan.client(IAM)
  const StackName = 'undone'
  const capable = { Capabilities: ['CAPABILITY_NAMED_IAM' as const] }
  await created(cloudformation, {
    StackName,
    TemplateBody: roleTemplate(
      { Key: { Type: 'AWS::KMS::Key', Properties: { Description: 'before' } } },
      { RoleName: 'undone-before' },
    ),
    ...capable,
  })
  const { StackResources } = await cloudformation.describeStackResources({ StackName })
  const KeyId = StackResources?.find(
    ({ LogicalResourceId }) => LogicalResourceId === 'Key',
  )?.PhysicalResourceId
  await cloudformation.updateStack({
    StackName,
    TemplateBody: roleTemplate(
      {
        Key: { Type: 'AWS::KMS::Key', Properties: { Description: 'after' } },
        Added: { Type: 'AWS::IAM::Group', Properties: { GroupName: 'undone-group' } },
        Alias: {
          Type: 'AWS::KMS::Alias',
          DependsOn: ['Key', 'Role', 'Added'],
          Properties: { AliasName: 'no-alias', TargetKeyId: 'nowhere' },
        },
      },
      { RoleName: 'undone-after' },
    ),
    ...capable,
  })
  const stack = await settled(cloudformation, StackName)
  assert.equal(stack.StackStatus, 'UPDATE_ROLLBACK_COMPLETE')
  const { StackEvents } = await cloudformation.describeStackEvents({ StackName })
  const back = StackEvents?.find(
    ({ ResourceStatus }) => ResourceStatus === 'UPDATE_ROLLBACK_IN_PROGRESS',
  )
  assert.equal(back?.ResourceStatusReason, 'The following resource(s) failed to create: [Alias]. ')
  await iam.getRole({ RoleName: 'undone-before' })
  await assert.rejects(iam.getRole({ RoleName: 'undone-after' }), { name: 'NoSuchEntityException' })
  await assert.rejects(iam.getGroup({ GroupName: 'undone-group' }), {
    name: 'NoSuchEntityException',
  })
  const { KeyMetadata } = await kms.describeKey({ KeyId: KeyId ?? '' })
  assert.equal(KeyMetadata?.Description, 'before')
  const { TemplateBody } = await cloudformation.getTemplate({ StackName })
  assert.ok(!TemplateBody?.includes('undone-after'))
  await cloudformation.deleteStack({ StackName })
  const gone = await settled(cloudformation, stack.StackId ?? '')
  assert.equal(gone.StackStatus, 'DELETE_COMPLETE')
})

test('retained resources outlive their stack', async () => {
  const StackName = 'retaining'
  const stack = await created(cloudformation, {
    StackName,
    TemplateBody: JSON.stringify({
      Resources: { Key: { Type: 'AWS::KMS::Key', DeletionPolicy: 'Retain' } },
      Outputs: { Key: { Value: { Ref: 'Key' } } },
    }),
  })
  await cloudformation.deleteStack({ StackName })
  assert.equal((await settled(cloudformation, stack.StackId ?? '')).StackStatus, 'DELETE_COMPLETE')
  const { KeyMetadata } = await kms.describeKey({ KeyId: outputsOf(stack)['Key'] ?? '' })
  assert.equal(KeyMetadata?.KeyState, 'Enabled')
})

test('termination protection keeps a stack', async () => {
  const StackName = 'protected'
  await created(cloudformation, {
    StackName,
    TemplateBody: keyTemplate,
    EnableTerminationProtection: true,
  })
  await assert.rejects(cloudformation.deleteStack({ StackName }), {
    message: 'Stack [protected] cannot be deleted while TerminationProtection is enabled',
  })
  await cloudformation.updateTerminationProtection({
    StackName,
    EnableTerminationProtection: false,
  })
  await cloudformation.deleteStack({ StackName })
})

test('an export is used by other stacks and kept while it is', async () => {
  await created(cloudformation, { StackName: 'giver', TemplateBody: keyTemplate })
  await assert.rejects(
    cloudformation.createStack({ StackName: 'giver', TemplateBody: keyTemplate }),
    {
      name: 'AlreadyExistsException',
      message: 'Stack [giver] already exists',
    },
  )
  const taker = await created(cloudformation, {
    StackName: 'taker',
    TemplateBody: `
Resources:
  Alias:
    Type: AWS::KMS::Alias
    Properties: { AliasName: alias/taker, TargetKeyId: !ImportValue giver-arn }
`,
  })
  assert.equal(taker.StackStatus, 'CREATE_COMPLETE')
  const { Exports } = await cloudformation.listExports({})
  assert.ok(Exports?.some(({ Name }) => Name === 'giver-arn'))
  assert.deepEqual((await cloudformation.listImports({ ExportName: 'giver-arn' })).Imports, [
    'taker',
  ])
  await cloudformation.deleteStack({ StackName: 'giver' })
  const kept = await settled(cloudformation, 'giver')
  assert.equal(kept.StackStatus, 'DELETE_FAILED')
  assert.equal(
    kept.StackStatusReason,
    'Export giver-arn cannot be deleted as it is in use by taker',
  )
  await cloudformation.deleteStack({ StackName: 'taker' })
  await settled(cloudformation, taker.StackId ?? '')
  await cloudformation.deleteStack({ StackName: 'giver' })
  const failing = await created(cloudformation, {
    StackName: 'orphan',
    TemplateBody: `
Resources:
  Alias:
    Type: AWS::KMS::Alias
    Properties: { AliasName: alias/orphan, TargetKeyId: !ImportValue not-there }
`,
  })
  assert.equal(failing.StackStatus, 'ROLLBACK_COMPLETE')
})

test('a stack acts as its role, or else as who deploys it', async () => {
  const iam = bartizan.client(IAM)
  const role = await created(cloudformation, {
    StackName: 'deployer',
    TemplateBody: roleTemplate(),
    ...iamCapable,
  })
  const limited = await created(cloudformation, {
    StackName: 'limited',
    TemplateBody: keyTemplate,
    RoleARN: outputsOf(role)['Arn'],
  })
  assert.equal(limited.StackStatus, 'ROLLBACK_FAILED')
  const { StackEvents } = await cloudformation.describeStackEvents({ StackName: 'limited' })
  const refusal = StackEvents?.find(({ ResourceStatus }) => ResourceStatus === 'CREATE_FAILED')
  assert.match(
    refusal?.ResourceStatusReason ?? '',
    /assumed-role\/deployer-Role-.+\/AWSCloudFormation is not authorized to perform: kms:CreateAlias/,
  )
  await iam.createUser({ UserName: 'builder' })
  await iam.putUserPolicy({
    UserName: 'builder',
    PolicyName: 'stacks',
    PolicyDocument: JSON.stringify({
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Action: ['cloudformation:*'], Resource: '*' }],
    }),
  })
  const { AccessKey } = await iam.createAccessKey({ UserName: 'builder' })
  const credentials = {
    accessKeyId: AccessKey?.AccessKeyId ?? '',
    secretAccessKey: AccessKey?.SecretAccessKey ?? '',
  }
  const theirs = bartizan.client(CloudFormation, { credentials })
  const own = await created(theirs, { StackName: 'own', TemplateBody: keyTemplate })
  assert.equal(own.StackStatus, 'ROLLBACK_COMPLETE')
  await assert.rejects(
    theirs.createStack({
      StackName: 'passed',
      TemplateBody: keyTemplate,
      RoleARN: outputsOf(role)['Arn'],
    }),
    { name: 'AccessDenied', message: /is not authorized to perform: iam:PassRole/ },
  )
})
