import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import * as sdk from '@aws-sdk/client-kms'
import { startTestServer } from '@bartizan/testkit'
import { newKey, newUser, refusal } from './test-support.ts'

const bartizan = await startTestServer()
after(() => bartizan.close())
const kms = bartizan.client(sdk.KMSClient)
const Plaintext = Buffer.from('granted')
const grantee = await newUser(bartizan, 'grantee')
const retirer = await newUser(bartizan, 'retirer')

const grant = async (
  KeyId: string,
  Operations: sdk.GrantOperation[],
  more: Partial<sdk.CreateGrantCommandInput> = {},
  client = kms,
) => {
  const input = { KeyId, GranteePrincipal: grantee.arn, Operations, ...more }
  const { GrantId = '', GrantToken = '' } = await client.send(new sdk.CreateGrantCommand(input))
  return { GrantId, GrantToken }
}
const encrypt = (KeyId: string, EncryptionContext?: Record<string, string>, client = grantee.kms) =>
  client.send(
    new sdk.EncryptCommand({ KeyId, Plaintext, ...(EncryptionContext && { EncryptionContext }) }),
  )
const list = async (input: sdk.ListGrantsCommandInput) =>
  (await kms.send(new sdk.ListGrantsCommand(input))).Grants ?? []

test('retries at once make one grant, where writes wait for the disk', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'bartizan-grants-'))
  const durable = await startTestServer({ BARTIZAN_DATA_DIR: folder })
  try {
    const there = durable.client(sdk.KMS)
    const GranteePrincipal = `arn:aws:iam::${durable.accountId}:user/admin`
    for (let round = 0; round < 4; round++) {
      const { KeyMetadata: key } = await there.createKey({})
      const input = { KeyId: key?.KeyId, GranteePrincipal, Name: 'retried' }
      const made = await Promise.all(
        Array.from({ length: 24 }, () => there.createGrant({ ...input, Operations: ['Encrypt'] })),
      )
      assert.equal(new Set(made.map(({ GrantId }) => GrantId)).size, 1)
    }
  } finally {
    await durable.close()
    rmSync(folder, { recursive: true })
  }
})

test('a grant allows its grantee its operations, no others, and ends when it is revoked', async () => {
  const { id } = await newKey(kms)
  assert.equal((await refusal(encrypt(id))).name, 'AccessDeniedException')
  const { GrantId, GrantToken } = await grant(id, ['Encrypt'])
  const { CiphertextBlob } = await encrypt(id)
  await grantee.kms.send(
    new sdk.EncryptCommand({ KeyId: id, Plaintext, GrantTokens: [GrantToken] }),
  )
  const decrypt = grantee.kms.send(new sdk.DecryptCommand({ CiphertextBlob }))
  assert.equal((await refusal(decrypt)).name, 'AccessDeniedException')
  await kms.send(new sdk.RevokeGrantCommand({ KeyId: id, GrantId }))
  assert.equal((await refusal(encrypt(id))).name, 'AccessDeniedException')
})

test('a made-up grant token is refused', async () => {
  const { id } = await newKey(kms)
  const command = new sdk.EncryptCommand({ KeyId: id, Plaintext, GrantTokens: ['made-up'] })
  assert.equal((await refusal(kms.send(command))).name, 'InvalidGrantTokenException')
})

test('context constraints compare keys without case and values with it', async () => {
  const equals = await newKey(kms)
  await grant(equals.id, ['Encrypt'], { Constraints: { EncryptionContextEquals: { Dept: 'IT' } } })
  await encrypt(equals.id, { dept: 'IT' })
  const subset = await newKey(kms)
  await grant(subset.id, ['Encrypt'], { Constraints: { EncryptionContextSubset: { Dept: 'IT' } } })
  await encrypt(subset.id, { Dept: 'IT', More: 'x' })
  const refused = [
    encrypt(equals.id),
    encrypt(equals.id, { Dept: 'it' }),
    encrypt(equals.id, { Dept: 'IT', More: 'x' }),
    encrypt(subset.id, { More: 'x' }),
  ]
  for (const call of refused) assert.equal((await refusal(call)).name, 'AccessDeniedException')
  assert.equal(refused.length, 4)
})

test('a SourceArn constraint keeps the grant from calls without that source', async () => {
  const { id } = await newKey(kms)
  await grant(id, ['Encrypt'], { Constraints: { SourceArn: 'arn:aws:s3:::bucket' } })
  assert.equal((await refusal(encrypt(id))).name, 'AccessDeniedException')
})

test('a named grant is made once, and each token is another', async () => {
  const { id } = await newKey(kms)
  const one = await grant(id, ['Encrypt'], { Name: 'mine' })
  const two = await grant(id, ['Encrypt'], { Name: 'mine' })
  assert.equal(one.GrantId, two.GrantId)
  assert.notEqual(one.GrantToken, two.GrantToken)
  const other = await grant(id, ['Decrypt'], { Name: 'mine' })
  assert.notEqual(other.GrantId, one.GrantId)
  assert.equal((await list({ KeyId: id })).length, 2)
  await kms.send(new sdk.RetireGrantCommand({ GrantToken: two.GrantToken }))
  assert.deepEqual(
    (await list({ KeyId: id })).map((g) => g.GrantId),
    [other.GrantId],
  )
})

test('grants are for operations that the key can do', async () => {
  const hmac = await newKey(kms, { KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' })
  const { name } = await refusal(grant(hmac.id, ['Encrypt']))
  assert.equal(name, 'ValidationException')
  const { id } = await newKey(kms)
  assert.equal((await refusal(grant(id, ['Sign']))).name, 'ValidationException')
  const both = { Constraints: { EncryptionContextEquals: { a: 'b' } } }
  assert.equal((await refusal(grant(hmac.id, ['GenerateMac'], both))).name, 'ValidationException')
  const wrong = grant(id, ['Encrypt'], { GranteePrincipal: 'nobody' })
  assert.equal((await refusal(wrong)).name, 'InvalidArnException')
})

test('a grantee with CreateGrant passes on no more than it has', async () => {
  const { id } = await newKey(kms)
  const Constraints = { EncryptionContextSubset: { a: '1' } }
  await grant(id, ['CreateGrant', 'Encrypt'], { Constraints })
  const child = (operations: sdk.GrantOperation[], constraints?: sdk.GrantConstraints) =>
    grant(
      id,
      operations,
      { GranteePrincipal: retirer.arn, ...(constraints && { Constraints: constraints }) },
      grantee.kms,
    )
  const refused = [
    child(['Decrypt'], Constraints),
    child(['Encrypt']),
    child(['Encrypt'], { EncryptionContextSubset: { b: '1' } }),
  ]
  for (const call of refused) assert.equal((await refusal(call)).name, 'AccessDeniedException')
  await child(['Encrypt'], { EncryptionContextEquals: { a: '1', b: '2' } })
  await encrypt(id, { a: '1', b: '2' }, retirer.kms)
})

test('a grant is retired by its retiring principal, by a grantee who may, and by nobody else', async () => {
  const { id } = await newKey(kms)
  const retire = (client: sdk.KMSClient, GrantId: string) =>
    client.send(new sdk.RetireGrantCommand({ KeyId: id, GrantId }))
  const one = await grant(id, ['Encrypt'], { RetiringPrincipal: retirer.arn })
  assert.equal((await refusal(retire(grantee.kms, one.GrantId))).name, 'AccessDeniedException')
  const stranger = await newUser(bartizan, 'stranger')
  assert.equal((await refusal(retire(stranger.kms, one.GrantId))).name, 'AccessDeniedException')
  await retire(retirer.kms, one.GrantId)
  const two = await grant(id, ['RetireGrant', 'Encrypt'])
  await grantee.kms.send(new sdk.RetireGrantCommand({ GrantToken: two.GrantToken }))
  assert.deepEqual(await list({ KeyId: id }), [])
  assert.equal((await refusal(retire(kms, two.GrantId))).name, 'NotFoundException')
})

test('grants are listed by key, by grantee, by id and in pages', async () => {
  const { id, arn } = await newKey(kms)
  const Constraints = { EncryptionContextEquals: { a: 'b' } }
  const first = await grant(id, ['Encrypt'], { Name: 'first', Constraints })
  for (let i = 0; i < 4; i += 1) await grant(id, ['Decrypt'], { GranteePrincipal: retirer.arn })
  assert.equal((await list({ KeyId: id, GranteePrincipal: retirer.arn })).length, 4)
  const [only] = await list({ KeyId: id, GrantId: first.GrantId })
  assert.equal(only?.Name, 'first')
  assert.equal(only?.KeyId, arn)
  assert.deepEqual(only?.Constraints, Constraints)
  assert.equal(only?.IssuingAccount, `arn:aws:iam::${bartizan.accountId}:root`)
  const page = await kms.send(new sdk.ListGrantsCommand({ KeyId: id, Limit: 3 }))
  assert.equal(page.Grants?.length, 3)
  const rest = await list({ KeyId: id, Limit: 3, Marker: page.NextMarker })
  assert.equal(rest.length, 2)
  const other = await newKey(kms)
  const foreign = list({ KeyId: other.id, Marker: page.NextMarker })
  assert.equal((await refusal(foreign)).name, 'InvalidMarkerException')
})

test('retirable grants are found by their retiring principal, across accounts', async () => {
  const tenant = await bartizan.createAccount()
  const theirs = bartizan.client(sdk.KMSClient, { credentials: tenant.credentials })
  const { arn } = await newKey(theirs)
  const { GrantId } = await theirs.send(
    new sdk.CreateGrantCommand({
      KeyId: arn,
      GranteePrincipal: grantee.arn,
      RetiringPrincipal: grantee.arn,
      Operations: ['Encrypt'],
    }),
  )
  const found = await kms.send(
    new sdk.ListRetirableGrantsCommand({ RetiringPrincipal: grantee.arn }),
  )
  assert.deepEqual(
    found.Grants?.map((g) => [g.GrantId, g.KeyId]),
    [[GrantId, arn]],
  )
  await encrypt(arn)
  await grantee.kms.send(new sdk.RetireGrantCommand({ KeyId: arn, GrantId }))
  assert.equal((await refusal(encrypt(arn))).name, 'AccessDeniedException')
})

test('a dry run grants nothing', async () => {
  const { id } = await newKey(kms)
  const { name } = await refusal(grant(id, ['Encrypt'], { DryRun: true }))
  assert.equal(name, 'DryRunOperationException')
  assert.deepEqual(await list({ KeyId: id }), [])
})
