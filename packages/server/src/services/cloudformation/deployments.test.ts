import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { CloudFormation } from '@aws-sdk/client-cloudformation'
import { KMS } from '@aws-sdk/client-kms'
import { S3 } from '@aws-sdk/client-s3'
import { startTestServer, type TestServer } from '@bartizan/testkit'
import { created, outputsOf, settled, stackClient } from './stack.fixture.ts'

let bartizan: TestServer
let cloudformation: CloudFormation
before(async () => {
  bartizan = await startTestServer()
  cloudformation = stackClient(bartizan)
})
after(() => bartizan.close())

const keys = (descriptions: Record<string, string>): string =>
  JSON.stringify({
    Resources: Object.fromEntries(
      Object.entries(descriptions).map(([name, Description]) => [
        name,
        { Type: 'AWS::KMS::Key', Properties: { Description } },
      ]),
    ),
    Outputs: { Count: { Value: String(Object.keys(descriptions).length) } },
  })

test('a change set of type CREATE makes a stack when it is executed', async () => {
  const StackName = 'reviewed'
  const ChangeSetName = 'first'
  const { StackId } = await cloudformation.createChangeSet({
    StackName,
    ChangeSetName,
    ChangeSetType: 'CREATE',
    TemplateBody: keys({ One: 'one' }),
  })
  const before = await cloudformation.describeStacks({ StackName })
  assert.equal(before.Stacks?.[0]?.StackStatus, 'REVIEW_IN_PROGRESS')
  const set = await cloudformation.describeChangeSet({ StackName, ChangeSetName })
  assert.equal(set.Status, 'CREATE_COMPLETE')
  assert.equal(set.ExecutionStatus, 'AVAILABLE')
  assert.deepEqual(
    set.Changes?.map(({ ResourceChange: change }) => [change?.Action, change?.LogicalResourceId]),
    [['Add', 'One']],
  )
  await cloudformation.executeChangeSet({ StackName, ChangeSetName })
  assert.equal((await settled(cloudformation, StackId ?? '')).StackStatus, 'CREATE_COMPLETE')
  await assert.rejects(cloudformation.executeChangeSet({ StackName, ChangeSetName }), {
    name: 'InvalidChangeSetStatusException',
  })
})

test('a change set tells what is added, modified, replaced and removed', async () => {
  const StackName = 'changing'
  const role = (RoleName: string) => ({
    Type: 'AWS::IAM::Role',
    Properties: {
      RoleName,
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
  })
  const key = (Description: string) => ({ Type: 'AWS::KMS::Key', Properties: { Description } })
  const Capabilities = ['CAPABILITY_NAMED_IAM' as const]
  await created(cloudformation, {
    StackName,
    Capabilities,
    TemplateBody: JSON.stringify({
      Resources: {
        Role: role('changing-one'),
        Kept: key('kept'),
        Changed: key('a'),
        Gone: key('gone'),
      },
    }),
  })
  const ChangeSetName = 'next'
  await cloudformation.createChangeSet({
    StackName,
    ChangeSetName,
    Capabilities,
    TemplateBody: JSON.stringify({
      Resources: {
        Role: role('changing-two'),
        Kept: key('kept'),
        Changed: key('b'),
        New: key('new'),
      },
    }),
  })
  const { Changes } = await cloudformation.describeChangeSet({ StackName, ChangeSetName })
  assert.deepEqual(
    Changes?.map(({ ResourceChange: each }) =>
      [each?.Action, each?.LogicalResourceId, each?.Replacement].filter(Boolean).join(' '),
    ).sort(),
    ['Add New', 'Modify Changed False', 'Modify Role True', 'Remove Gone'],
  )
  await cloudformation.createChangeSet({
    StackName,
    ChangeSetName: 'nothing',
    Capabilities,
    UsePreviousTemplate: true,
  })
  const nothing = await cloudformation.describeChangeSet({ StackName, ChangeSetName: 'nothing' })
  assert.equal(nothing.Status, 'FAILED')
  assert.match(nothing.StatusReason ?? '', /didn't contain changes/)
  const { Summaries } = await cloudformation.listChangeSets({ StackName })
  assert.equal(Summaries?.length, 2)
  await cloudformation.deleteChangeSet({ StackName, ChangeSetName: 'nothing' })
  await assert.rejects(cloudformation.describeChangeSet({ StackName, ChangeSetName: 'nothing' }), {
    name: 'ChangeSetNotFoundException',
    message: 'ChangeSet [nothing] does not exist',
  })
  await cloudformation.executeChangeSet({ StackName, ChangeSetName })
  assert.equal((await settled(cloudformation, StackName)).StackStatus, 'UPDATE_COMPLETE')
})

const waiting = (timeout: string): string => `
Resources:
  Handle: { Type: 'AWS::CloudFormation::WaitConditionHandle' }
  Wait:
    Type: AWS::CloudFormation::WaitCondition
    Properties: { Handle: !Ref Handle, Timeout: '${timeout}', Count: 2 }
  Key: { Type: 'AWS::KMS::Key', DependsOn: Wait }
Outputs:
  Data: { Value: !GetAtt Wait.Data }
`

async function handleOf(client: CloudFormation, StackName: string): Promise<string> {
  for (;;) {
    const { StackResources } = await client.describeStackResources({ StackName })
    const wait = StackResources?.find(({ LogicalResourceId }) => LogicalResourceId === 'Wait')
    const handle = StackResources?.find(({ LogicalResourceId }) => LogicalResourceId === 'Handle')
    if (wait && handle?.PhysicalResourceId) return handle.PhysicalResourceId
    await new Promise((resolve) => setImmediate(resolve))
  }
}

function signal(address: string, UniqueId: string, Status = 'SUCCESS'): Promise<Response> {
  const body = JSON.stringify({ Status, UniqueId, Data: `of ${UniqueId}`, Reason: 'because' })
  return fetch(address, { method: 'PUT', body })
}

test('a wait condition waits for its signals, and fails by one or by time', async () => {
  const StackName = 'waiting'
  await cloudformation.createStack({ StackName, TemplateBody: waiting('600') })
  const handle = await handleOf(cloudformation, StackName)
  assert.equal((await fetch(`${handle}0`, { method: 'PUT', body: '{}' })).status, 403)
  assert.equal((await signal(handle, 'one')).status, 200)
  await signal(handle, 'two')
  const stack = await settled(cloudformation, StackName)
  assert.equal(stack.StackStatus, 'CREATE_COMPLETE')
  assert.deepEqual(JSON.parse(outputsOf(stack)['Data'] ?? ''), { one: 'of one', two: 'of two' })
  await cloudformation.createStack({ StackName: 'failing', TemplateBody: waiting('600') })
  await signal(await handleOf(cloudformation, 'failing'), 'one', 'FAILURE')
  assert.equal((await settled(cloudformation, 'failing')).StackStatus, 'ROLLBACK_COMPLETE')
  await cloudformation.createStack({ StackName: 'late', TemplateBody: waiting('60') })
  await handleOf(cloudformation, 'late')
  await bartizan.advance('61s')
  assert.equal((await settled(cloudformation, 'late')).StackStatus, 'ROLLBACK_COMPLETE')
  const { StackEvents } = await cloudformation.describeStackEvents({ StackName: 'late' })
  const failed = StackEvents?.find(({ ResourceStatus }) => ResourceStatus === 'CREATE_FAILED')
  assert.equal(
    failed?.ResourceStatusReason,
    'WaitCondition timed out. Received 0 conditions when expecting 2',
  )
})

test('a deployment goes on where it was when the server comes back', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'bartizan-stack-'))
  const first = await startTestServer({ BARTIZAN_DATA_DIR: folder })
  const StackName = 'durable'
  await first.client(CloudFormation).createStack({ StackName, TemplateBody: waiting('600') })
  const handle = new URL(await handleOf(first.client(CloudFormation), StackName))
  await signal(handle.href, 'one')
  await first.close()
  const second = await startTestServer({ BARTIZAN_DATA_DIR: folder })
  await signal(`${second.endpoint}${handle.pathname}`, 'two')
  const stack = await settled(second.client(CloudFormation), StackName)
  assert.equal(stack.StackStatus, 'CREATE_COMPLETE')
  await second.close()
  rmSync(folder, { recursive: true })
})

test('an update that is cancelled is rolled back', async () => {
  const StackName = 'cancelled'
  const simple = `Resources: { Key: { Type: 'AWS::KMS::Key' } }`
  await created(cloudformation, { StackName, TemplateBody: simple })
  await assert.rejects(cloudformation.cancelUpdateStack({ StackName }), {
    message: 'CancelUpdateStack cannot be called from current stack status',
  })
  await cloudformation.updateStack({ StackName, TemplateBody: waiting('600') })
  await handleOf(cloudformation, StackName)
  await assert.rejects(cloudformation.updateStack({ StackName, TemplateBody: simple }), {
    message: /is in UPDATE_IN_PROGRESS state and can not be updated/,
  })
  await cloudformation.cancelUpdateStack({ StackName })
  assert.equal((await settled(cloudformation, StackName)).StackStatus, 'UPDATE_ROLLBACK_COMPLETE')
  const { StackResources } = await cloudformation.describeStackResources({ StackName })
  assert.deepEqual(
    StackResources?.map(({ LogicalResourceId }) => LogicalResourceId),
    ['Key'],
  )
})

test('a stack that is not made in time is rolled back', async () => {
  const StackName = 'slow'
  await cloudformation.createStack({
    StackName,
    TemplateBody: waiting('6000'),
    TimeoutInMinutes: 5,
  })
  await handleOf(cloudformation, StackName)
  await bartizan.advance('6m')
  const stack = await settled(cloudformation, StackName)
  assert.equal(stack.StackStatus, 'ROLLBACK_COMPLETE')
})

test('a stack policy keeps resources from updates', async () => {
  const StackName = 'guarded'
  const StackPolicyBody = JSON.stringify({
    Statement: [
      { Effect: 'Allow', Action: 'Update:*', Principal: '*', Resource: '*' },
      { Effect: 'Deny', Action: 'Update:*', Principal: '*', Resource: 'LogicalResourceId/Kept' },
    ],
  })
  await created(cloudformation, {
    StackName,
    StackPolicyBody,
    TemplateBody: keys({ Kept: 'a', Free: 'a' }),
  })
  assert.equal(
    (await cloudformation.getStackPolicy({ StackName })).StackPolicyBody,
    StackPolicyBody,
  )
  await cloudformation.updateStack({ StackName, TemplateBody: keys({ Kept: 'a', Free: 'b' }) })
  assert.equal((await settled(cloudformation, StackName)).StackStatus, 'UPDATE_COMPLETE')
  await cloudformation.updateStack({ StackName, TemplateBody: keys({ Kept: 'b', Free: 'b' }) })
  assert.equal((await settled(cloudformation, StackName)).StackStatus, 'UPDATE_ROLLBACK_COMPLETE')
  await cloudformation.updateStack({
    StackName,
    TemplateBody: keys({ Kept: 'b', Free: 'b' }),
    StackPolicyDuringUpdateBody: JSON.stringify({
      Statement: [{ Effect: 'Allow', Action: 'Update:*', Principal: '*', Resource: '*' }],
    }),
  })
  assert.equal((await settled(cloudformation, StackName)).StackStatus, 'UPDATE_COMPLETE')
  await assert.rejects(cloudformation.setStackPolicy({ StackName, StackPolicyBody: '{}' }), {
    name: 'ValidationError',
  })
})

test('a nested stack is made from S3 with its outputs, updated and deleted with its parent', async () => {
  const s3 = bartizan.client(S3, { forcePathStyle: true } as object)
  const Bucket = 'templates-of-nested'
  await s3.createBucket({ Bucket })
  const child = `
Parameters: { Purpose: { Type: String } }
Resources:
  Key: { Type: 'AWS::KMS::Key', Properties: { Description: !Ref Purpose } }
Outputs: { KeyId: { Value: !Ref Key } }
`
  await s3.putObject({ Bucket, Key: 'child.yaml', Body: child })
  const parent = (purpose: string) => `
Resources:
  Child:
    Type: AWS::CloudFormation::Stack
    Properties:
      TemplateURL: ${bartizan.endpoint}/${Bucket}/child.yaml
      Parameters: { Purpose: ${purpose} }
Outputs: { KeyId: { Value: !GetAtt Child.Outputs.KeyId } }
`
  const StackName = 'parent'
  const stack = await created(cloudformation, { StackName, TemplateBody: parent('first') })
  assert.equal(stack.StackStatus, 'CREATE_COMPLETE')
  const KeyId = outputsOf(stack)['KeyId'] ?? ''
  const kms = bartizan.client(KMS)
  assert.equal((await kms.describeKey({ KeyId })).KeyMetadata?.Description, 'first')
  await cloudformation.updateStack({ StackName, TemplateBody: parent('second') })
  assert.equal((await settled(cloudformation, StackName)).StackStatus, 'UPDATE_COMPLETE')
  assert.equal((await kms.describeKey({ KeyId })).KeyMetadata?.Description, 'second')
  const { StackResources } = await cloudformation.describeStackResources({ StackName })
  const nested = StackResources?.[0]?.PhysicalResourceId ?? ''
  const { Stacks } = await cloudformation.describeStacks({ StackName: nested })
  assert.equal(Stacks?.[0]?.ParentId, stack.StackId)
  await cloudformation.deleteStack({ StackName })
  assert.equal((await settled(cloudformation, stack.StackId ?? '')).StackStatus, 'DELETE_COMPLETE')
  assert.equal((await settled(cloudformation, nested)).StackStatus, 'DELETE_COMPLETE')
})

test('parameters that are not to be echoed show nowhere', async () => {
  const StackName = 'secretive'
  const TemplateBody = `
Parameters: { Secret: { Type: String, NoEcho: true } }
Resources:
  Key: { Type: 'AWS::KMS::Key', Properties: { Description: !Ref Secret } }
`
  const Parameters = [{ ParameterKey: 'Secret', ParameterValue: 'correct horse' }]
  const stack = await created(cloudformation, { StackName, TemplateBody, Parameters })
  assert.equal(stack.Parameters?.[0]?.ParameterValue, '****')
  const { StackEvents } = await cloudformation.describeStackEvents({ StackName })
  assert.ok(!JSON.stringify(StackEvents).includes('correct horse'))
})

test('templates are validated and summed up', async () => {
  const TemplateBody = `
Description: a user
Parameters: { Name: { Type: String, Default: x, MinLength: 1 } }
Resources: { User: { Type: 'AWS::IAM::User', Properties: { UserName: !Ref Name } } }
`
  const valid = await cloudformation.validateTemplate({ TemplateBody })
  assert.deepEqual(valid.Capabilities, ['CAPABILITY_NAMED_IAM'])
  assert.equal(valid.Parameters?.[0]?.ParameterKey, 'Name')
  const summary = await cloudformation.getTemplateSummary({ TemplateBody })
  assert.deepEqual(summary.ResourceTypes, ['AWS::IAM::User'])
  assert.equal(summary.Parameters?.[0]?.ParameterConstraints?.AllowedValues, undefined)
  await assert.rejects(
    cloudformation.validateTemplate({
      TemplateBody: `Resources: { X: { Type: 'AWS::No::Such' } }`,
    }),
    { message: 'Template format error: Unrecognized resource types: [AWS::No::Such]' },
  )
})
