import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { IAM } from '@aws-sdk/client-iam'
import { KMS } from '@aws-sdk/client-kms'
import { Organizations } from '@aws-sdk/client-organizations'
import { SNS } from '@aws-sdk/client-sns'
import { SQS } from '@aws-sdk/client-sqs'
import { STS } from '@aws-sdk/client-sts'
import { startTestServer, type TestCredentials, type TestServer } from '@bartizan/testkit'
import { accessTo, newAccount, newOrganization, policyText } from './organization.fixture.ts'

let bartizan: TestServer
let organizations: Organizations
let rootId: string
let organizationId: string
let account: string
let credentials: TestCredentials
before(async () => {
  bartizan = await startTestServer()
  ;({ organizations, rootId, id: organizationId } = await newOrganization(bartizan))
  account = await newAccount(organizations, 'member')
  credentials = await accessTo(bartizan, account)
})
after(() => bartizan.close())

type Kind = 'SERVICE_CONTROL_POLICY' | 'RESOURCE_CONTROL_POLICY'

async function newPolicy(statement: object, Type: Kind = 'SERVICE_CONTROL_POLICY') {
  const { Policy } = await organizations.createPolicy({
    Name: `policy-${Math.trunc(performance.now() * 1000)}`,
    Description: '',
    Type,
    Content: policyText(statement),
  })
  return { PolicyId: Policy?.PolicySummary?.Id, arn: Policy?.PolicySummary?.Arn }
}

test('of policies of one name that are made at once, one is made', async () => {
  const policy = {
    Name: 'crowded',
    Description: '',
    Type: 'SERVICE_CONTROL_POLICY' as const,
    Content: policyText({ Effect: 'Deny', Action: 's3:*', Resource: '*' }),
  }
  const asked = await Promise.allSettled(
    Array.from({ length: 8 }, () => organizations.createPolicy(policy)),
  )
  const made = asked.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []))
  assert.equal(made.length, 1)
  const PolicyId = made[0]?.Policy?.PolicySummary?.Id
  await organizations.deletePolicy({ PolicyId })
})

/** Attaches a policy for as long as `run` takes. */
async function under(
  attachment: { PolicyId: string | undefined; TargetId: string },
  run: () => Promise<void>,
): Promise<void> {
  await organizations.attachPolicy(attachment)
  await run()
  await organizations.detachPolicy(attachment)
}

const denyKms = { Effect: 'Deny', Action: 'kms:ListKeys', Resource: '*' }

test('a service control policy denies at every level, names itself, and lets go when detached', async () => {
  const { PolicyId, arn } = await newPolicy(denyKms)
  const kms = bartizan.client(KMS, { credentials })
  for (const TargetId of [rootId, account]) {
    await under({ PolicyId, TargetId }, async () => {
      await assert.rejects(kms.listKeys({}), {
        name: 'AccessDeniedException',
        message: `User: arn:aws:sts::${account}:assumed-role/OrganizationAccountAccessRole/test is not authorized to perform: kms:ListKeys on resource: * with an explicit deny in a service control policy: ${arn}`,
      })
      await bartizan.client(KMS).listKeys({})
    })
    await kms.listKeys({})
  }
})

test('every level must allow', async () => {
  const { PolicyId } = await newPolicy({ Effect: 'Allow', Action: 'iam:*', Resource: '*' })
  const TargetId = account
  await organizations.attachPolicy({ PolicyId, TargetId })
  await organizations.detachPolicy({ PolicyId: 'p-FullAWSAccess', TargetId })
  await bartizan.client(IAM, { credentials }).listUsers({})
  await assert.rejects(bartizan.client(KMS, { credentials }).listKeys({}), {
    message: /because no service control policy allows the kms:ListKeys action$/,
  })
  await assert.rejects(organizations.detachPolicy({ PolicyId, TargetId }), {
    name: 'ConstraintViolationException',
    Reason: 'MIN_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED',
  })
  await organizations.attachPolicy({ PolicyId: 'p-FullAWSAccess', TargetId })
  await organizations.detachPolicy({ PolicyId, TargetId })
})

test('a new text of a policy counts at once', async () => {
  const { PolicyId } = await newPolicy({ ...denyKms, Action: 'kms:CreateKey' })
  const kms = bartizan.client(KMS, { credentials })
  await under({ PolicyId, TargetId: rootId }, async () => {
    await kms.listKeys({})
    await organizations.updatePolicy({ PolicyId, Content: policyText(denyKms) })
    await assert.rejects(kms.listKeys({}), /explicit deny in a service control policy/)
  })
})

test('a simulation tells what the organization allows', async () => {
  const { PolicyId } = await newPolicy(denyKms)
  const iam = bartizan.client(IAM, { credentials })
  const simulate = async () => {
    const { EvaluationResults } = await iam.simulatePrincipalPolicy({
      PolicySourceArn: `arn:aws:iam::${account}:role/OrganizationAccountAccessRole`,
      ActionNames: ['kms:ListKeys'],
    })
    const [result] = EvaluationResults ?? []
    return [result?.EvalDecision, result?.OrganizationsDecisionDetail?.AllowedByOrganizations]
  }
  assert.deepEqual(await simulate(), ['allowed', true])
  await under({ PolicyId, TargetId: account }, async () => {
    assert.deepEqual(await simulate(), ['explicitDeny', false])
  })
})

test('an OU limits the accounts under it, and a moved account is under the new one', async () => {
  const made = await organizations.createOrganizationalUnit({ ParentId: rootId, Name: 'Limited' })
  const unit = made.OrganizationalUnit?.Id ?? ''
  const { PolicyId } = await newPolicy(denyKms)
  const kms = bartizan.client(KMS, { credentials })
  await under({ PolicyId, TargetId: unit }, async () => {
    await kms.listKeys({})
    const move = { AccountId: account, SourceParentId: rootId, DestinationParentId: unit }
    await organizations.moveAccount(move)
    await assert.rejects(kms.listKeys({}), /explicit deny in a service control policy/)
    const back = { AccountId: account, SourceParentId: unit, DestinationParentId: rootId }
    await organizations.moveAccount(back)
    await kms.listKeys({})
  })
})

test('service control policies limit the root user and bear conditions on the organization', async () => {
  const { PolicyId } = await newPolicy({
    ...denyKms,
    Condition: {
      StringEquals: { 'aws:PrincipalOrgID': organizationId },
      'ForAnyValue:StringLike': { 'aws:PrincipalOrgPaths': `${organizationId}/${rootId}/*` },
    },
  })
  const { accountId: guest, credentials: ofGuest } = await bartizan.createAccount()
  const { Handshake } = await organizations.inviteAccountToOrganization({
    Target: { Type: 'ACCOUNT', Id: guest },
  })
  await bartizan.client(Organizations, { credentials: ofGuest }).acceptHandshake({
    HandshakeId: Handshake?.Id,
  })
  await under({ PolicyId, TargetId: rootId }, async () => {
    const iam = bartizan.client(IAM, { credentials: ofGuest })
    await iam.listUsers({})
    await assert.rejects(
      bartizan.client(KMS, { credentials: ofGuest }).listKeys({}),
      /explicit deny in a service control policy/,
    )
  })
})

test('a resource control policy keeps those outside from a role that trusts them', async () => {
  const { accountId: stranger, credentials: ofStranger } = await bartizan.createAccount()
  const RoleName = 'open-to-strangers'
  await bartizan.client(IAM, { credentials }).createRole({
    RoleName,
    AssumeRolePolicyDocument: policyText({
      Effect: 'Allow',
      Principal: { AWS: [stranger, bartizan.accountId].map((id) => `arn:aws:iam::${id}:root`) },
      Action: 'sts:AssumeRole',
    }),
  })
  const assume = {
    RoleArn: `arn:aws:iam::${account}:role/${RoleName}`,
    RoleSessionName: 'stranger',
  }
  const outside = bartizan.client(STS, { credentials: ofStranger })
  await outside.assumeRole(assume)
  const { PolicyId } = await newPolicy(
    {
      Effect: 'Deny',
      Principal: '*',
      Action: 'sts:AssumeRole',
      Resource: '*',
      Condition: { StringNotEqualsIfExists: { 'aws:PrincipalOrgID': organizationId } },
    },
    'RESOURCE_CONTROL_POLICY',
  )
  await under({ PolicyId, TargetId: rootId }, async () => {
    await assert.rejects(outside.assumeRole(assume), {
      name: 'AccessDenied',
      message: /with an explicit deny in a resource control policy$/,
    })
    await bartizan.client(STS).assumeRole(assume)
  })
  await outside.assumeRole(assume)
})

test('a key policy tells an organization by aws:PrincipalOrgID', async () => {
  const Policy = JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: { AWS: `arn:aws:iam::${bartizan.accountId}:root` },
        Action: 'kms:*',
        Resource: '*',
      },
      {
        Effect: 'Allow',
        Principal: '*',
        Action: 'kms:Encrypt',
        Resource: '*',
        Condition: { StringEquals: { 'aws:PrincipalOrgID': organizationId } },
      },
    ],
  })
  const { KeyMetadata } = await bartizan.client(KMS).createKey({ Policy })
  const use = { KeyId: KeyMetadata?.Arn ?? '', Plaintext: Buffer.from('text') }
  await bartizan.client(KMS, { credentials }).encrypt(use)
  const { credentials: outside } = await bartizan.createAccount()
  await assert.rejects(bartizan.client(KMS, { credentials: outside }).encrypt(use), {
    name: 'AccessDeniedException',
  })
})

test('a queue lets services in that act for its organization, and not for another', async () => {
  const sns = bartizan.client(SNS)
  const sqs = bartizan.client(SQS)
  const { TopicArn = '' } = await sns.createTopic({ Name: 'sourced' })
  const queueFor = async (QueueName: string, sourceOrg: string): Promise<string> => {
    const Endpoint = `arn:aws:sqs:us-east-1:${bartizan.accountId}:${QueueName}`
    const Policy = policyText({
      Effect: 'Allow',
      Principal: { Service: 'sns.amazonaws.com' },
      Action: 'sqs:SendMessage',
      Resource: Endpoint,
      Condition: { StringEquals: { 'aws:SourceOrgID': sourceOrg } },
    })
    const { QueueUrl = '' } = await sqs.createQueue({ QueueName, Attributes: { Policy } })
    await sns.subscribe({ TopicArn, Protocol: 'sqs', Endpoint })
    return QueueUrl
  }
  const own = await queueFor('of-the-organization', organizationId)
  const other = await queueFor('of-another', 'o-0000000000')
  await sns.publish({ TopicArn, Message: 'for the organization' })
  const received = await sqs.receiveMessage({ QueueUrl: own, WaitTimeSeconds: 10 })
  assert.equal(received.Messages?.length, 1)
  await bartizan.server.settled()
  assert.equal((await sqs.receiveMessage({ QueueUrl: other })).Messages, undefined)
})

test('documents that a policy type does not allow are refused', async () => {
  const refused: [Kind, object][] = [
    ['SERVICE_CONTROL_POLICY', { ...denyKms, Principal: '*' }],
    ['SERVICE_CONTROL_POLICY', { Effect: 'Deny', Action: 'kms:*' }],
    ['SERVICE_CONTROL_POLICY', { ...denyKms, Effect: 'Maybe' }],
    ['RESOURCE_CONTROL_POLICY', { ...denyKms, Principal: '*', Effect: 'Allow' }],
    ['RESOURCE_CONTROL_POLICY', denyKms],
    ['RESOURCE_CONTROL_POLICY', { ...denyKms, Principal: { AWS: account } }],
    ['RESOURCE_CONTROL_POLICY', { ...denyKms, Principal: '*', Action: '*' }],
    ['RESOURCE_CONTROL_POLICY', { ...denyKms, Principal: '*', Action: 'iam:ListUsers' }],
    [
      'RESOURCE_CONTROL_POLICY',
      { Effect: 'Deny', Principal: '*', NotAction: 'kms:ListKeys', Resource: '*' },
    ],
  ]
  let ran = 0
  for (const [kind, statement] of refused) {
    await assert.rejects(newPolicy(statement, kind), { name: 'MalformedPolicyDocumentException' })
    ran++
  }
  assert.equal(ran, 9)
  await assert.rejects(
    newPolicy({
      ...denyKms,
      Resource: Array.from({ length: 300 }, (_, n) => `arn:aws:kms:*:*:key/${n}`),
    }),
    { name: 'ConstraintViolationException', Reason: 'POLICY_CONTENT_LIMIT_EXCEEDED' },
  )
})

test('five policies of a type are attached to a place, and one in use is not deleted', async () => {
  const made = await organizations.createOrganizationalUnit({ ParentId: rootId, Name: 'Crowded' })
  const TargetId = made.OrganizationalUnit?.Id ?? ''
  const attached: (string | undefined)[] = []
  for (let count = 0; count < 4; count++) {
    const { PolicyId } = await newPolicy(denyKms)
    await organizations.attachPolicy({ PolicyId, TargetId })
    attached.push(PolicyId)
  }
  const { PolicyId } = await newPolicy(denyKms)
  await assert.rejects(organizations.attachPolicy({ PolicyId, TargetId }), {
    name: 'ConstraintViolationException',
    Reason: 'MAX_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED',
  })
  await assert.rejects(organizations.deletePolicy({ PolicyId: attached[0] }), {
    name: 'PolicyInUseException',
  })
  await assert.rejects(organizations.attachPolicy({ PolicyId: attached[0], TargetId }), {
    name: 'DuplicatePolicyAttachmentException',
  })
  const { Policies } = await organizations.listPoliciesForTarget({
    TargetId,
    Filter: 'SERVICE_CONTROL_POLICY',
  })
  assert.equal(Policies?.length, 5)
  const { Targets } = await organizations.listTargetsForPolicy({ PolicyId: attached[0] })
  assert.equal(Targets?.[0]?.TargetId, TargetId)
  await organizations.deletePolicy({ PolicyId })
  await assert.rejects(
    organizations.detachPolicy({ PolicyId: 'p-RCPFullAWSAccess', TargetId: account }),
    { name: 'InvalidInputException', Reason: 'NON_DETACHABLE_POLICY' },
  )
})

test('disabling a type detaches its policies and lifts its limits', async () => {
  const { PolicyId } = await newPolicy(denyKms)
  await organizations.attachPolicy({ PolicyId, TargetId: rootId })
  const type = { RootId: rootId, PolicyType: 'SERVICE_CONTROL_POLICY' } as const
  await organizations.disablePolicyType(type)
  await bartizan.client(KMS, { credentials }).listKeys({})
  await assert.rejects(organizations.attachPolicy({ PolicyId, TargetId: rootId }), {
    name: 'PolicyTypeNotEnabledException',
  })
  await organizations.enablePolicyType(type)
  const { Policies } = await organizations.listPoliciesForTarget({
    TargetId: rootId,
    Filter: 'SERVICE_CONTROL_POLICY',
  })
  assert.deepEqual(
    Policies?.map(({ Id }) => Id),
    ['p-FullAWSAccess'],
  )
})
