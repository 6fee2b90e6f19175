import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import {
  CloudFormation,
  waitUntilStackCreateComplete,
  waitUntilStackDeleteComplete,
  waitUntilStackUpdateComplete,
} from '@aws-sdk/client-cloudformation'
import { SecretsManager } from '@aws-sdk/client-secrets-manager'
import { SSM } from '@aws-sdk/client-ssm'
import { startTestServer, type TestServer } from '@bartizan/testkit'
import { rotationFunction } from './rotation-function.fixture.ts'

let bartizan: TestServer
before(async () => {
  bartizan = await startTestServer()
})
after(() => bartizan.close())

const template = (functionArn: string, stage: 'first' | 'second') => `
Resources:
  Database:
    Type: AWS::SecretsManager::Secret
    Properties:
      Description: ${stage}
      GenerateSecretString:
        SecretStringTemplate: '{"username":"admin"}'
        GenerateStringKey: password
        PasswordLength: 20
        ExcludePunctuation: true
      Tags: [{ Key: stage, Value: ${stage} }]
  Plain:
    Type: AWS::SecretsManager::Secret
    Properties: { Name: stacked/plain, SecretString: ${stage} }
  Policy:
    Type: AWS::SecretsManager::ResourcePolicy
    Properties:
      SecretId: !Ref Plain
      BlockPublicPolicy: true
      ResourcePolicy:
        Version: '2012-10-17'
        Statement:
          - Effect: Deny
            Principal: '*'
            Action: secretsmanager:DeleteSecret
            Resource: '*'
            Condition: { StringEquals: { 'aws:username': ${stage} } }
  Schedule:
    Type: AWS::SecretsManager::RotationSchedule
    Properties:
      SecretId: !Ref Database
      RotationLambdaARN: ${functionArn}
      RotateImmediatelyOnUpdate: false
      RotationRules: { ScheduleExpression: rate(${stage === 'first' ? 10 : 20} days), Duration: 3h }
  Copy:
    Type: AWS::SSM::Parameter
    Properties:
      Name: copy
      Type: String
      Value: !Sub '{{resolve:secretsmanager:\${Database}:SecretString:username}} {{resolve:secretsmanager:\${Plain}}}'
Outputs:
  Arn: { Value: !Ref Database }
`

test('a stack makes, changes and deletes secrets, policies and schedules, and refers to values', async () => {
  const cloudFormation = bartizan.client(CloudFormation)
  const secrets = bartizan.client(SecretsManager)
  const ssm = bartizan.client(SSM)
  const waiting = { client: cloudFormation, maxWaitTime: 60, minDelay: 1, maxDelay: 1 }
  const functionArn = await rotationFunction(bartizan)
  const StackName = 'secrets'
  await cloudFormation.createStack({ StackName, TemplateBody: template(functionArn, 'first') })
  await waitUntilStackCreateComplete(waiting, { StackName })
  const { Stacks = [] } = await cloudFormation.describeStacks({ StackName })
  const SecretId = Stacks[0]?.Outputs?.[0]?.OutputValue ?? ''
  assert.match(SecretId, /^arn:aws:secretsmanager:.*:secret:Database-\w+-\w{6}$/)
  const value = await secrets.getSecretValue({ SecretId })
  const parsed = JSON.parse(value.SecretString ?? '')
  assert.equal(parsed.username, 'admin')
  assert.match(parsed.password, /^[A-Za-z0-9]{20}$/)
  const found = await secrets.describeSecret({ SecretId })
  assert.equal(found.RotationEnabled, true)
  assert.equal(found.RotationRules?.ScheduleExpression, 'rate(10 days)')
  const copy = async () => (await ssm.getParameter({ Name: 'copy' })).Parameter?.Value
  assert.equal(await copy(), 'admin first')
  await cloudFormation.updateStack({ StackName, TemplateBody: template(functionArn, 'second') })
  await waitUntilStackUpdateComplete(waiting, { StackName })
  const changed = await secrets.describeSecret({ SecretId })
  assert.equal(changed.Description, 'second')
  assert.deepEqual(changed.Tags, [{ Key: 'stage', Value: 'second' }])
  assert.equal(changed.RotationRules?.ScheduleExpression, 'rate(20 days)')
  assert.equal((await secrets.getSecretValue({ SecretId })).SecretString, value.SecretString)
  const plain = await secrets.getSecretValue({ SecretId: 'stacked/plain' })
  assert.equal(plain.SecretString, 'second')
  const policy = await secrets.getResourcePolicy({ SecretId: 'stacked/plain' })
  assert.match(policy.ResourcePolicy ?? '', /"aws:username":"second"/)
  await cloudFormation.deleteStack({ StackName })
  await waitUntilStackDeleteComplete(waiting, { StackName })
  const { SecretList } = await secrets.listSecrets({ IncludePlannedDeletion: true })
  assert.deepEqual(SecretList, [])
  await bartizan.settled()
})
