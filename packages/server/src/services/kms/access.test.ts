import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import * as sdk from '@aws-sdk/client-kms'
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts'
import { CreateRoleCommand, IAMClient } from '@aws-sdk/client-iam'
import { startTestServer } from '@bartizan/testkit'
import { keyPolicy, newKey, newUser, refusal } from './test-support.ts'

const bartizan = await startTestServer()
after(() => bartizan.close())
const kms = bartizan.client(sdk.KMSClient)
const { accountId } = bartizan
const other = await bartizan.createAccount()
const Plaintext = Buffer.from('guarded')

const encrypt = (client: sdk.KMSClient, KeyId: string, context?: Record<string, string>) =>
  client.send(
    new sdk.EncryptCommand({ KeyId, Plaintext, ...(context && { EncryptionContext: context }) }),
  )
const putPolicy = (KeyId: string, Policy: string) =>
  kms.send(new sdk.PutKeyPolicyCommand({ KeyId, Policy }))

test('without any permission nothing works, and the refusal says who, what and where', async () => {
  const nobody = await newUser(bartizan, 'nobody')
  const { id, arn } = await newKey(kms)
  const refused = await refusal(encrypt(nobody.kms, id))
  assert.equal(refused.name, 'AccessDeniedException')
  assert.match(
    refused.message,
    new RegExp(`User: ${nobody.arn} is not authorized to perform: kms:Encrypt on resource: ${arn}`),
  )
})

test('an IAM policy counts only where the key policy lets the account decide', async () => {
  const user = await newUser(bartizan, 'iam-user', {
    statements: [{ Effect: 'Allow', Action: 'kms:*', Resource: '*' }],
  })
  const { id } = await newKey(kms)
  await encrypt(user.kms, id)
  const admin = (await newUser(bartizan, 'key-admin')).arn
  const alone = {
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: { AWS: admin }, Action: 'kms:*', Resource: '*' }],
  }
  await kms.send(
    new sdk.PutKeyPolicyCommand({
      KeyId: id,
      Policy: JSON.stringify(alone),
      BypassPolicyLockoutSafetyCheck: true,
    }),
  )
  assert.equal((await refusal(encrypt(user.kms, id))).name, 'AccessDeniedException')
  assert.equal((await refusal(encrypt(kms, id))).name, 'AccessDeniedException')
})

test('a key policy that names a user is enough for it', async () => {
  const user = await newUser(bartizan, 'named')
  const statement = {
    Effect: 'Allow',
    Principal: { AWS: user.arn },
    Action: 'kms:Encrypt',
    Resource: '*',
  }
  const { id } = await newKey(kms, { Policy: keyPolicy(accountId, statement) })
  await encrypt(user.kms, id)
  const describe = user.kms.send(new sdk.DescribeKeyCommand({ KeyId: id }))
  assert.equal((await refusal(describe)).name, 'AccessDeniedException')
})

test('a policy that locks its author out is refused', async () => {
  const user = (await newUser(bartizan, 'someone-else')).arn
  const Policy = JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: { AWS: user }, Action: 'kms:*', Resource: '*' }],
  })
  const message = 'The new key policy will not allow you to update the key policy in the future.'
  const created = await refusal(newKey(kms, { Policy }))
  assert.deepEqual(created, { name: 'MalformedPolicyDocumentException', message })
  const { id } = await newKey(kms)
  assert.deepEqual(await refusal(putPolicy(id, Policy)), created)
  await newKey(kms, { Policy, BypassPolicyLockoutSafetyCheck: true })
})

test('policies that are no policies, or name nobody, are refused', async () => {
  const { id } = await newKey(kms)
  const gone = {
    Effect: 'Allow',
    Principal: { AWS: `arn:aws:iam::${accountId}:user/gone` },
    Action: 'kms:*',
    Resource: '*',
  }
  for (const policy of [
    '{',
    '{}',
    '[]',
    keyPolicy(accountId, gone),
    keyPolicy(accountId, { Effect: 'Maybe' }),
  ]) {
    assert.equal(
      (await refusal(putPolicy(id, policy))).name,
      'MalformedPolicyDocumentException',
      policy,
    )
  }
  const long = keyPolicy(accountId) + ' '.repeat(33_000)
  assert.equal((await refusal(putPolicy(id, long))).name, 'LimitExceededException')
})

test('principals that cannot be are refused in KMS words', async () => {
  const { id } = await newKey(kms)
  const impossible = [
    { AWS: 'nobody' },
    { AWS: 'arn:aws:iam::12:user/x' },
    { AWS: `arn:aws:iam::${accountId}:role/gone` },
    { Service: 'nonsense' },
  ]
  for (const Principal of impossible) {
    const statement = { Effect: 'Allow', Principal, Action: 'kms:Encrypt', Resource: '*' }
    assert.deepEqual(await refusal(putPolicy(id, keyPolicy(accountId, statement))), {
      name: 'MalformedPolicyDocumentException',
      message: 'Policy contains a statement with one or more invalid principals.',
    })
  }
  for (const Principal of ['*', { AWS: accountId }, { Service: 'logs.us-east-1.amazonaws.com' }]) {
    const statement = { Effect: 'Deny', Principal, Action: 'kms:Sign', Resource: '*' }
    await putPolicy(id, keyPolicy(accountId, statement))
  }
})

test('the default key policy is laid out as AWS lays it out', async () => {
  const { id: KeyId } = await newKey(kms)
  const { Policy = '' } = await kms.send(new sdk.GetKeyPolicyCommand({ KeyId }))
  assert.equal(
    Policy,
    `{
  "Version" : "2012-10-17",
  "Id" : "key-default-1",
  "Statement" : [ {
    "Sid" : "Enable IAM User Permissions",
    "Effect" : "Allow",
    "Principal" : {
      "AWS" : "arn:aws:iam::${accountId}:root"
    },
    "Action" : "kms:*",
    "Resource" : "*"
  } ]
}`,
  )
})

test('a statement without Action or Resource is kept and has no effect', async () => {
  const { id } = await newKey(kms)
  const idle = { Sid: 'idle', Effect: 'Deny', Principal: '*', Action: 'kms:*' }
  const policy = keyPolicy(accountId, idle)
  await putPolicy(id, policy)
  await encrypt(kms, id)
  const kept = await kms.send(new sdk.GetKeyPolicyCommand({ KeyId: id }))
  assert.equal(kept.Policy, policy)
  assert.equal(kept.PolicyName, 'default')
  const { PolicyNames } = await kms.send(new sdk.ListKeyPoliciesCommand({ KeyId: id }))
  assert.deepEqual(PolicyNames, ['default'])
})

test('another account needs both the key policy and its own policy', async () => {
  const admin = { admin: other.credentials }
  const allowed = [{ Effect: 'Allow', Action: 'kms:*', Resource: '*' }]
  const guest = await newUser(bartizan, 'guest', { ...admin, statements: allowed })
  const powerless = await newUser(bartizan, 'powerless', admin)
  const { id, arn } = await newKey(kms)
  assert.equal((await refusal(encrypt(guest.kms, arn))).name, 'AccessDeniedException')
  const share = {
    Effect: 'Allow',
    Principal: { AWS: `arn:aws:iam::${other.accountId}:root` },
    Action: ['kms:Encrypt', 'kms:Decrypt', 'kms:DescribeKey'],
    Resource: '*',
  }
  await putPolicy(id, keyPolicy(accountId, share))
  const { CiphertextBlob, KeyId } = await encrypt(guest.kms, arn)
  assert.equal(KeyId, arn)
  const opened = await guest.kms.send(new sdk.DecryptCommand({ CiphertextBlob }))
  assert.deepEqual(Buffer.from(opened.Plaintext ?? []), Plaintext)
  assert.equal((await refusal(encrypt(powerless.kms, arn))).name, 'AccessDeniedException')
  const disable = guest.kms.send(new sdk.DisableKeyCommand({ KeyId: arn }))
  assert.equal((await refusal(disable)).name, 'AccessDeniedException')
  assert.equal((await refusal(encrypt(guest.kms, id))).name, 'NotFoundException')
})

test('whether another account has a key at all is not told', async () => {
  const guest = bartizan.client(sdk.KMSClient, { credentials: other.credentials })
  const { arn } = await newKey(kms)
  const absent = arn.replace(/[0-9a-f]{8}-/, '00000000-')
  const answers = await Promise.all([arn, absent].map((KeyId) => refusal(encrypt(guest, KeyId))))
  assert.deepEqual(
    answers.map(({ name }) => name),
    ['AccessDeniedException', 'AccessDeniedException'],
  )
})

test('the encryption context of a call decides where a policy asks for it', async () => {
  const user = await newUser(bartizan, 'context-bound', {
    statements: [
      {
        Effect: 'Allow',
        Action: 'kms:Encrypt',
        Resource: '*',
        Condition: {
          StringEquals: { 'kms:EncryptionContext:AppName': 'billing' },
          'ForAllValues:StringEquals': { 'kms:EncryptionContextKeys': ['AppName', 'Path'] },
        },
      },
    ],
  })
  const { id } = await newKey(kms)
  await encrypt(user.kms, id, { AppName: 'billing' })
  const wrong = [undefined, { AppName: 'other' }, { AppName: 'billing', Extra: 'x' }]
  for (const context of wrong) {
    assert.equal((await refusal(encrypt(user.kms, id, context))).name, 'AccessDeniedException')
  }
  assert.equal(wrong.length, 3)
})

test('condition keys of CreateKey, tags and algorithms are enforced', async () => {
  const user = await newUser(bartizan, 'narrow', {
    statements: [
      {
        Effect: 'Allow',
        Action: 'kms:CreateKey',
        Resource: '*',
        Condition: { StringEquals: { 'kms:KeySpec': 'RSA_2048', 'kms:KeyUsage': 'SIGN_VERIFY' } },
      },
      {
        Effect: 'Allow',
        Action: 'kms:Sign',
        Resource: '*',
        Condition: {
          StringEquals: {
            'kms:SigningAlgorithm': 'RSASSA_PSS_SHA_256',
            'kms:MessageType': 'RAW',
            'aws:ResourceTag/team': 'red',
          },
        },
      },
    ],
  })
  const input = { KeySpec: 'RSA_2048', KeyUsage: 'SIGN_VERIFY' } as const
  const { id: KeyId } = await newKey(user.kms, input)
  assert.equal((await refusal(newKey(user.kms))).name, 'AccessDeniedException')
  const Tags = [{ TagKey: 'team', TagValue: 'red' }]
  assert.equal((await refusal(newKey(user.kms, { ...input, Tags }))).name, 'AccessDeniedException')
  const sign = (SigningAlgorithm: sdk.SigningAlgorithmSpec) =>
    user.kms.send(new sdk.SignCommand({ KeyId, Message: Plaintext, SigningAlgorithm }))
  assert.equal((await refusal(sign('RSASSA_PSS_SHA_256'))).name, 'AccessDeniedException')
  await kms.send(new sdk.TagResourceCommand({ KeyId, Tags }))
  await sign('RSASSA_PSS_SHA_256')
  assert.equal((await refusal(sign('RSASSA_PSS_SHA_512'))).name, 'AccessDeniedException')
})

test('ReEncrypt needs ReEncryptFrom on one key and ReEncryptTo on the other', async () => {
  const [from, to] = [await newKey(kms), await newKey(kms)]
  const { CiphertextBlob } = await encrypt(kms, from.id)
  const allow = (Action: string, Resource: string) => ({ Effect: 'Allow', Action, Resource })
  const half = await newUser(bartizan, 'from-only', {
    statements: [allow('kms:ReEncryptFrom', '*')],
  })
  const whole = await newUser(bartizan, 'from-and-to', {
    statements: [allow('kms:ReEncryptFrom', from.arn), allow('kms:ReEncryptTo', to.arn)],
  })
  const command = new sdk.ReEncryptCommand({ CiphertextBlob, DestinationKeyId: to.id })
  assert.match((await refusal(half.kms.send(command))).message, /kms:ReEncryptTo/)
  await whole.kms.send(command)
})

test('a role session is let in by a policy that names its role', async () => {
  const iam = bartizan.client(IAMClient)
  const trust = {
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: { AWS: accountId }, Action: 'sts:AssumeRole' }],
  }
  const { Role } = await iam.send(
    new CreateRoleCommand({ RoleName: 'reader', AssumeRolePolicyDocument: JSON.stringify(trust) }),
  )
  const { Credentials } = await bartizan
    .client(STSClient)
    .send(new AssumeRoleCommand({ RoleArn: Role?.Arn, RoleSessionName: 'session' }))
  const credentials = {
    accessKeyId: Credentials?.AccessKeyId ?? '',
    secretAccessKey: Credentials?.SecretAccessKey ?? '',
    sessionToken: Credentials?.SessionToken ?? '',
  }
  const session = bartizan.client(sdk.KMSClient, { credentials })
  const { id } = await newKey(kms)
  assert.equal((await refusal(encrypt(session, id))).name, 'AccessDeniedException')
  const statement = {
    Effect: 'Allow',
    Principal: { AWS: Role?.Arn },
    Action: 'kms:*',
    Resource: '*',
  }
  await putPolicy(id, keyPolicy(accountId, statement))
  await encrypt(session, id)
})

test('an explicit deny in the key policy stops the administrator too', async () => {
  const { id } = await newKey(kms)
  const deny = { Effect: 'Deny', Principal: '*', Action: 'kms:Encrypt', Resource: '*' }
  await putPolicy(id, keyPolicy(accountId, deny))
  const { message } = await refusal(encrypt(kms, id))
  assert.match(message, /explicit deny/)
})

test("no operation on another account's key works without its key policy", async () => {
  const guest = bartizan.client(sdk.KMSClient, { credentials: other.credentials })
  const symmetric = await newKey(kms)
  const KeyId = symmetric.arn
  const signing = await newKey(kms, { KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' })
  const own = await newKey(guest)
  const { CiphertextBlob } = await encrypt(kms, KeyId)
  const stranger = `arn:aws:iam::${other.accountId}:root`
  const algorithm = { SigningAlgorithm: 'ECDSA_SHA_256', Message: Plaintext } as const
  const calls: readonly Promise<unknown>[] = [
    guest.send(new sdk.DescribeKeyCommand({ KeyId })),
    guest.send(new sdk.EncryptCommand({ KeyId, Plaintext })),
    guest.send(new sdk.DecryptCommand({ CiphertextBlob })),
    guest.send(new sdk.DecryptCommand({ CiphertextBlob, KeyId })),
    guest.send(new sdk.ReEncryptCommand({ CiphertextBlob, DestinationKeyId: own.id })),
    guest.send(new sdk.GenerateDataKeyCommand({ KeyId, KeySpec: 'AES_256' })),
    guest.send(new sdk.GenerateDataKeyWithoutPlaintextCommand({ KeyId, KeySpec: 'AES_256' })),
    guest.send(new sdk.GenerateDataKeyPairCommand({ KeyId, KeyPairSpec: 'ECC_NIST_P256' })),
    guest.send(new sdk.SignCommand({ KeyId: signing.arn, ...algorithm })),
    guest.send(new sdk.GetPublicKeyCommand({ KeyId: signing.arn })),
    guest.send(
      new sdk.CreateGrantCommand({ KeyId, GranteePrincipal: stranger, Operations: ['Decrypt'] }),
    ),
    guest.send(new sdk.ListGrantsCommand({ KeyId })),
    guest.send(new sdk.GetKeyRotationStatusCommand({ KeyId })),
    guest.send(new sdk.GetKeyPolicyCommand({ KeyId })),
    guest.send(new sdk.PutKeyPolicyCommand({ KeyId, Policy: keyPolicy(other.accountId) })),
    guest.send(new sdk.DisableKeyCommand({ KeyId })),
    guest.send(new sdk.EnableKeyRotationCommand({ KeyId })),
    guest.send(new sdk.ScheduleKeyDeletionCommand({ KeyId })),
    guest.send(new sdk.CreateAliasCommand({ AliasName: 'alias/stolen', TargetKeyId: KeyId })),
    guest.send(new sdk.TagResourceCommand({ KeyId, Tags: [{ TagKey: 'a', TagValue: 'b' }] })),
    guest.send(new sdk.ReplicateKeyCommand({ KeyId, ReplicaRegion: 'eu-west-1' })),
  ]
  for (const call of calls) assert.equal((await refusal(call)).name, 'AccessDeniedException')
  assert.equal(calls.length, 21)
})
