import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import * as sdk from '@aws-sdk/client-kms'
import { startTestServer } from '@bartizan/testkit'
import { newKey, newUser, refusal } from './test-support.ts'

const bartizan = await startTestServer()
after(() => bartizan.close())
const kms = bartizan.client(sdk.KMSClient)
const create = (AliasName: string, TargetKeyId: string) =>
  kms.send(new sdk.CreateAliasCommand({ AliasName, TargetKeyId }))

test('an alias names its key, by name and by ARN, until it moves', async () => {
  const [one, two] = [await newKey(kms), await newKey(kms)]
  await create('alias/moving', one.arn)
  const describe = async (KeyId: string) =>
    (await kms.send(new sdk.DescribeKeyCommand({ KeyId }))).KeyMetadata?.KeyId
  const arn = `arn:aws:kms:us-east-1:${bartizan.accountId}:alias/moving`
  assert.equal(await describe('alias/moving'), one.id)
  assert.equal(await describe(arn), one.id)
  await kms.send(new sdk.UpdateAliasCommand({ AliasName: 'alias/moving', TargetKeyId: two.id }))
  assert.equal(await describe(arn), two.id)
  const list = async (KeyId: string) =>
    (await kms.send(new sdk.ListAliasesCommand({ KeyId }))).Aliases?.map((a) => a.AliasName)
  assert.deepEqual(await list(one.id), [])
  assert.deepEqual(await list(two.id), ['alias/moving'])
  await kms.send(new sdk.DeleteAliasCommand({ AliasName: 'alias/moving' }))
  assert.equal((await refusal(describe('alias/moving'))).name, 'NotFoundException')
})

test('alias names are checked as AWS checks them', async () => {
  const { id } = await newKey(kms)
  const cases: readonly [string, string][] = [
    ['wrong', 'ValidationException'],
    ['alias/', 'ValidationException'],
    ['alias/a:b', 'ValidationException'],
    ['alias/a b', 'ValidationException'],
    ['alias/aws/mine', 'NotAuthorizedException'],
  ]
  for (const [alias, name] of cases) assert.equal((await refusal(create(alias, id))).name, name)
  assert.equal(
    (await refusal(create('alias/b', 'alias/a'))).message,
    'Aliases must refer to keys. Not aliases',
  )
})

test('an alias exists once', async () => {
  const { id } = await newKey(kms)
  await create('alias/once', id)
  assert.deepEqual(await refusal(create('alias/once', id)), {
    name: 'AlreadyExistsException',
    message: `An alias with the name arn:aws:kms:us-east-1:${bartizan.accountId}:alias/once already exists`,
  })
})

test('an alias does not move to a key of another kind', async () => {
  const { id } = await newKey(kms)
  const mac = await newKey(kms, { KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' })
  await create('alias/kind', id)
  const move = new sdk.UpdateAliasCommand({ AliasName: 'alias/kind', TargetKeyId: mac.id })
  assert.equal((await refusal(kms.send(move))).name, 'ValidationException')
})

test('a key has 50 aliases at most', async () => {
  const { id } = await newKey(kms)
  for (let i = 0; i < 50; i += 1) await create(`alias/many-${i}`, id)
  assert.equal((await refusal(create('alias/many-50', id))).name, 'LimitExceededException')
  const page = await kms.send(new sdk.ListAliasesCommand({ KeyId: id, Limit: 20 }))
  assert.equal(page.Aliases?.length, 20)
  assert.equal(page.Truncated, true)
})

test('CreateAlias needs permission on the alias and on the key', async () => {
  const { id, arn } = await newKey(kms)
  const alias = `arn:aws:kms:us-east-1:${bartizan.accountId}:alias/shared`
  const allow = (Resource: string | string[]) => [
    { Effect: 'Allow', Action: 'kms:CreateAlias', Resource },
  ]
  const command = new sdk.CreateAliasCommand({ AliasName: 'alias/shared', TargetKeyId: id })
  const half = await newUser(bartizan, 'alias-only', { statements: allow(alias) })
  assert.equal((await refusal(half.kms.send(command))).name, 'AccessDeniedException')
  const other = await newUser(bartizan, 'key-only', { statements: allow(arn) })
  assert.equal((await refusal(other.kms.send(command))).name, 'AccessDeniedException')
  const both = await newUser(bartizan, 'both', { statements: allow([alias, arn]) })
  await both.kms.send(command)
})

test('kms:RequestAlias and kms:ResourceAliases decide who may use a key', async () => {
  const { id } = await newKey(kms)
  await create('alias/app', id)
  const statement = (condition: object) => [
    { Effect: 'Allow', Action: 'kms:Encrypt', Resource: '*', Condition: condition },
  ]
  const byRequest = await newUser(bartizan, 'by-request', {
    statements: statement({ StringEquals: { 'kms:RequestAlias': 'alias/app' } }),
  })
  const byResource = await newUser(bartizan, 'by-resource', {
    statements: statement({ 'ForAnyValue:StringEquals': { 'kms:ResourceAliases': 'alias/app' } }),
  })
  const encrypt = (client: sdk.KMSClient, KeyId: string) =>
    client.send(new sdk.EncryptCommand({ KeyId, Plaintext: Buffer.from('x') }))
  await encrypt(byRequest.kms, 'alias/app')
  assert.equal((await refusal(encrypt(byRequest.kms, id))).name, 'AccessDeniedException')
  await encrypt(byResource.kms, id)
})
