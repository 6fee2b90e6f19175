import assert from 'node:assert/strict'
import {
  createHash,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  verify,
} from 'node:crypto'
import { after, test } from 'node:test'
import * as sdk from '@aws-sdk/client-kms'
import { startTestServer } from '@bartizan/testkit'
import { newKey, refusal } from './test-support.ts'

const bartizan = await startTestServer()
after(() => bartizan.close())
const kms = bartizan.client(sdk.KMSClient)
const Message = Buffer.from('the quick brown fox')

test('every signing algorithm signs, verifies, and refuses a changed message', async () => {
  const specs: readonly sdk.KeySpec[] = [
    'RSA_2048',
    'ECC_NIST_P256',
    'ECC_NIST_P384',
    'ECC_NIST_P521',
    'ECC_SECG_P256K1',
    'ECC_NIST_EDWARDS25519',
    'ML_DSA_44',
    'ML_DSA_65',
    'ML_DSA_87',
  ]
  let cases = 0
  for (const KeySpec of specs) {
    const { id: KeyId, arn, metadata } = await newKey(kms, { KeySpec, KeyUsage: 'SIGN_VERIFY' })
    for (const SigningAlgorithm of metadata.SigningAlgorithms ?? []) {
      const digest = SigningAlgorithm === 'ED25519_PH_SHA_512'
      const message = digest ? createHash('sha512').update(Message).digest() : Message
      const input = {
        KeyId,
        SigningAlgorithm,
        Message: message,
        MessageType: digest ? ('DIGEST' as const) : ('RAW' as const),
      }
      const { Signature, KeyId: signer } = await kms.send(new sdk.SignCommand(input))
      assert.equal(signer, arn)
      const good = await kms.send(new sdk.VerifyCommand({ ...input, Signature }))
      assert.equal(good.SignatureValid, true)
      const changed = Buffer.from(message)
      changed[0] = (changed[0] ?? 0) ^ 1
      const bad = new sdk.VerifyCommand({ ...input, Message: changed, Signature })
      assert.equal((await refusal(kms.send(bad))).name, 'KMSInvalidSignatureException')
      cases += 1
    }
  }
  assert.equal(cases, 6 + 4 + 2 + 3)
})

test('a public key verifies outside what the key signed inside', async () => {
  const { id: KeyId } = await newKey(kms, { KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' })
  const exported = await kms.send(new sdk.GetPublicKeyCommand({ KeyId }))
  assert.deepEqual(exported.SigningAlgorithms, ['ECDSA_SHA_256'])
  const key = Buffer.from(exported.PublicKey ?? [])
  const publicKey = createPublicKey({ key, format: 'der', type: 'spki' })
  const digest = createHash('sha256').update(Message).digest()
  const { Signature = new Uint8Array() } = await kms.send(
    new sdk.SignCommand({
      KeyId,
      Message: digest,
      MessageType: 'DIGEST',
      SigningAlgorithm: 'ECDSA_SHA_256',
    }),
  )
  assert.equal(verify('sha256', Message, publicKey, Signature), true)
})

test('digests of the wrong length and algorithms of another key are refused in AWS words', async () => {
  const { id: KeyId } = await newKey(kms, { KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' })
  const sign = (SigningAlgorithm: sdk.SigningAlgorithmSpec) =>
    kms.send(new sdk.SignCommand({ KeyId, Message, MessageType: 'DIGEST', SigningAlgorithm }))
  assert.deepEqual(await refusal(sign('ECDSA_SHA_256')), {
    name: 'ValidationException',
    message: 'Digest is invalid length for algorithm ECDSA_SHA_256.',
  })
  assert.deepEqual(await refusal(sign('ECDSA_SHA_384')), {
    name: 'InvalidKeyUsageException',
    message: 'Algorithm ECDSA_SHA_384 is incompatible with key spec ECC_NIST_P256.',
  })
})

test('a symmetric key has no public key', async () => {
  const { id: KeyId } = await newKey(kms)
  const { name } = await refusal(kms.send(new sdk.GetPublicKeyCommand({ KeyId })))
  assert.equal(name, 'UnsupportedOperationException')
})

test('MACs of every size verify, and changed ones do not', async () => {
  const specs = ['HMAC_224', 'HMAC_256', 'HMAC_384', 'HMAC_512'] as const
  for (const KeySpec of specs) {
    const { id: KeyId } = await newKey(kms, { KeySpec, KeyUsage: 'GENERATE_VERIFY_MAC' })
    const MacAlgorithm = KeySpec.replace('HMAC_', 'HMAC_SHA_') as sdk.MacAlgorithmSpec
    const input = { KeyId, Message, MacAlgorithm }
    const { Mac = new Uint8Array() } = await kms.send(new sdk.GenerateMacCommand(input))
    const { MacValid } = await kms.send(new sdk.VerifyMacCommand({ ...input, Mac }))
    assert.equal(MacValid, true)
    const wrong = { ...input, Mac: Uint8Array.from(Mac, (byte) => byte ^ 1) }
    const { name } = await refusal(kms.send(new sdk.VerifyMacCommand(wrong)))
    assert.equal(name, 'KMSInvalidMacException')
  }
  assert.equal(specs.length, 4)
})

test('two parties derive the same secret', async () => {
  const { id: KeyId } = await newKey(kms, { KeySpec: 'ECC_NIST_P384', KeyUsage: 'KEY_AGREEMENT' })
  const peer = generateKeyPairSync('ec', { namedCurve: 'secp384r1' })
  const PublicKey = peer.publicKey.export({ type: 'spki', format: 'der' })
  const derived = await kms.send(
    new sdk.DeriveSharedSecretCommand({ KeyId, PublicKey, KeyAgreementAlgorithm: 'ECDH' }),
  )
  const exported = await kms.send(new sdk.GetPublicKeyCommand({ KeyId }))
  const key = Buffer.from(exported.PublicKey ?? [])
  const publicKey = createPublicKey({ key, format: 'der', type: 'spki' })
  const secret = diffieHellman({ privateKey: peer.privateKey, publicKey })
  assert.deepEqual(Buffer.from(derived.SharedSecret ?? []), secret)
})

test('an encapsulated secret comes out the same, and an altered one as another', async () => {
  const { id: KeyId } = await newKey(kms, {
    KeySpec: 'ML_KEM_768',
    KeyUsage: 'ENCAPSULATE_DECAPSULATE',
  })
  const EncapsulationAlgorithm = 'ML_KEM'
  const made = await kms.send(new sdk.EncapsulateCommand({ KeyId, EncapsulationAlgorithm }))
  const open = (SharedSecretCiphertextBlob: Uint8Array) =>
    kms.send(
      new sdk.DecapsulateCommand({ KeyId, EncapsulationAlgorithm, SharedSecretCiphertextBlob }),
    )
  const blob = made.SharedSecretCiphertextBlob ?? new Uint8Array()
  assert.deepEqual((await open(blob)).SharedSecret, made.SharedSecret)
  const altered = Uint8Array.from(blob, (byte, i) => (i === 5 ? byte ^ 1 : byte))
  const other = await open(altered)
  assert.equal(other.SharedSecret?.length, 32)
  assert.notDeepEqual(other.SharedSecret, made.SharedSecret)
  assert.equal((await refusal(open(blob.subarray(1)))).name, 'InvalidCiphertextException')
})
