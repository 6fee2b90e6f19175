import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import {
  DeleteAccessKeyCommand,
  DeleteUserCommand,
  DeleteUserPolicyCommand,
  IAMClient,
} from '@aws-sdk/client-iam'
import * as sdk from '@aws-sdk/client-kms'
import { startTestServer } from '@bartizan/testkit'
import { keyPolicy, newKey, newUser, refusal } from './test-support.ts'
import type { TestUser } from './test-support.ts'

const bartizan = await startTestServer()
after(() => bartizan.close())
const other = await bartizan.createAccount()
const kms = bartizan.client(sdk.KMSClient)
const { accountId } = bartizan
const Plaintext = Buffer.from('for one person')

const homes = [
  { whose: 'this account', admin: undefined },
  { whose: 'another account', admin: other.credentials },
]
const allowing = [{ Effect: 'Allow', Action: 'kms:Encrypt', Resource: '*' }]

const encrypt = (user: TestUser, KeyId: string) =>
  user.kms.send(new sdk.EncryptCommand({ KeyId, Plaintext }))
const share = (principal: string) =>
  keyPolicy(accountId, {
    Effect: 'Allow',
    Principal: { AWS: principal },
    Action: 'kms:Encrypt',
    Resource: '*',
  })
const shownPolicy = async (KeyId: string) =>
  (await kms.send(new sdk.GetKeyPolicyCommand({ KeyId }))).Policy
const grantsOf = async (input: sdk.ListGrantsCommandInput) =>
  (await kms.send(new sdk.ListGrantsCommand(input))).Grants ?? []

/** Deletes a user without policies of its own; its unique id is what a policy shows then. */
async function remove(user: TestUser, admin = bartizan.credentials): Promise<void> {
  const iam = bartizan.client(IAMClient, { credentials: admin })
  const UserName = user.arn.split('/').at(-1) ?? ''
  const AccessKeyId = user.credentials.accessKeyId
  await iam.send(new DeleteAccessKeyCommand({ UserName, AccessKeyId }))
  await iam.send(new DeleteUserCommand({ UserName }))
}

test('a user made again under its name is not who a key policy names', async () => {
  const first = await newUser(bartizan, 'policy-comes-back')
  const { id } = await newKey(kms, { Policy: share(first.arn) })
  assert.equal(await shownPolicy(id), share(first.arn))
  await encrypt(first, id)
  await remove(first)
  const shown = await shownPolicy(id)
  assert.match(shown ?? '', /"Principal":\{"AWS":"AIDA[A-Z0-9]{17}"\}/)
  const second = await newUser(bartizan, 'policy-comes-back')
  assert.equal(second.arn, first.arn)
  assert.equal((await refusal(encrypt(second, id))).name, 'AccessDeniedException')
  assert.equal(await shownPolicy(id), shown)
  // As in AWS, a policy that names somebody who is gone cannot be saved again.
  const again = new sdk.PutKeyPolicyCommand({ KeyId: id, Policy: shown })
  assert.equal((await refusal(kms.send(again))).name, 'MalformedPolicyDocumentException')
  await kms.send(new sdk.PutKeyPolicyCommand({ KeyId: id, Policy: share(second.arn) }))
  await encrypt(second, id)
})

test('a user of another account made again under its name is refused its former key', async () => {
  const admin = other.credentials
  const iam = bartizan.client(IAMClient, { credentials: admin })

  const options = { admin, statements: allowing }
  const first = await newUser(bartizan, 'foreign-comes-back', options)
  const { id, arn } = await newKey(kms, { Policy: share(first.arn) })
  await encrypt(first, arn)
  const inline = { UserName: 'foreign-comes-back', PolicyName: 'p' }
  await iam.send(new DeleteUserPolicyCommand(inline))
  await remove(first, admin)
  const second = await newUser(bartizan, 'foreign-comes-back', options)
  assert.equal(second.arn, first.arn)
  assert.equal((await refusal(encrypt(second, arn))).name, 'AccessDeniedException')
  await kms.send(new sdk.PutKeyPolicyCommand({ KeyId: id, Policy: share(second.arn) }))
  await encrypt(second, arn)
})

test('a replica shows its policy with ARNs, and keeps it by id', async () => {
  const user = await newUser(bartizan, 'of-a-replica')
  const { id: KeyId } = await newKey(kms, { MultiRegion: true })
  const replicate = { KeyId, ReplicaRegion: 'eu-west-1', Policy: share(user.arn) }
  const { ReplicaPolicy } = await kms.send(new sdk.ReplicateKeyCommand(replicate))
  assert.equal(ReplicaPolicy, share(user.arn))
  await remove(user)
  const west = bartizan.client(sdk.KMSClient, { region: 'eu-west-1' })
  const { Policy } = await west.send(new sdk.GetKeyPolicyCommand({ KeyId }))
  assert.match(Policy ?? '', /"AIDA/)
})

for (const { whose, admin } of homes) {
  test(`a grantee of ${whose} made again under its name has no grant`, async () => {
    const name = `grantee-${whose.replaceAll(' ', '-')}`
    const options = admin ? { admin } : {}
    const first = await newUser(bartizan, name, options)
    const { id, arn } = await newKey(kms)
    const { GrantId } = await kms.send(
      new sdk.CreateGrantCommand({
        KeyId: id,
        GranteePrincipal: first.arn,
        RetiringPrincipal: first.arn,
        Operations: ['Encrypt'],
      }),
    )
    await encrypt(first, arn)
    const [shown] = await grantsOf({ KeyId: id, GranteePrincipal: first.arn })
    assert.deepEqual([shown?.GranteePrincipal, shown?.RetiringPrincipal], [first.arn, first.arn])
    await remove(first, admin)
    const [left] = await grantsOf({ KeyId: id })
    assert.match(left?.GranteePrincipal ?? '', /^AIDA[A-Z0-9]{17}$/)
    assert.equal(left?.RetiringPrincipal, left?.GranteePrincipal)
    const second = await newUser(bartizan, name, options)
    assert.equal(second.arn, first.arn)
    const retire = second.kms.send(new sdk.RetireGrantCommand({ KeyId: arn, GrantId }))
    assert.equal((await refusal(retire)).name, 'AccessDeniedException')
    assert.equal((await refusal(encrypt(second, arn))).name, 'AccessDeniedException')
    assert.deepEqual(await grantsOf({ KeyId: id, GranteePrincipal: second.arn }), [])
    assert.equal((await grantsOf({ KeyId: id })).length, 1)
  })

  test(`a grant to ${whose} as a whole allows whom its IAM policies let`, async () => {
    const name = whose.replaceAll(' ', '-')
    const own = admin ? { admin } : {}
    const may = await newUser(bartizan, `may-${name}`, { ...own, statements: allowing })
    const mayNot = await newUser(bartizan, `may-not-${name}`, own)
    const someone = (await newUser(bartizan, `owner-of-${name}`)).arn
    const policy = JSON.stringify({
      Version: '2012-10-17',
      Statement: [
        { Effect: 'Allow', Principal: { AWS: someone }, Action: 'kms:*', Resource: '*' },
        {
          Effect: 'Allow',
          Principal: { AWS: `arn:aws:iam::${accountId}:user/admin` },
          Action: 'kms:*',
          Resource: '*',
        },
      ],
    })
    const { id, arn } = await newKey(kms, { Policy: policy })
    assert.equal((await refusal(encrypt(may, arn))).name, 'AccessDeniedException')
    const grantee = admin ? other.accountId : accountId
    const GranteePrincipal = `arn:aws:iam::${grantee}:root`
    const Operations: sdk.GrantOperation[] = ['Encrypt']
    await kms.send(new sdk.CreateGrantCommand({ KeyId: id, GranteePrincipal, Operations }))
    await encrypt(may, arn)
    assert.equal((await refusal(encrypt(mayNot, arn))).name, 'AccessDeniedException')
    const [shown] = await grantsOf({ KeyId: id, GranteePrincipal: grantee })
    assert.equal(shown?.GranteePrincipal, GranteePrincipal)
  })
}

test('grantees and retiring principals that do not exist are refused', async () => {
  const { id: KeyId } = await newKey(kms)
  const admin = `arn:aws:iam::${accountId}:user/admin`
  const nobody = [
    `arn:aws:iam::${accountId}:user/nobody`,
    `arn:aws:iam::${other.accountId}:role/nobody`,
    `arn:aws:sts::${accountId}:assumed-role/nobody/one`,
    'AIDANOBODY0000000001',
    'nobody',
  ]
  for (const name of nobody) {
    const Operations: sdk.GrantOperation[] = ['Encrypt']
    const inputs = [
      { GranteePrincipal: name },
      { GranteePrincipal: admin, RetiringPrincipal: name },
    ]
    for (const input of inputs) {
      const call = kms.send(new sdk.CreateGrantCommand({ KeyId, Operations, ...input }))
      assert.deepEqual(await refusal(call), {
        name: 'InvalidArnException',
        message: `ARN does not refer to a valid principal: ${name}`,
      })
    }
  }
  assert.equal(nobody.length, 5)
})
