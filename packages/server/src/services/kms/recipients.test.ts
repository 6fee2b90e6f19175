import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { KMS } from '@aws-sdk/client-kms'
import type { RecipientInfo } from '@aws-sdk/client-kms'
import { newUser, startTestServer } from '@bartizan/testkit'
import { encode } from 'cborg'
import { Attestor, authority, signer } from './crypto/testdata/enclave.ts'
import { newKey, refusal } from './test-support.ts'

const folder = mkdtempSync(join(tmpdir(), 'bartizan-recipients-'))
const attestor = new Attestor(folder)
for (const root of ['root', 'stranger']) attestor.makeRoot(root)
attestor.issue('zone', 'root', authority)
attestor.issue('enclave', 'zone', signer)
const enclave = generateKeyPairSync('rsa', { modulusLength: 2048 })
writeFileSync(
  join(folder, 'recipient.key'),
  enclave.privateKey.export({ type: 'pkcs8', format: 'pem' }),
)

const bartizan = await startTestServer({ BARTIZAN_NITRO_ROOTS_FILE: join(folder, 'root.pem') })
after(async () => {
  await bartizan.close()
  rmSync(folder, { recursive: true })
})
const kms = bartizan.client(KMS)

function recipient(fields: Record<string, unknown> = {}): RecipientInfo {
  const public_key = new Uint8Array(enclave.publicKey.export({ type: 'spki', format: 'der' }))
  const document = encode(attestor.seal(attestor.payload({ public_key, ...fields })))
  return { KeyEncryptionAlgorithm: 'RSAES_OAEP_SHA_256', AttestationDocument: document }
}

/** What the enclave reads of an answer. */
function opened(envelope: Uint8Array | undefined): Buffer {
  const args = ['cms', '-decrypt', '-binary', '-inform', 'DER', '-inkey', 'recipient.key']
  return attestor.openssl(args, envelope)
}

/** Every operation that answers to a recipient: its secret in the clear, and as the recipient gets it. */
async function operationsOf(Recipient: RecipientInfo) {
  const { id: KeyId } = await newKey(kms)
  const agreement = await newKey(kms, { KeySpec: 'ECC_NIST_P256', KeyUsage: 'KEY_AGREEMENT' })
  const { PublicKey } = await kms.getPublicKey({ KeyId: agreement.id })
  const { CiphertextBlob } = await kms.encrypt({ KeyId, Plaintext: Buffer.from('for it alone') })
  const derivation = {
    KeyId: agreement.id,
    KeyAgreementAlgorithm: 'ECDH',
    PublicKey,
    Recipient,
  } as const
  return {
    Decrypt: async () => {
      const { Plaintext, CiphertextForRecipient } = await kms.decrypt({ CiphertextBlob, Recipient })
      return [Plaintext, CiphertextForRecipient]
    },
    GenerateDataKey: async () => {
      const input = { KeyId, KeySpec: 'AES_256', Recipient } as const
      const { Plaintext, CiphertextForRecipient } = await kms.generateDataKey(input)
      return [Plaintext, CiphertextForRecipient]
    },
    GenerateDataKeyPair: async () => {
      const input = { KeyId, KeyPairSpec: 'ECC_NIST_P256', Recipient } as const
      const answer = await kms.generateDataKeyPair(input)
      return [answer.PrivateKeyPlaintext, answer.CiphertextForRecipient]
    },
    GenerateRandom: async () => {
      const input = { NumberOfBytes: 24, Recipient }
      const { Plaintext, CiphertextForRecipient } = await kms.generateRandom(input)
      return [Plaintext, CiphertextForRecipient]
    },
    DeriveSharedSecret: async () => {
      const { SharedSecret, CiphertextForRecipient } = await kms.deriveSharedSecret(derivation)
      return [SharedSecret, CiphertextForRecipient]
    },
  }
}

test('an attested recipient alone can read the answers, which have no plaintext', async () => {
  const operations = await operationsOf(recipient())
  const lengths: Record<string, number> = {}
  for (const [name, call] of Object.entries(operations)) {
    const [plain, envelope] = await call()
    assert.equal(plain, undefined, name)
    lengths[name] = opened(envelope).length
  }
  const { GenerateDataKeyPair, ...fixed } = lengths
  assert.deepEqual(fixed, {
    Decrypt: 12,
    GenerateDataKey: 32,
    GenerateRandom: 24,
    DeriveSharedSecret: 32,
  })
  assert.ok((GenerateDataKeyPair ?? 0) > 100)
  const [, decrypted] = await operations.Decrypt()
  assert.equal(opened(decrypted).toString(), 'for it alone')
})

test('a recipient that nobody trusted vouches for gets nothing, of any operation', async () => {
  const stranger = recipient({
    cabundle: ['stranger', 'zone'].map((name) => new Uint8Array(attestor.certificate(name).raw)),
  })
  const operations = Object.entries(await operationsOf(stranger))
  for (const [name, call] of operations) {
    const { name: code, message } = await refusal(call())
    assert.equal(code, 'ValidationException', name)
    assert.equal(message, 'The attestation document has no valid certificate chain')
  }
  assert.equal(operations.length, 5)
})

test('a policy can ask for the image of the enclave', async () => {
  const { id: KeyId } = await newKey(kms)
  const image = (value: string) => ({
    StringEqualsIgnoreCase: { 'kms:RecipientAttestation:ImageSha384': value },
  })
  const { credentials } = await newUser(bartizan, 'enclave-user', [
    {
      Effect: 'Allow',
      Action: 'kms:GenerateDataKey',
      Resource: '*',
      Condition: image('00'.repeat(48)),
    },
  ])
  const measured = bartizan.client(KMS, { credentials })
  const send = (Recipient?: RecipientInfo) =>
    measured.generateDataKey({
      KeyId,
      KeySpec: 'AES_128',
      ...(Recipient && { Recipient }),
    })
  assert.equal(opened((await send(recipient())).CiphertextForRecipient).length, 16)
  const other = recipient({ pcrs: new Map([[0, new Uint8Array(48).fill(9)]]) })
  for (const refused of [send(other), send()])
    assert.equal((await refusal(refused)).name, 'AccessDeniedException')
})
