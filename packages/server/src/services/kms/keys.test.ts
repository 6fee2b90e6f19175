import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import * as sdk from '@aws-sdk/client-kms'
import { startTestServer } from '@bartizan/testkit'
import { newKey, refusal } from './test-support.ts'

const bartizan = await startTestServer()
after(() => bartizan.close())
const kms = bartizan.client(sdk.KMSClient)
const missing = '12345678-1234-1234-1234-123456789012'

test('a new key is an enabled symmetric key with a material id', async () => {
  const { metadata, id } = await newKey(kms, { Description: 'mine' })
  assert.equal(metadata.KeyState, 'Enabled')
  assert.equal(metadata.Description, 'mine')
  assert.equal(metadata.MultiRegion, false)
  assert.deepEqual(metadata.EncryptionAlgorithms, ['SYMMETRIC_DEFAULT'])
  assert.match(metadata.CurrentKeyMaterialId ?? '', /^[0-9a-f]{64}$/)
  const described = await kms.send(new sdk.DescribeKeyCommand({ KeyId: id }))
  assert.deepEqual(described.KeyMetadata, metadata)
})

test('every key spec with every usage it has can be created, and no other', async () => {
  const usages = Object.values(sdk.KeyUsageType)
  const fits: Record<string, readonly string[]> = {
    SYMMETRIC_DEFAULT: ['ENCRYPT_DECRYPT'],
    RSA_2048: ['ENCRYPT_DECRYPT', 'SIGN_VERIFY'],
    ECC_NIST_P256: ['SIGN_VERIFY', 'KEY_AGREEMENT'],
    ECC_NIST_P384: ['SIGN_VERIFY', 'KEY_AGREEMENT'],
    ECC_NIST_P521: ['SIGN_VERIFY', 'KEY_AGREEMENT'],
    ECC_SECG_P256K1: ['SIGN_VERIFY'],
    ECC_NIST_EDWARDS25519: ['SIGN_VERIFY'],
    HMAC_224: ['GENERATE_VERIFY_MAC'],
    HMAC_256: ['GENERATE_VERIFY_MAC'],
    HMAC_384: ['GENERATE_VERIFY_MAC'],
    HMAC_512: ['GENERATE_VERIFY_MAC'],
    ML_DSA_44: ['SIGN_VERIFY'],
    ML_DSA_65: ['SIGN_VERIFY'],
    ML_DSA_87: ['SIGN_VERIFY'],
    ML_KEM_512: ['ENCAPSULATE_DECAPSULATE'],
    ML_KEM_768: ['ENCAPSULATE_DECAPSULATE'],
    ML_KEM_1024: ['ENCAPSULATE_DECAPSULATE'],
  }
  let cases = 0
  for (const [spec, allowed] of Object.entries(fits)) {
    for (const KeyUsage of usages) {
      const KeySpec = spec as sdk.KeySpec
      cases += 1
      if (allowed.includes(KeyUsage)) {
        const { metadata } = await newKey(kms, { KeySpec, KeyUsage })
        assert.equal(metadata.KeySpec, spec)
        assert.equal(metadata.KeyUsage, KeyUsage)
      } else {
        const { name } = await refusal(kms.send(new sdk.CreateKeyCommand({ KeySpec, KeyUsage })))
        assert.equal(name, 'ValidationException', `${spec} ${KeyUsage}`)
      }
    }
  }
  assert.equal(cases, 17 * 5)
})

test('asymmetric and HMAC keys need a KeyUsage', async () => {
  const { name, message } = await refusal(newKey(kms, { KeySpec: 'HMAC_256' }))
  assert.equal(name, 'ValidationException')
  assert.equal(
    message,
    'You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys.',
  )
})

test('SM2 keys are refused outside China', async () => {
  const { name } = await refusal(newKey(kms, { KeySpec: 'SM2', KeyUsage: 'SIGN_VERIFY' }))
  assert.equal(name, 'UnsupportedOperationException')
})

test('keys that do not exist are not found, in the words AWS has for each reference', async () => {
  const account = bartizan.accountId
  const cases: readonly [string, string, string][] = [
    ['fake-key-id', 'NotFoundException', "Invalid keyId 'fake-key-id'"],
    ['mrk-fake-key-id', 'NotFoundException', "Invalid keyId 'mrk-fake-key-id'"],
    [
      missing,
      'NotFoundException',
      `Key 'arn:aws:kms:us-east-1:${account}:key/${missing}' does not exist`,
    ],
    [
      'alias/none',
      'NotFoundException',
      `Alias arn:aws:kms:us-east-1:${account}:alias/none is not found.`,
    ],
    [
      `arn:aws:kms:eu-west-1:${account}:key/${missing}`,
      'NotFoundException',
      'Invalid arn eu-west-1',
    ],
    ['arn:aws:s3:::bucket', 'InvalidArnException', 'Invalid arn arn:aws:s3:::bucket'],
  ]
  for (const [KeyId, name, message] of cases) {
    assert.deepEqual(await refusal(kms.send(new sdk.DescribeKeyCommand({ KeyId }))), {
      name,
      message,
    })
  }
})

test('operations that take a key id or key ARN only refuse an alias', async () => {
  const { id } = await newKey(kms)
  await kms.send(new sdk.CreateAliasCommand({ AliasName: 'alias/not-here', TargetKeyId: id }))
  const call = kms.send(new sdk.DisableKeyCommand({ KeyId: 'alias/not-here' }))
  assert.equal((await refusal(call)).name, 'NotFoundException')
})

test('a key in another Region is another key', async () => {
  const { id } = await newKey(kms)
  const elsewhere = bartizan.client(sdk.KMSClient, { region: 'eu-central-1' })
  const call = elsewhere.send(new sdk.DescribeKeyCommand({ KeyId: id }))
  assert.match((await refusal(call)).message, /eu-central-1.* does not exist/)
})

test('a disabled key refuses to encrypt and works again when it is enabled', async () => {
  const { id, arn } = await newKey(kms)
  const encrypt = () => kms.send(new sdk.EncryptCommand({ KeyId: id, Plaintext: Buffer.from('x') }))
  await kms.send(new sdk.DisableKeyCommand({ KeyId: id }))
  assert.deepEqual(await refusal(encrypt()), {
    name: 'DisabledException',
    message: `${arn} is disabled.`,
  })
  await kms.send(new sdk.EnableKeyCommand({ KeyId: id }))
  assert.ok((await encrypt()).CiphertextBlob)
})

test('a description can be changed', async () => {
  const { id } = await newKey(kms)
  await kms.send(new sdk.UpdateKeyDescriptionCommand({ KeyId: id, Description: 'new' }))
  const { KeyMetadata } = await kms.send(new sdk.DescribeKeyCommand({ KeyId: id }))
  assert.equal(KeyMetadata?.Description, 'new')
})

test('listings come in pages whose markers nobody can make up', async () => {
  const seen = new Set<string>()
  let Marker: string | undefined
  let pages = 0
  do {
    const page = await kms.send(new sdk.ListKeysCommand({ Limit: 7, ...(Marker && { Marker }) }))
    for (const { KeyId } of page.Keys ?? []) seen.add(KeyId ?? '')
    assert.equal(page.Truncated, page.NextMarker !== undefined)
    Marker = page.NextMarker
    pages += 1
  } while (Marker)
  const all = await kms.send(new sdk.ListKeysCommand({ Limit: 1000 }))
  assert.equal(seen.size, all.Keys?.length)
  assert.ok(pages > 2)
  const { name } = await refusal(kms.send(new sdk.ListKeysCommand({ Marker: 'made-up' })))
  assert.equal(name, 'InvalidMarkerException')
})

test('an AWS managed key comes into being when DescribeKey asks for it, and cannot be changed', async () => {
  const { KeyMetadata: key } = await kms.send(
    new sdk.DescribeKeyCommand({ KeyId: 'alias/aws/secretsmanager' }),
  )
  assert.equal(key?.KeyManager, 'AWS')
  const KeyId = key?.KeyId
  const status = await kms.send(new sdk.GetKeyRotationStatusCommand({ KeyId }))
  assert.equal(status.KeyRotationEnabled, true)
  for (const call of [
    kms.send(new sdk.ScheduleKeyDeletionCommand({ KeyId })),
    kms.send(new sdk.DisableKeyCommand({ KeyId })),
    kms.send(new sdk.DisableKeyRotationCommand({ KeyId })),
    kms.send(new sdk.PutKeyPolicyCommand({ KeyId, Policy: '{}' })),
    kms.send(new sdk.EncryptCommand({ KeyId, Plaintext: Buffer.from('not via the service') })),
  ]) {
    assert.equal((await refusal(call)).name, 'AccessDeniedException')
  }
})

test('tags are checked, listed, changed and removed', async () => {
  const { id: KeyId } = await newKey(kms, { Tags: [{ TagKey: 'a', TagValue: '1' }] })
  const tag = (...Tags: sdk.Tag[]) => kms.send(new sdk.TagResourceCommand({ KeyId, Tags }))
  await tag({ TagKey: 'a', TagValue: '2' }, { TagKey: 'b', TagValue: '' })
  const list = async () =>
    (await kms.send(new sdk.ListResourceTagsCommand({ KeyId }))).Tags?.map(
      ({ TagKey, TagValue }) => `${TagKey}=${TagValue}`,
    )
  assert.deepEqual(await list(), ['a=2', 'b='])
  await kms.send(new sdk.UntagResourceCommand({ KeyId, TagKeys: ['a', 'zzz'] }))
  assert.deepEqual(await list(), ['b='])
  const twice = { TagKey: 'x', TagValue: 'y' }
  assert.deepEqual(await refusal(tag(twice, twice)), {
    name: 'TagException',
    message: 'Duplicate tag keys',
  })
  assert.equal(
    (await refusal(tag({ TagKey: 'aws:x', TagValue: '' }))).message,
    'Tags beginning with aws: are reserved',
  )
  const many = Array.from({ length: 51 }, (_, i) => ({ TagKey: `k${i}`, TagValue: 'v' }))
  assert.equal((await refusal(tag(...many))).message, 'Too many tags')
  const untag = new sdk.UntagResourceCommand({ KeyId: (await newKey(kms)).id, TagKeys: ['aws:x'] })
  assert.equal((await refusal(kms.send(untag))).name, 'TagException')
})

test('GetKeyLastUsage tells of the last cryptographic use', async () => {
  const { id: KeyId, arn } = await newKey(kms)
  const usage = () => kms.send(new sdk.GetKeyLastUsageCommand({ KeyId }))
  const before = await usage()
  assert.deepEqual(before.KeyLastUsage, {})
  assert.ok(before.TrackingStartDate)
  const call = await kms.send(new sdk.GenerateDataKeyCommand({ KeyId: arn, KeySpec: 'AES_128' }))
  assert.equal(call.Plaintext?.length, 16)
  const { KeyLastUsage: last } = await usage()
  assert.equal(last?.Operation, 'GenerateDataKey')
  assert.equal(last?.KmsRequestId, call.$metadata.requestId)
})

test('random bytes come in the length asked for', async () => {
  const random = (NumberOfBytes?: number) =>
    kms.send(new sdk.GenerateRandomCommand({ NumberOfBytes }))
  assert.equal((await random(1024)).Plaintext?.length, 1024)
  assert.equal((await refusal(random())).message, 'NumberOfBytes is required.')
})
