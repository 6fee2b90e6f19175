import assert from 'node:assert/strict'
import {
  constants,
  createCipheriv,
  createPublicKey,
  generateKeyPairSync,
  publicEncrypt,
  randomBytes,
} from 'node:crypto'
import { after, test } from 'node:test'
import * as sdk from '@aws-sdk/client-kms'
import { startTestServer } from '@bartizan/testkit'
import { newKey, refusal } from './test-support.ts'

const bartizan = await startTestServer()
after(() => bartizan.close())
const kms = bartizan.client(sdk.KMSClient)
const Plaintext = Buffer.from('brought along')
const forever = { ExpirationModel: 'KEY_MATERIAL_DOES_NOT_EXPIRE' } as const

function wrap(publicKey: Uint8Array, algorithm: sdk.AlgorithmSpec, material: Uint8Array): Buffer {
  const key = createPublicKey({ key: Buffer.from(publicKey), format: 'der', type: 'spki' })
  const oaepHash = algorithm.endsWith('SHA_256') ? 'sha256' : 'sha1'
  const oaep = { key, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash }
  if (algorithm.startsWith('RSAES_OAEP')) return publicEncrypt(oaep, material)
  const aes = randomBytes(32)
  const cipher = createCipheriv('id-aes256-wrap-pad', aes, Buffer.from('a65959a6', 'hex'))
  return Buffer.concat([publicEncrypt(oaep, aes), cipher.update(material), cipher.final()])
}

async function imported(
  KeyId: string,
  material: Uint8Array,
  options: Partial<sdk.ImportKeyMaterialCommandInput> & {
    algorithm?: sdk.AlgorithmSpec
    client?: sdk.KMSClient
  } = {},
): Promise<sdk.ImportKeyMaterialCommandOutput> {
  const { algorithm: WrappingAlgorithm = 'RSAES_OAEP_SHA_256', client = kms, ...input } = options
  const { PublicKey = new Uint8Array(), ImportToken } = await client.send(
    new sdk.GetParametersForImportCommand({
      KeyId,
      WrappingAlgorithm,
      WrappingKeySpec: 'RSA_2048',
    }),
  )
  const EncryptedKeyMaterial = wrap(PublicKey, WrappingAlgorithm, material)
  const expiry = input.ValidTo ? {} : forever
  return client.send(
    new sdk.ImportKeyMaterialCommand({
      KeyId,
      ImportToken,
      EncryptedKeyMaterial,
      ...expiry,
      ...input,
    }),
  )
}

const encrypt = async (KeyId: string) =>
  (await kms.send(new sdk.EncryptCommand({ KeyId, Plaintext }))).CiphertextBlob
const decrypt = (CiphertextBlob: Uint8Array | undefined, client = kms) =>
  client.send(new sdk.DecryptCommand({ CiphertextBlob }))
const describe = async (KeyId: string, client = kms) =>
  (await client.send(new sdk.DescribeKeyCommand({ KeyId }))).KeyMetadata

test('a key without material waits for an import, loses it and gets the same one back', async () => {
  const { id, arn, metadata } = await newKey(kms, { Origin: 'EXTERNAL' })
  assert.equal(metadata.KeyState, 'PendingImport')
  assert.equal(metadata.Enabled, false)
  assert.equal(metadata.ExpirationModel, undefined)
  assert.equal((await refusal(encrypt(id))).message, `${arn} is pending import.`)
  const material = randomBytes(32)
  const { KeyMaterialId } = await imported(id, material)
  const ready = await describe(id)
  assert.equal(ready?.KeyState, 'Enabled')
  assert.equal(ready?.ExpirationModel, 'KEY_MATERIAL_DOES_NOT_EXPIRE')
  assert.equal(ready?.CurrentKeyMaterialId, KeyMaterialId)
  const blob = await encrypt(id)
  await kms.send(new sdk.DeleteImportedKeyMaterialCommand({ KeyId: id }))
  assert.equal((await describe(id))?.KeyState, 'PendingImport')
  assert.equal((await refusal(decrypt(blob))).name, 'KMSInvalidStateException')
  const { name } = await refusal(imported(id, randomBytes(32)))
  assert.equal(name, 'IncorrectKeyMaterialException')
  await imported(id, material)
  assert.deepEqual(Buffer.from((await decrypt(blob)).Plaintext ?? []), Plaintext)
})

test('material with a date expires at it', async () => {
  const { id } = await newKey(kms, { Origin: 'EXTERNAL' })
  const ValidTo = new Date(bartizan.now().getTime() + 10 * 86_400_000)
  const material = randomBytes(32)
  await imported(id, material, { ValidTo })
  const key = await describe(id)
  assert.equal(key?.ExpirationModel, 'KEY_MATERIAL_EXPIRES')
  assert.equal(
    Math.floor((key?.ValidTo?.getTime() ?? 0) / 1000),
    Math.floor(ValidTo.getTime() / 1000),
  )
  const blob = await encrypt(id)
  await bartizan.advance('11d')
  assert.equal((await describe(id))?.KeyState, 'PendingImport')
  await imported(id, material)
  assert.ok((await decrypt(blob)).Plaintext)
})

test('expiry must be said, and said sensibly', async () => {
  const { id } = await newKey(kms, { Origin: 'EXTERNAL' })
  const now = bartizan.now().getTime()
  const model = { ExpirationModel: 'KEY_MATERIAL_EXPIRES' } as const
  const wrong: readonly Partial<sdk.ImportKeyMaterialCommandInput>[] = [
    { ...model, ValidTo: undefined },
    { ...model, ValidTo: new Date(now - 1000) },
    { ...model, ValidTo: new Date(now + 366 * 86_400_000) },
    { ...forever, ValidTo: new Date(now + 1000) },
  ]
  for (const input of wrong) {
    assert.equal((await refusal(imported(id, randomBytes(32), input))).name, 'ValidationException')
  }
  assert.equal(wrong.length, 4)
})

test('import parameters are good for a day and for their own key', async () => {
  const [one, two] = [
    await newKey(kms, { Origin: 'EXTERNAL' }),
    await newKey(kms, { Origin: 'EXTERNAL' }),
  ]
  const parameters = await kms.send(
    new sdk.GetParametersForImportCommand({
      KeyId: one.id,
      WrappingAlgorithm: 'RSAES_OAEP_SHA_256',
      WrappingKeySpec: 'RSA_3072',
    }),
  )
  const validMs = (parameters.ParametersValidTo?.getTime() ?? 0) - bartizan.now().getTime()
  assert.ok(Math.abs(validMs - 86_400_000) < 60_000)
  const { ImportToken, PublicKey = new Uint8Array() } = parameters
  const EncryptedKeyMaterial = wrap(PublicKey, 'RSAES_OAEP_SHA_256', randomBytes(32))
  const send = (KeyId: string, material = EncryptedKeyMaterial) =>
    kms.send(
      new sdk.ImportKeyMaterialCommand({
        KeyId,
        ImportToken,
        EncryptedKeyMaterial: material,
        ...forever,
      }),
    )
  assert.equal((await refusal(send(two.id))).name, 'InvalidImportTokenException')
  assert.equal((await refusal(send(one.id, randomBytes(384)))).name, 'InvalidCiphertextException')
  await bartizan.advance('25h')
  assert.equal((await refusal(send(one.id))).name, 'ExpiredImportTokenException')
})

test('key pairs come in by both kinds of wrapping', async () => {
  const ec = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const cases = [
    ['ECC_NIST_P256', ec, 'RSAES_OAEP_SHA_1'],
    ['ECC_NIST_P256', ec, 'RSA_AES_KEY_WRAP_SHA_256'],
    ['RSA_2048', rsa, 'RSA_AES_KEY_WRAP_SHA_1'],
  ] as const
  for (const [KeySpec, pair, algorithm] of cases) {
    const { id } = await newKey(kms, { Origin: 'EXTERNAL', KeySpec, KeyUsage: 'SIGN_VERIFY' })
    const material = pair.privateKey.export({ type: 'pkcs8', format: 'der' })
    await imported(id, material, { algorithm })
    const { PublicKey } = await kms.send(new sdk.GetPublicKeyCommand({ KeyId: id }))
    const expected = pair.publicKey.export({ type: 'spki', format: 'der' })
    assert.deepEqual(Buffer.from(PublicKey ?? []), expected)
  }
  assert.equal(cases.length, 3)
  const { id } = await newKey(kms, {
    Origin: 'EXTERNAL',
    KeySpec: 'RSA_2048',
    KeyUsage: 'SIGN_VERIFY',
  })
  const { name } = await refusal(imported(id, randomBytes(32)))
  assert.equal(name, 'UnsupportedOperationException')
})

test('imported material rotates on demand to new material, and one at a time', async () => {
  const { id } = await newKey(kms, { Origin: 'EXTERNAL' })
  const [first, second] = [randomBytes(32), randomBytes(32)]
  const one = await imported(id, first)
  const rotate = () => kms.send(new sdk.RotateKeyOnDemandCommand({ KeyId: id }))
  assert.equal((await refusal(rotate())).name, 'KMSInvalidStateException')
  const blob = await encrypt(id)
  const ImportType = 'NEW_KEY_MATERIAL'
  const two = await imported(id, second, { ImportType, KeyMaterialDescription: '2nd' })
  const third = await refusal(imported(id, randomBytes(32), { ImportType }))
  assert.match(third.message, /is pending rotation\.$/)
  assert.equal((await describe(id))?.CurrentKeyMaterialId, one.KeyMaterialId)
  await rotate()
  assert.equal((await describe(id))?.CurrentKeyMaterialId, two.KeyMaterialId)
  assert.ok((await decrypt(blob)).Plaintext)
  const { Rotations = [] } = await kms.send(
    new sdk.ListKeyRotationsCommand({ KeyId: id, IncludeKeyMaterial: 'ALL_KEY_MATERIAL' }),
  )
  assert.deepEqual(
    Rotations.map((r) => [r.KeyMaterialState, r.ImportState, r.KeyMaterialDescription]),
    [
      ['NON_CURRENT', 'IMPORTED', undefined],
      ['CURRENT', 'IMPORTED', '2nd'],
    ],
  )
  const KeyMaterialId = one.KeyMaterialId
  await kms.send(new sdk.DeleteImportedKeyMaterialCommand({ KeyId: id, KeyMaterialId }))
  assert.equal((await describe(id))?.KeyState, 'PendingImport')
  await imported(id, first, { KeyMaterialId })
  assert.equal((await describe(id))?.KeyState, 'Enabled')
})

test('a replica of an imported key needs its own import before the primary may rotate', async () => {
  const elsewhere = bartizan.client(sdk.KMSClient, { region: 'eu-west-1' })
  const { id } = await newKey(kms, { Origin: 'EXTERNAL', MultiRegion: true })
  const [first, second] = [randomBytes(32), randomBytes(32)]
  await imported(id, first)
  await kms.send(new sdk.ReplicateKeyCommand({ KeyId: id, ReplicaRegion: 'eu-west-1' }))
  assert.equal((await describe(id, elsewhere))?.KeyState, 'PendingImport')
  await imported(id, first, { client: elsewhere })
  assert.equal((await describe(id, elsewhere))?.KeyState, 'Enabled')
  await imported(id, second, { ImportType: 'NEW_KEY_MATERIAL' })
  const states = async () => {
    const command = new sdk.ListKeyRotationsCommand({
      KeyId: id,
      IncludeKeyMaterial: 'ALL_KEY_MATERIAL',
    })
    return (await kms.send(command)).Rotations?.map((r) => r.KeyMaterialState)
  }
  assert.deepEqual(await states(), ['CURRENT', 'PENDING_MULTI_REGION_IMPORT_AND_ROTATION'])
  await imported(id, second, { client: elsewhere })
  assert.deepEqual(await states(), ['CURRENT', 'PENDING_ROTATION'])
  await kms.send(new sdk.RotateKeyOnDemandCommand({ KeyId: id }))
  assert.deepEqual(await states(), ['NON_CURRENT', 'CURRENT'])
  assert.ok((await decrypt(await encrypt(id), elsewhere)).Plaintext)
})

test('keys that KMS made take no import', async () => {
  const { id, arn } = await newKey(kms)
  assert.deepEqual(await refusal(imported(id, randomBytes(32))), {
    name: 'UnsupportedOperationException',
    message: `${arn} origin is AWS_KMS which is not valid for this operation.`,
  })
})
