import {
  AddUserToGroupCommand,
  CreateGroupCommand,
  CreateRoleCommand,
  CreateUserCommand,
  GetContextKeysForCustomPolicyCommand,
  GetContextKeysForPrincipalPolicyCommand,
  IAMClient,
  PutGroupPolicyCommand,
  SimulateCustomPolicyCommand,
  SimulatePrincipalPolicyCommand,
} from '@aws-sdk/client-iam'
import { startTestServer } from '@bartizan/testkit'
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { statementSpan } from './statement-position.ts'

const bartizan = await startTestServer()
after(() => bartizan.close())
const iam = bartizan.client(IAMClient)
const { accountId } = bartizan

const policy = (...Statement: object[]) => JSON.stringify({ Version: '2012-10-17', Statement })
const bucket = 'arn:aws:s3:::teambucket'

test('given policies allow, deny and say nothing, with the statements that did it', async () => {
  const { EvaluationResults } = await iam.send(
    new SimulateCustomPolicyCommand({
      PolicyInputList: [
        policy({ Effect: 'Allow', Action: 's3:*', Resource: '*' }),
        policy({ Effect: 'Deny', Action: 's3:DeleteBucket', Resource: bucket }),
      ],
      ActionNames: ['s3:ListBucket', 's3:DeleteBucket', 'ec2:RunInstances'],
      ResourceArns: [bucket],
    }),
  )
  assert.deepEqual(
    EvaluationResults?.map((result) => [
      result.EvalActionName,
      result.EvalDecision,
      result.MatchedStatements?.map(({ SourcePolicyId }) => SourcePolicyId),
    ]),
    [
      ['s3:ListBucket', 'allowed', ['PolicyInputList.1']],
      ['s3:DeleteBucket', 'explicitDeny', ['PolicyInputList.2']],
      ['ec2:RunInstances', 'implicitDeny', []],
    ],
  )
})

test('a user is simulated with its groups’ policies, and missing context is named', async () => {
  const UserName = 'simulated'
  const GroupName = 'simulators'
  await iam.send(new CreateUserCommand({ UserName }))
  await iam.send(new CreateGroupCommand({ GroupName }))
  await iam.send(new AddUserToGroupCommand({ UserName, GroupName }))
  const mfa = { Bool: { 'aws:MultiFactorAuthPresent': 'true' } }
  await iam.send(
    new PutGroupPolicyCommand({
      GroupName,
      PolicyName: 'grouped',
      PolicyDocument: policy({
        Effect: 'Allow',
        Action: 's3:GetObject',
        Resource: `${bucket}/\${aws:username}/*`,
        Condition: mfa,
      }),
    }),
  )
  const PolicySourceArn = `arn:aws:iam::${accountId}:user/${UserName}`
  const question = {
    PolicySourceArn,
    ActionNames: ['s3:GetObject'],
    ResourceArns: [`${bucket}/simulated/file`],
  }
  const without = await iam.send(new SimulatePrincipalPolicyCommand(question))
  assert.equal(without.EvaluationResults?.[0]?.EvalDecision, 'implicitDeny')
  assert.deepEqual(without.EvaluationResults?.[0]?.MissingContextValues, [
    'aws:MultiFactorAuthPresent',
  ])
  const ContextEntries = [
    {
      ContextKeyName: 'aws:MultiFactorAuthPresent',
      ContextKeyType: 'boolean' as const,
      ContextKeyValues: ['true'],
    },
  ]
  const with_ = await iam.send(new SimulatePrincipalPolicyCommand({ ...question, ContextEntries }))
  const [result] = with_.EvaluationResults ?? []
  assert.equal(result?.EvalDecision, 'allowed')
  assert.equal(result?.MatchedStatements?.[0]?.SourcePolicyId, 'group_simulators_grouped')
  assert.equal(result?.MatchedStatements?.[0]?.SourcePolicyType, 'group')
  const keys = await iam.send(new GetContextKeysForPrincipalPolicyCommand({ PolicySourceArn }))
  assert.deepEqual(keys.ContextKeyNames, ['aws:MultiFactorAuthPresent', 'aws:username'])
})

test('a boundary that is given bounds the simulation', async () => {
  const { EvaluationResults } = await iam.send(
    new SimulateCustomPolicyCommand({
      PolicyInputList: [policy({ Effect: 'Allow', Action: '*', Resource: '*' })],
      PermissionsBoundaryPolicyInputList: [
        policy({ Effect: 'Allow', Action: 's3:*', Resource: '*' }),
      ],
      ActionNames: ['iam:CreateUser'],
    }),
  )
  assert.equal(EvaluationResults?.[0]?.EvalDecision, 'implicitDeny')
  assert.equal(
    EvaluationResults?.[0]?.PermissionsBoundaryDecisionDetail?.AllowedByPermissionsBoundary,
    false,
  )
})

test('a role is simulated too, and an ARN that is none of an entity is refused', async () => {
  const AssumeRolePolicyDocument = policy({
    Effect: 'Allow',
    Principal: { Service: 'ec2.amazonaws.com' },
    Action: 'sts:AssumeRole',
  })
  await iam.send(new CreateRoleCommand({ RoleName: 'r', AssumeRolePolicyDocument }))
  const simulate = (PolicySourceArn: string) =>
    iam.send(new SimulatePrincipalPolicyCommand({ PolicySourceArn, ActionNames: ['s3:GetObject'] }))
  const { EvaluationResults } = await simulate(`arn:aws:iam::${accountId}:role/r`)
  assert.equal(EvaluationResults?.[0]?.EvalDecision, 'implicitDeny')
  await assert.rejects(simulate(`arn:aws:iam::${accountId}:policy/r`), {
    name: 'InvalidInputException',
  })
  await assert.rejects(simulate(`arn:aws:iam::${accountId}:user/nobody`), {
    name: 'NoSuchEntityException',
  })
})

test('condition keys of given policies are listed once each', async () => {
  const statement = {
    Effect: 'Allow',
    Action: 's3:*',
    Resource: '*',
    Condition: {
      StringEquals: { 'aws:PrincipalOrgID': 'o-1' },
      Null: { 'AWS:principalorgid': 'false' },
    },
  }
  const { ContextKeyNames } = await iam.send(
    new GetContextKeysForCustomPolicyCommand({ PolicyInputList: [policy(statement)] }),
  )
  assert.equal(ContextKeyNames?.length, 1)
})

test('positions point at the statement in the text', () => {
  const text = '{"Version":"2012-10-17",\n"Statement":[{"Sid":"a{"},\n {"Sid":"b"}]}'
  assert.deepEqual(statementSpan(text, 1), {
    StartPosition: { Line: 3, Column: 2 },
    EndPosition: { Line: 3, Column: 13 },
  })
  const single = '{"Statement":{"Sid":"a"}}'
  assert.deepEqual(statementSpan(single, 0).StartPosition, { Line: 1, Column: 14 })
})
