import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import {
  CreateKeyCommand,
  DecryptCommand,
  EncryptCommand,
  GenerateDataKeyPairCommand,
  GenerateMacCommand,
  GetParametersForImportCommand,
  GetPublicKeyCommand,
  ImportKeyMaterialCommand,
  KMSClient,
  SignCommand,
  VerifyCommand,
  type AlgorithmSpec,
  type EncryptionAlgorithmSpec,
  type KeySpec,
  type KeyUsageType,
  type SigningAlgorithmSpec,
  type WrappingKeySpec,
} from '@aws-sdk/client-kms'
import { findOpenssl, present, skipWithout } from './clients.ts'
import { ProgramError, run, type Outcome } from './process.ts'
import { startServer, type Server } from './server.ts'

const openssl = await findOpenssl()
const skip = skipWithout(openssl)
const message = randomBytes(1000)
let server: Server
let kms: KMSClient
let fileCount = 0

/** Writes a file under a fresh name in the test's folder and gives the name. */
function file(content: Uint8Array | string): string {
  const name = `file-${fileCount++}`
  writeFileSync(join(server.folder, name), content)
  return name
}

/** Runs openssl in the test's folder with arguments that blanks separate. */
function tryOpenssl(command: string): Promise<Outcome> {
  return run(present(openssl).path, command.split(' '), { cwd: server.folder })
}

/** Runs an openssl command that writes its result to a file, and reads it. */
async function made(command: string): Promise<Buffer> {
  const output = file('')
  const [name, rest] = [command.replace(/ .*/, ''), command.replace(/^\S+ /, '')]
  const outcome = await tryOpenssl(`${name} -out ${output} ${rest}`)
  if (outcome.code !== 0) throw new ProgramError(`openssl ${command}`, outcome)
  return readFileSync(join(server.folder, output))
}

async function newKey(spec: KeySpec, usage: KeyUsageType, external = false): Promise<string> {
  const { KeyMetadata: key } = await kms.send(
    new CreateKeyCommand({
      KeySpec: spec,
      KeyUsage: usage,
      ...(external && { Origin: 'EXTERNAL' }),
    }),
  )
  return key?.KeyId ?? ''
}

/** The key's public half in a file, as SubjectPublicKeyInfo. */
async function publicKey(keyId: string): Promise<string> {
  const { PublicKey: der } = await kms.send(new GetPublicKeyCommand({ KeyId: keyId }))
  assert.ok(der)
  return file(der)
}

async function signed(
  keyId: string,
  algorithm: SigningAlgorithmSpec,
  type: 'RAW' | 'DIGEST' = 'RAW',
): Promise<Uint8Array> {
  const { Signature: signature } = await kms.send(
    new SignCommand({
      KeyId: keyId,
      Message: type === 'RAW' ? message : digestOf(algorithm),
      MessageType: type,
      SigningAlgorithm: algorithm,
    }),
  )
  assert.ok(signature)
  return signature
}

function digestOf(algorithm: string): Buffer {
  return createHash(`sha${bitsOf(algorithm)}`)
    .update(message)
    .digest()
}

const bitsOf = (algorithm: string): string => algorithm.slice(-3)

/** What `openssl dgst` needs to know about an algorithm. */
function digestOptions(algorithm: string): string {
  const pss = '-sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:digest'
  return `-sha${bitsOf(algorithm)}${algorithm.startsWith('RSASSA_PSS') ? ` ${pss}` : ''}`
}

const rsaAlgorithms: readonly SigningAlgorithmSpec[] = [
  'RSASSA_PKCS1_V1_5_SHA_256',
  'RSASSA_PKCS1_V1_5_SHA_384',
  'RSASSA_PKCS1_V1_5_SHA_512',
  'RSASSA_PSS_SHA_256',
  'RSASSA_PSS_SHA_384',
  'RSASSA_PSS_SHA_512',
]
const curves: readonly (readonly [KeySpec, SigningAlgorithmSpec, string])[] = [
  ['ECC_NIST_P256', 'ECDSA_SHA_256', 'P-256'],
  ['ECC_NIST_P384', 'ECDSA_SHA_384', 'P-384'],
  ['ECC_NIST_P521', 'ECDSA_SHA_512', 'P-521'],
  ['ECC_SECG_P256K1', 'ECDSA_SHA_256', 'secp256k1'],
]
const signers: readonly (readonly [KeySpec, readonly SigningAlgorithmSpec[]])[] = [
  ['RSA_2048', rsaAlgorithms],
  ['RSA_3072', rsaAlgorithms],
  ...curves.map(([spec, algorithm]) => [spec, [algorithm]] as const),
]
const signatures = signers.flatMap(([spec, algorithms]) =>
  algorithms.map((algorithm) => ({ spec, algorithm })),
)

describe('openssl', { skip }, () => {
  before(async () => {
    server = await startServer()
    kms = new KMSClient({
      endpoint: server.endpoint,
      region: server.region,
      credentials: server.admin,
      maxAttempts: 1,
    })
  })
  after(() => server.stop())

  test('verifies every RSA and ECDSA signature with the downloaded public key', async () => {
    let verified = 0
    for (const [spec, algorithms] of signers) {
      const keyId = await newKey(spec, 'SIGN_VERIFY')
      const key = await publicKey(keyId)
      for (const algorithm of algorithms) {
        for (const type of ['RAW', 'DIGEST'] as const) {
          const verify = (signature: string, text: Uint8Array) =>
            tryOpenssl(
              `dgst ${digestOptions(algorithm)} -verify ${key} -keyform DER -signature ${signature} ${file(text)}`,
            )
          const signature = file(await signed(keyId, algorithm, type))
          const { code, stdout, stderr } = await verify(signature, message)
          assert.equal(code, 0, `${spec} ${algorithm} ${type}: ${stdout}${stderr}`)
          assert.notEqual((await verify(signature, randomBytes(1000))).code, 0)
          verified++
        }
      }
    }
    assert.equal(verified, 2 * signatures.length)
    assert.equal(signatures.length, 16)
  })

  test('verifies an Ed25519 signature with the downloaded public key', async () => {
    const keyId = await newKey('ECC_NIST_EDWARDS25519', 'SIGN_VERIFY')
    const key = await publicKey(keyId)
    const signature = file(await signed(keyId, 'ED25519_SHA_512'))
    const verify = (text: Uint8Array) =>
      tryOpenssl(
        `pkeyutl -verify -pubin -inkey ${key} -keyform DER -rawin -in ${file(text)} -sigfile ${signature}`,
      )
    assert.equal((await verify(message)).code, 0)
    assert.notEqual((await verify(randomBytes(10))).code, 0)
  })

  test('encrypts with the downloaded RSA key what KMS decrypts, and the other way round', async () => {
    const digests: readonly (readonly [EncryptionAlgorithmSpec, string])[] = [
      ['RSAES_OAEP_SHA_1', 'sha1'],
      ['RSAES_OAEP_SHA_256', 'sha256'],
    ]
    const keyId = await newKey('RSA_2048', 'ENCRYPT_DECRYPT')
    const key = await publicKey(keyId)
    const secret = randomBytes(64)
    for (const [algorithm, digest] of digests) {
      const ciphertext = await made(
        `pkeyutl -encrypt -pubin -inkey ${key} -keyform DER ${oaep(digest)} -in ${file(secret)}`,
      )
      const { Plaintext: plaintext } = await kms.send(
        new DecryptCommand({
          KeyId: keyId,
          CiphertextBlob: ciphertext,
          EncryptionAlgorithm: algorithm,
        }),
      )
      assert.deepEqual(Buffer.from(plaintext ?? []), secret)
    }
    const imported = await newKey('RSA_2048', 'ENCRYPT_DECRYPT', true)
    const { own, pkcs8 } = await newPrivateKey('RSA -pkeyopt rsa_keygen_bits:2048')
    await importMaterial(imported, pkcs8, 'RSA_AES_KEY_WRAP_SHA_256')
    const { CiphertextBlob: blob } = await kms.send(
      new EncryptCommand({
        KeyId: imported,
        Plaintext: secret,
        EncryptionAlgorithm: 'RSAES_OAEP_SHA_256',
      }),
    )
    const decrypted = await made(
      `pkeyutl -decrypt -inkey ${own} ${oaep('sha256')} -in ${file(blob ?? '')}`,
    )
    assert.deepEqual(decrypted, secret)
  })

  test('signs with its own keys what KMS verifies after their import', async () => {
    let verified = 0
    for (const [spec, algorithm, curve] of curves) {
      const keyId = await newKey(spec, 'SIGN_VERIFY', true)
      const { own, pkcs8 } = await newPrivateKey(`EC -pkeyopt ec_paramgen_curve:${curve}`)
      await importMaterial(keyId, pkcs8, 'RSA_AES_KEY_WRAP_SHA_1')
      const signature = await made(`dgst -sha${bitsOf(algorithm)} -sign ${own} ${file(message)}`)
      const { SignatureValid: valid } = await kms.send(
        new VerifyCommand({
          KeyId: keyId,
          Message: message,
          Signature: signature,
          SigningAlgorithm: algorithm,
        }),
      )
      assert.equal(valid, true)
      verified++
    }
    assert.equal(verified, 4)
  })

  test('makes the MACs that imported HMAC keys make', async () => {
    for (const bits of [224, 256, 384, 512]) {
      const keyId = await newKey(`HMAC_${bits}` as KeySpec, 'GENERATE_VERIFY_MAC', true)
      const material = randomBytes(bits / 8)
      await importMaterial(keyId, material, 'RSAES_OAEP_SHA_256')
      const { Mac: mac } = await kms.send(
        new GenerateMacCommand({
          KeyId: keyId,
          Message: message,
          MacAlgorithm: `HMAC_SHA_${bits}` as 'HMAC_SHA_256',
        }),
      )
      const theirs = await made(
        `dgst -sha${bits} -mac HMAC -macopt hexkey:${material.toString('hex')} -binary ${file(message)}`,
      )
      assert.deepEqual(Buffer.from(mac ?? []), theirs)
    }
  })

  test('reads the pairs of data keys', async () => {
    const keyId = await newKey('SYMMETRIC_DEFAULT', 'ENCRYPT_DECRYPT')
    const specs = ['RSA_2048', ...curves.map(([spec]) => spec)] as const
    for (const spec of specs) {
      const pair = await kms.send(
        new GenerateDataKeyPairCommand({ KeyId: keyId, KeyPairSpec: spec as 'RSA_2048' }),
      )
      const derived = await made(
        `pkey -inform DER -in ${file(pair.PrivateKeyPlaintext ?? '')} -pubout -outform DER`,
      )
      assert.deepEqual(derived, Buffer.from(pair.PublicKey ?? []), spec)
    }
  })

  test('wraps symmetric material for every wrapping key and both digests', async () => {
    const algorithms: readonly AlgorithmSpec[] = ['RSAES_OAEP_SHA_1', 'RSAES_OAEP_SHA_256']
    let imported = 0
    for (const wrapping of ['RSA_2048', 'RSA_3072', 'RSA_4096'] as const) {
      for (const algorithm of algorithms) {
        const keyId = await newKey('SYMMETRIC_DEFAULT', 'ENCRYPT_DECRYPT', true)
        await importMaterial(keyId, randomBytes(32), algorithm, wrapping)
        const { CiphertextBlob: blob } = await kms.send(
          new EncryptCommand({ KeyId: keyId, Plaintext: message.subarray(0, 100) }),
        )
        const { Plaintext: plaintext } = await kms.send(
          new DecryptCommand({ CiphertextBlob: blob }),
        )
        assert.deepEqual(Buffer.from(plaintext ?? []), message.subarray(0, 100))
        imported++
      }
    }
    assert.equal(imported, 6)
  })
})

function oaep(digest: string): string {
  return `-pkeyopt rsa_padding_mode:oaep -pkeyopt rsa_oaep_md:${digest} -pkeyopt rsa_mgf1_md:${digest}`
}

/** A private key that openssl makes: its file in PEM, and its PKCS #8 bytes. */
async function newPrivateKey(kind: string): Promise<{ own: string; pkcs8: Buffer }> {
  const own = file(await made(`genpkey -algorithm ${kind}`))
  return { own, pkcs8: await made(`pkcs8 -topk8 -nocrypt -in ${own} -outform DER`) }
}

/** Brings material into a key as AWS's guide says to with openssl. */
async function importMaterial(
  keyId: string,
  material: Uint8Array,
  algorithm: AlgorithmSpec,
  wrapping: WrappingKeySpec = 'RSA_3072',
): Promise<void> {
  const given = await kms.send(
    new GetParametersForImportCommand({
      KeyId: keyId,
      WrappingAlgorithm: algorithm,
      WrappingKeySpec: wrapping,
    }),
  )
  const key = file(given.PublicKey ?? '')
  const options = oaep(algorithm.endsWith('_1') ? 'sha1' : 'sha256')
  const wrap = (secret: Uint8Array) =>
    made(`pkeyutl -encrypt -pubin -inkey ${key} -keyform DER ${options} -in ${file(secret)}`)
  await kms.send(
    new ImportKeyMaterialCommand({
      KeyId: keyId,
      ImportToken: given.ImportToken,
      EncryptedKeyMaterial: algorithm.startsWith('RSA_AES')
        ? await wrapInTwoSteps(material, wrap)
        : await wrap(material),
      ExpirationModel: 'KEY_MATERIAL_DOES_NOT_EXPIRE',
    }),
  )
}

/** An ephemeral AES key, wrapped by RSA, and the material wrapped by it (RFC 5649). */
async function wrapInTwoSteps(
  material: Uint8Array,
  wrap: (secret: Uint8Array) => Promise<Buffer>,
): Promise<Buffer> {
  const aes = randomBytes(32)
  const inner = await made(
    `enc -id-aes256-wrap-pad -K ${aes.toString('hex')} -iv A65959A6 -in ${file(material)}`,
  )
  return Buffer.concat([await wrap(aes), inner])
}
