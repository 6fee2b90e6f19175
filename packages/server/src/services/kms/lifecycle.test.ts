import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import * as sdk from '@aws-sdk/client-kms'
import { startTestServer } from '@bartizan/testkit'
import { newKey, refusal } from './test-support.ts'

const bartizan = await startTestServer()
after(() => bartizan.close())
const kms = bartizan.client(sdk.KMSClient)
const Plaintext = Buffer.from('long-lived')
const dayMs = 86_400_000

const encrypt = async (KeyId: string) =>
  (await kms.send(new sdk.EncryptCommand({ KeyId, Plaintext }))).CiphertextBlob
const decrypt = (CiphertextBlob: Uint8Array | undefined) =>
  kms.send(new sdk.DecryptCommand({ CiphertextBlob }))
const status = (KeyId: string) => kms.send(new sdk.GetKeyRotationStatusCommand({ KeyId }))
const describe = async (KeyId: string) =>
  (await kms.send(new sdk.DescribeKeyCommand({ KeyId }))).KeyMetadata
const rotations = async (KeyId: string, IncludeKeyMaterial?: sdk.IncludeKeyMaterial) => {
  const command = new sdk.ListKeyRotationsCommand({ KeyId, IncludeKeyMaterial })
  return (await kms.send(command)).Rotations ?? []
}

test('automatic rotation makes new material each period and old ciphertext still decrypts', async () => {
  const { id, metadata } = await newKey(kms)
  assert.equal((await status(id)).KeyRotationEnabled, false)
  await kms.send(new sdk.EnableKeyRotationCommand({ KeyId: id }))
  const before = await status(id)
  assert.equal(before.RotationPeriodInDays, 365)
  const due = before.NextRotationDate?.getTime() ?? 0
  assert.ok(Math.abs(due - bartizan.now().getTime() - 365 * dayMs) < 60_000)
  const old = await encrypt(id)
  await bartizan.advance('366d')
  const [entry, ...more] = await rotations(id)
  assert.equal(more.length, 0)
  assert.equal(entry?.RotationType, 'AUTOMATIC')
  assert.equal(entry?.RotationDate?.getTime(), due)
  const now = await describe(id)
  assert.notEqual(now?.CurrentKeyMaterialId, metadata.CurrentKeyMaterialId)
  assert.equal(entry?.KeyMaterialId, now?.CurrentKeyMaterialId)
  const opened = await decrypt(old)
  assert.deepEqual(Buffer.from(opened.Plaintext ?? []), Plaintext)
  assert.equal(opened.KeyMaterialId, metadata.CurrentKeyMaterialId)
  assert.equal((await decrypt(await encrypt(id))).KeyMaterialId, now?.CurrentKeyMaterialId)
  await bartizan.advance('730d')
  assert.equal((await rotations(id)).length, 3)
  assert.equal((await rotations(id, 'ALL_KEY_MATERIAL')).length, 4)
})

test('a period can be chosen, and rotation stops when it is disabled', async () => {
  const { id } = await newKey(kms)
  await kms.send(new sdk.EnableKeyRotationCommand({ KeyId: id, RotationPeriodInDays: 90 }))
  assert.equal((await status(id)).RotationPeriodInDays, 90)
  await bartizan.advance('181d')
  assert.equal((await rotations(id)).length, 2)
  await kms.send(new sdk.DisableKeyRotationCommand({ KeyId: id }))
  assert.equal((await status(id)).KeyRotationEnabled, false)
  await bartizan.advance('400d')
  assert.equal((await rotations(id)).length, 2)
  const short = new sdk.EnableKeyRotationCommand({ KeyId: id, RotationPeriodInDays: 89 })
  assert.equal((await refusal(kms.send(short))).name, 'ValidationException')
})

test('a disabled key is not rotated, and catches up when it is enabled', async () => {
  const { id } = await newKey(kms)
  await kms.send(new sdk.EnableKeyRotationCommand({ KeyId: id, RotationPeriodInDays: 100 }))
  await kms.send(new sdk.DisableKeyCommand({ KeyId: id }))
  await bartizan.advance('150d')
  assert.equal((await rotations(id)).length, 0)
  assert.equal((await status(id)).KeyRotationEnabled, true)
  await kms.send(new sdk.EnableKeyCommand({ KeyId: id }))
  assert.equal((await rotations(id)).length, 1)
  await bartizan.advance('101d')
  assert.equal((await rotations(id)).length, 2)
})

test('on-demand rotation leaves the schedule alone and ends after 25 times', async () => {
  const { id, arn } = await newKey(kms)
  await kms.send(new sdk.EnableKeyRotationCommand({ KeyId: id }))
  const { NextRotationDate } = await status(id)
  const rotate = () => kms.send(new sdk.RotateKeyOnDemandCommand({ KeyId: id }))
  const old = await encrypt(id)
  for (let i = 0; i < 25; i += 1) assert.equal((await rotate()).KeyId, arn)
  assert.equal((await refusal(rotate())).name, 'LimitExceededException')
  assert.deepEqual((await status(id)).NextRotationDate, NextRotationDate)
  const listed = await rotations(id)
  assert.equal(listed.filter((entry) => entry.RotationType === 'ON_DEMAND').length, 25)
  assert.equal(listed.filter((entry) => entry.KeyMaterialState === 'CURRENT').length, 1)
  assert.deepEqual(Buffer.from((await decrypt(old)).Plaintext ?? []), Plaintext)
})

test('an on-demand rotation gives way to an automatic one that is near', async () => {
  const { id } = await newKey(kms)
  await kms.send(new sdk.EnableKeyRotationCommand({ KeyId: id, RotationPeriodInDays: 90 }))
  await bartizan.advance('129590m')
  const { name } = await refusal(kms.send(new sdk.RotateKeyOnDemandCommand({ KeyId: id })))
  assert.equal(name, 'ConflictException')
})

test('asymmetric, HMAC and imported keys do not rotate by themselves', async () => {
  const rsa = await newKey(kms, { KeySpec: 'RSA_2048', KeyUsage: 'SIGN_VERIFY' })
  const mac = await newKey(kms, { KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' })
  const external = await newKey(kms, { Origin: 'EXTERNAL' })
  for (const { id } of [rsa, mac, external]) {
    const call = kms.send(new sdk.EnableKeyRotationCommand({ KeyId: id }))
    assert.equal((await refusal(call)).name, 'UnsupportedOperationException')
  }
})

test('AWS managed keys rotate every year', async () => {
  const key = await describe('alias/aws/ssm')
  await bartizan.advance('366d')
  const later = await describe('alias/aws/ssm')
  assert.equal(later?.KeyId, key?.KeyId)
  assert.notEqual(later?.CurrentKeyMaterialId, key?.CurrentKeyMaterialId)
})

test('a key is gone when its waiting period ends, and its ciphertext with it', async () => {
  const { id, arn } = await newKey(kms)
  await kms.send(new sdk.CreateAliasCommand({ AliasName: 'alias/doomed', TargetKeyId: id }))
  const blob = await encrypt(id)
  const schedule = await kms.send(
    new sdk.ScheduleKeyDeletionCommand({ KeyId: id, PendingWindowInDays: 7 }),
  )
  assert.equal(schedule.KeyState, 'PendingDeletion')
  assert.equal(schedule.KeyId, arn)
  assert.deepEqual((await describe(id))?.DeletionDate, schedule.DeletionDate)
  assert.deepEqual(await refusal(encrypt(id)), {
    name: 'KMSInvalidStateException',
    message: `${arn} is pending deletion.`,
  })
  await bartizan.advance('6d')
  assert.equal((await describe(id))?.KeyState, 'PendingDeletion')
  await bartizan.advance('1d')
  assert.equal((await refusal(describe(id))).name, 'NotFoundException')
  assert.equal((await refusal(describe('alias/doomed'))).name, 'NotFoundException')
  assert.equal((await refusal(decrypt(blob))).name, 'AccessDeniedException')
})

test('a cancelled deletion leaves the key disabled and in place', async () => {
  const { id, arn } = await newKey(kms)
  const cancel = () => kms.send(new sdk.CancelKeyDeletionCommand({ KeyId: id }))
  assert.deepEqual(await refusal(cancel()), {
    name: 'KMSInvalidStateException',
    message: `${arn} is not pending deletion.`,
  })
  await kms.send(new sdk.ScheduleKeyDeletionCommand({ KeyId: id }))
  assert.equal((await cancel()).KeyId, arn)
  await bartizan.advance('31d')
  assert.equal((await describe(id))?.KeyState, 'Disabled')
})

test('a waiting period is 7 to 30 days', async () => {
  const { id } = await newKey(kms)
  for (const PendingWindowInDays of [6, 31]) {
    const command = new sdk.ScheduleKeyDeletionCommand({ KeyId: id, PendingWindowInDays })
    assert.equal((await refusal(kms.send(command))).name, 'ValidationException')
  }
})
