import assert from 'node:assert/strict'
import { constants, createPublicKey, publicEncrypt } from 'node:crypto'
import { after, test } from 'node:test'
import * as sdk from '@aws-sdk/client-kms'
import { startTestServer } from '@bartizan/testkit'
import fc from 'fast-check'
import { newKey, refusal } from './test-support.ts'

const bartizan = await startTestServer()
after(() => bartizan.close())
const kms = bartizan.client(sdk.KMSClient)
const key = await newKey(kms)
const rsa = await newKey(kms, { KeySpec: 'RSA_2048', KeyUsage: 'ENCRYPT_DECRYPT' })
const secret = Buffer.from('attack at dawn')

async function encrypted(input: Partial<sdk.EncryptCommandInput> = {}): Promise<Uint8Array> {
  const command = new sdk.EncryptCommand({ KeyId: key.id, Plaintext: secret, ...input })
  return (await kms.send(command)).CiphertextBlob ?? new Uint8Array()
}

const decrypt = (input: sdk.DecryptCommandInput) => kms.send(new sdk.DecryptCommand(input))

test('what was encrypted decrypts without naming the key, and no two ciphertexts are alike', async () => {
  const [one, two] = [await encrypted(), await encrypted()]
  assert.notDeepEqual(one, two)
  const answer = await decrypt({ CiphertextBlob: one })
  assert.deepEqual(Buffer.from(answer.Plaintext ?? []), secret)
  assert.equal(answer.KeyId, key.arn)
  assert.equal(answer.EncryptionAlgorithm, 'SYMMETRIC_DEFAULT')
  assert.equal(answer.KeyMaterialId, key.metadata.CurrentKeyMaterialId)
})

test('the encryption context must be the same, pair by pair', async () => {
  const CiphertextBlob = await encrypted({ EncryptionContext: { a: 'bc', d: 'e' } })
  const good = await decrypt({ CiphertextBlob, EncryptionContext: { d: 'e', a: 'bc' } })
  assert.deepEqual(Buffer.from(good.Plaintext ?? []), secret)
  const wrong: readonly (Record<string, string> | undefined)[] = [
    undefined,
    {},
    { a: 'bc' },
    { a: 'bc', d: 'E' },
    { A: 'bc', d: 'e' },
    { ab: 'c', d: 'e' },
    { a: 'bc', d: 'e', f: 'g' },
  ]
  for (const EncryptionContext of wrong) {
    const call = decrypt({ CiphertextBlob, ...(EncryptionContext && { EncryptionContext }) })
    assert.equal((await refusal(call)).name, 'InvalidCiphertextException')
  }
  assert.equal(wrong.length, 7)
})

test('no flipped bit goes unnoticed', async () => {
  const blob = await encrypted()
  await fc.assert(
    fc.asyncProperty(fc.nat(blob.length * 8 - 1), async (bit) => {
      const CiphertextBlob = Uint8Array.from(blob)
      CiphertextBlob[bit >> 3] = (CiphertextBlob[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      const { name } = await refusal(decrypt({ CiphertextBlob }))
      assert.match(name, /InvalidCiphertextException|AccessDeniedException/)
    }),
    { numRuns: 60 },
  )
})

test('a ciphertext decrypts only under the key that made it', async () => {
  const other = await newKey(kms)
  const CiphertextBlob = await encrypted()
  for (const KeyId of [other.id, rsa.id]) {
    assert.deepEqual(await refusal(decrypt({ CiphertextBlob, KeyId })), {
      name: 'IncorrectKeyException',
      message: 'The key ID in the request does not identify a CMK that can perform this operation.',
    })
  }
})

test('a public key encrypts outside and the key decrypts inside', async () => {
  const { PublicKey = new Uint8Array() } = await kms.send(
    new sdk.GetPublicKeyCommand({ KeyId: rsa.id }),
  )
  const publicKey = createPublicKey({ key: Buffer.from(PublicKey), format: 'der', type: 'spki' })
  const padding = constants.RSA_PKCS1_OAEP_PADDING
  for (const [hash, EncryptionAlgorithm] of [
    ['sha1', 'RSAES_OAEP_SHA_1'],
    ['sha256', 'RSAES_OAEP_SHA_256'],
  ] as const) {
    const CiphertextBlob = publicEncrypt({ key: publicKey, padding, oaepHash: hash }, secret)
    const answer = await decrypt({ CiphertextBlob, KeyId: rsa.id, EncryptionAlgorithm })
    assert.deepEqual(Buffer.from(answer.Plaintext ?? []), secret)
    assert.equal(answer.KeyMaterialId, undefined)
  }
})

test('RSA keys say how much they can encrypt, and take no context', async () => {
  const EncryptionAlgorithm = 'RSAES_OAEP_SHA_256' as const
  const Plaintext = Buffer.alloc(191)
  assert.deepEqual(await refusal(encrypted({ KeyId: rsa.id, EncryptionAlgorithm, Plaintext })), {
    name: 'ValidationException',
    message:
      'Algorithm RSAES_OAEP_SHA_256 and key spec RSA_2048 cannot encrypt data larger than 190 bytes.',
  })
  const EncryptionContext = { a: 'b' }
  const call = encrypted({ KeyId: rsa.id, EncryptionAlgorithm, EncryptionContext })
  assert.equal((await refusal(call)).name, 'ValidationException')
  assert.deepEqual(await refusal(encrypted({ KeyId: rsa.id })), {
    name: 'InvalidKeyUsageException',
    message: 'Algorithm SYMMETRIC_DEFAULT is incompatible with key spec RSA_2048.',
  })
})

test('keys of another usage do not encrypt', async () => {
  const signing = await newKey(kms, { KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' })
  assert.deepEqual(await refusal(encrypted({ KeyId: signing.id })), {
    name: 'InvalidKeyUsageException',
    message: `${signing.arn} key usage is SIGN_VERIFY which is not valid for Encrypt.`,
  })
})

test('ReEncrypt moves a ciphertext to another key and context', async () => {
  const other = await newKey(kms)
  const CiphertextBlob = await encrypted({ EncryptionContext: { from: 'here' } })
  const moved = await kms.send(
    new sdk.ReEncryptCommand({
      CiphertextBlob,
      SourceEncryptionContext: { from: 'here' },
      DestinationKeyId: other.id,
      DestinationEncryptionContext: { to: 'there' },
    }),
  )
  assert.equal(moved.SourceKeyId, key.arn)
  assert.equal(moved.KeyId, other.arn)
  assert.equal(moved.DestinationKeyMaterialId, other.metadata.CurrentKeyMaterialId)
  const answer = await decrypt({
    CiphertextBlob: moved.CiphertextBlob,
    EncryptionContext: { to: 'there' },
  })
  assert.deepEqual(Buffer.from(answer.Plaintext ?? []), secret)
  assert.equal(answer.KeyId, other.arn)
})

test('data keys decrypt to what was given in the clear', async () => {
  const EncryptionContext = { app: 'x' }
  const made = await kms.send(
    new sdk.GenerateDataKeyCommand({ KeyId: key.id, NumberOfBytes: 64, EncryptionContext }),
  )
  assert.equal(made.Plaintext?.length, 64)
  const { Plaintext } = await decrypt({ CiphertextBlob: made.CiphertextBlob, EncryptionContext })
  assert.deepEqual(Plaintext, made.Plaintext)
  const hidden = await kms.send(
    new sdk.GenerateDataKeyWithoutPlaintextCommand({ KeyId: key.id, KeySpec: 'AES_256' }),
  )
  assert.equal('Plaintext' in hidden, false)
  const opened = await decrypt({ CiphertextBlob: hidden.CiphertextBlob })
  assert.equal(opened.Plaintext?.length, 32)
})

test('a data key has a spec or a length, not both and not neither', async () => {
  const message = 'Please specify either number of bytes or key spec.'
  const make = (input: Partial<sdk.GenerateDataKeyCommandInput>) =>
    kms.send(new sdk.GenerateDataKeyCommand({ KeyId: key.id, ...input }))
  assert.equal((await refusal(make({}))).message, message)
  assert.equal((await refusal(make({ KeySpec: 'AES_256', NumberOfBytes: 1 }))).message, message)
})

test('data key pairs come with a matching public key', async () => {
  const specs = ['RSA_2048', 'ECC_NIST_P256', 'ECC_NIST_EDWARDS25519', 'ML_KEM_768'] as const
  for (const KeyPairSpec of specs) {
    const pair = await kms.send(new sdk.GenerateDataKeyPairCommand({ KeyId: key.id, KeyPairSpec }))
    const { Plaintext } = await decrypt({ CiphertextBlob: pair.PrivateKeyCiphertextBlob })
    assert.deepEqual(Plaintext, pair.PrivateKeyPlaintext)
    const hidden = await kms.send(
      new sdk.GenerateDataKeyPairWithoutPlaintextCommand({ KeyId: key.id, KeyPairSpec }),
    )
    assert.ok(hidden.PublicKey)
    assert.equal('PrivateKeyPlaintext' in hidden, false)
  }
  assert.equal(specs.length, 4)
})

test('a dry run checks everything and does nothing', async () => {
  const CiphertextBlob = await encrypted()
  const run = { DryRun: true }
  const encrypt = new sdk.EncryptCommand({ KeyId: key.id, Plaintext: secret, ...run })
  for (const call of [
    kms.send(encrypt),
    decrypt({ CiphertextBlob, ...run }),
    decrypt({ KeyId: key.id, DryRunModifiers: ['IGNORE_CIPHERTEXT'], ...run }),
    kms.send(new sdk.GenerateDataKeyCommand({ KeyId: key.id, KeySpec: 'AES_256', ...run })),
    kms.send(new sdk.ReEncryptCommand({ CiphertextBlob, DestinationKeyId: key.id, ...run })),
  ]) {
    assert.deepEqual(await refusal(call), {
      name: 'DryRunOperationException',
      message: 'The request would have succeeded, but the DryRun option is set.',
    })
  }
  const wrong = decrypt({ CiphertextBlob, EncryptionContext: { a: 'b' }, ...run })
  assert.equal((await refusal(wrong)).name, 'InvalidCiphertextException')
})

test('ReEncrypt crosses from an RSA key to a symmetric one and back', async () => {
  const EncryptionAlgorithm = 'RSAES_OAEP_SHA_256' as const
  const CiphertextBlob = await encrypted({ KeyId: rsa.id, EncryptionAlgorithm })
  const SourceEncryptionAlgorithm = 'RSAES_OAEP_SHA_256' as const
  const over = { CiphertextBlob, SourceEncryptionAlgorithm, DestinationKeyId: key.id }
  const reEncrypt = (input: sdk.ReEncryptCommandInput) => kms.send(new sdk.ReEncryptCommand(input))
  assert.equal((await refusal(reEncrypt(over))).name, 'ValidationException')
  const there = await reEncrypt({ ...over, SourceKeyId: rsa.id })
  assert.equal(there.SourceKeyMaterialId, undefined)
  const back = await reEncrypt({
    CiphertextBlob: there.CiphertextBlob,
    DestinationKeyId: rsa.id,
    DestinationEncryptionAlgorithm: EncryptionAlgorithm,
  })
  const input = { CiphertextBlob: back.CiphertextBlob, KeyId: rsa.id, EncryptionAlgorithm } as const
  assert.deepEqual(Buffer.from((await decrypt(input)).Plaintext ?? []), secret)
})
