import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import type { KeySpec, SigningAlgorithmSpec } from '@aws-sdk/client-kms'
import { unwrapMaterial } from './import.ts'
import { keySpecs } from './key-specs.ts'
import { loadPair } from './material.ts'
import { decryptOaep, encryptOaep } from './rsa.ts'
import { deriveSharedSecret } from './shared-secret.ts'
import { sign, verify } from './signature.ts'
import { freshPair } from './testdata/keys.ts'

const folder = mkdtempSync(join(tmpdir(), 'bartizan-openssl-'))
after(() => rmSync(folder, { recursive: true }))

function file(name: string, bytes: Uint8Array): string {
  const path = join(folder, name)
  writeFileSync(path, bytes)
  return path
}

function openssl(args: readonly string[], input?: Uint8Array): Buffer {
  const { status, stdout, stderr } = spawnSync('openssl', args, { input })
  assert.equal(status, 0, stderr.toString())
  return stdout
}

function optionsFor(algorithm: SigningAlgorithmSpec): string[] {
  const digest = ['-pkeyopt', `digest:sha${algorithm.slice(-3)}`]
  if (!algorithm.startsWith('RSASSA_PSS')) return digest
  return [...digest, '-pkeyopt', 'rsa_padding_mode:pss', '-pkeyopt', 'rsa_pss_saltlen:digest']
}

const oaepOptions = (hash: string) => [
  '-pkeyopt',
  'rsa_padding_mode:oaep',
  '-pkeyopt',
  `rsa_oaep_md:${hash}`,
  '-pkeyopt',
  `rsa_mgf1_md:${hash}`,
]

// One algorithm of each kind, and every curve: each costs several processes.
const signing = [
  ['RSA_2048', 'RSASSA_PKCS1_V1_5_SHA_256'],
  ['RSA_2048', 'RSASSA_PSS_SHA_384'],
  ['ECC_NIST_P256', 'ECDSA_SHA_256'],
  ['ECC_NIST_P384', 'ECDSA_SHA_384'],
  ['ECC_NIST_P521', 'ECDSA_SHA_512'],
  ['ECC_SECG_P256K1', 'ECDSA_SHA_256'],
] as const

/** The options by which OpenSSL makes a private key of a spec. */
function genpkey(spec: KeySpec): string[] {
  const { form } = keySpecs[spec]
  if (form.kind === 'rsa') return ['RSA', '-pkeyopt', `rsa_keygen_bits:${form.modulusBits}`]
  if (form.kind === 'ec') return ['EC', '-pkeyopt', `ec_paramgen_curve:${form.curve}`]
  return ['ED25519']
}

describe('the openssl program', () => {
  it('verifies our signatures over digests, and its own verify here', async () => {
    let cases = 0
    for (const [spec, algorithm] of signing) {
      const key = await freshPair(spec)
      const publicPath = file('public', key.publicKey.export({ type: 'spki', format: 'der' }))
      const privatePath = file('private', key.privateKey.export({ type: 'pkcs8', format: 'der' }))
      const text = randomBytes(50)
      const digest = createHash(`sha${algorithm.slice(-3)}`)
        .update(text)
        .digest()
      const digestPath = file('digest', digest)
      const options = optionsFor(algorithm)
      const inputs = [
        { key, algorithm, messageType: 'RAW', message: text },
        { key, algorithm, messageType: 'DIGEST', message: digest },
      ] as const
      for (const input of inputs) {
        const signaturePath = file('signature', sign(input))
        const where = ['-pubin', '-keyform', 'DER', '-inkey', publicPath, '-in', digestPath]
        openssl(['pkeyutl', '-verify', ...where, '-sigfile', signaturePath, ...options])
      }
      const where = ['-keyform', 'DER', '-inkey', privatePath, '-in', digestPath]
      const signature = openssl(['pkeyutl', '-sign', ...where, ...options])
      for (const input of inputs) assert.ok(verify({ ...input, signature }), algorithm)
      cases += 1
    }
    assert.equal(cases, 6)
  })

  it('reads and writes the RSA-OAEP blocks we write and read', async () => {
    const key = await freshPair('RSA_2048')
    const publicPath = file('public', key.publicKey.export({ type: 'spki', format: 'der' }))
    const privatePath = file('private', key.privateKey.export({ type: 'pkcs8', format: 'der' }))
    const hashes = { RSAES_OAEP_SHA_1: 'sha1', RSAES_OAEP_SHA_256: 'sha256' } as const
    for (const algorithm of ['RSAES_OAEP_SHA_1', 'RSAES_OAEP_SHA_256'] as const) {
      const options = oaepOptions(hashes[algorithm])
      const data = randomBytes(100)
      const from = ['-keyform', 'DER', '-inkey', privatePath]
      const to = ['-pubin', '-keyform', 'DER', '-inkey', publicPath]
      const block = encryptOaep({ key, algorithm, data })
      assert.deepEqual(openssl(['pkeyutl', '-decrypt', ...from, ...options], block), data)
      const theirs = openssl(['pkeyutl', '-encrypt', ...to, ...options], data)
      assert.deepEqual(decryptOaep({ key, algorithm, data: theirs }), data)
    }
  })

  it('makes and wraps keys that import here and sign under their own public key', async () => {
    const wrapping = await freshPair('RSA_2048')
    const publicPath = file('public', wrapping.publicKey.export({ type: 'spki', format: 'der' }))
    const to = ['-pubin', '-keyform', 'DER', '-inkey', publicPath]
    let cases = 0
    for (const spec of ['RSA_2048', 'ECC_NIST_P256', 'ECC_NIST_EDWARDS25519'] as const) {
      const pem = openssl(['genpkey', '-algorithm', ...genpkey(spec)])
      const material = Buffer.from(pem.toString().replaceAll(/-----.*-----/g, ''), 'base64')
      const aesKey = randomBytes(32)
      const outer = openssl(['pkeyutl', '-encrypt', ...to, ...oaepOptions('sha256')], aesKey)
      const aes = ['-id-aes256-wrap-pad', '-K', aesKey.toString('hex'), '-iv', 'a65959a6']
      const inner = openssl(['enc', ...aes], material)
      const algorithm = 'RSA_AES_KEY_WRAP_SHA_256'
      const wrapped = Buffer.concat([outer, inner])
      const input = { algorithm, privateKey: wrapping.privateKey, wrapped, spec } as const
      const imported = loadPair(spec, unwrapMaterial(input) ?? assert.fail(spec))
      const spki = openssl(['pkey', '-pubout', '-outform', 'DER'], pem)
      assert.deepEqual(imported.publicKey.export({ type: 'spki', format: 'der' }), spki)
      cases += 1
    }
    assert.equal(cases, 3)
  })

  it('derives the same shared secrets', async () => {
    for (const spec of ['ECC_NIST_P256', 'ECC_NIST_P384', 'ECC_NIST_P521'] as const) {
      const [ours, theirs] = [await freshPair(spec), await freshPair(spec)]
      const spki = theirs.publicKey.export({ type: 'spki', format: 'der' })
      const own = file(
        'own.pem',
        Buffer.from(theirs.privateKey.export({ type: 'pkcs8', format: 'pem' })),
      )
      const peer = file(
        'peer.pem',
        Buffer.from(ours.publicKey.export({ type: 'spki', format: 'pem' })),
      )
      const secret = openssl(['pkeyutl', '-derive', '-inkey', own, '-peerkey', peer])
      assert.deepEqual(deriveSharedSecret(ours, spki), secret)
    }
  })
})
