import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { Tagged, encode } from 'cborg'
import { defaultNitroRoots, readAttestation } from './attestation.ts'
import { encryptForRecipient } from './recipient.ts'
import { Attestor, authority, signer } from './testdata/enclave.ts'

const folder = mkdtempSync(join(tmpdir(), 'bartizan-attestation-'))
after(() => rmSync(folder, { recursive: true }))
const hour = 3_600_000

const attestor = new Attestor(folder)
attestor.makeRoot('root')
attestor.makeRoot('stranger')
attestor.issue('zone', 'root', authority)
attestor.issue('enclave', 'zone', signer)
attestor.issue('deep', 'zone', authority)
attestor.issue('deepest', 'deep', signer)
const mute = ['basicConstraints=critical,CA:FALSE', 'keyUsage=critical,keyAgreement']
attestor.issue('mute', 'zone', mute)
const certificate = (name: string) => attestor.certificate(name)
// The certificate that was made last: all of them are current then.
const now = certificate('mute').validFromDate
const later = (milliseconds: number) => new Date(now.getTime() + milliseconds)
const roots = [certificate('root')]
const recipient = generateKeyPairSync('rsa', { modulusLength: 2048 })
const spki = recipient.publicKey.export({ type: 'spki', format: 'der' })

const payloadOf = (fields: Record<string, unknown> = {}) =>
  attestor.payload({ public_key: new Uint8Array(spki), timestamp: now.getTime(), ...fields })
const seal = (...of: Parameters<Attestor['seal']>) => attestor.seal(...of)

const read = (envelope: unknown, when = now) =>
  readAttestation({ document: encode(envelope), roots, now: when })

describe('an attestation document', () => {
  it('gives its measurements and its public key, with the COSE tag and without', () => {
    for (const envelope of [seal(payloadOf()), new Tagged(18, seal(payloadOf()))]) {
      const attestation = read(envelope)
      assert.equal(attestation.moduleId, 'i-0123456789abcdef0-enc0123456789abcdef')
      assert.deepEqual(attestation.timestamp, now)
      assert.deepEqual([...attestation.pcrs.keys()], [0, 1, 2])
      assert.equal(attestation.pcrs.get(2), '02'.repeat(48))
      assert.ok(attestation.publicKey.equals(recipient.publicKey))
      assert.equal(attestation.nonce, undefined)
    }
  })

  it('is refused outside of the validity of its certificates', () => {
    assert.ok(read(seal(payloadOf()), later(23 * hour)))
    for (const when of [later(25 * hour), later(-hour)]) {
      assert.throws(() => read(seal(payloadOf()), when), { code: 'InvalidAttestation' })
    }
  })

  it('is refused if anything that vouches for it is wrong', () => {
    const der = (name: string) => new Uint8Array(certificate(name).raw)
    const forged = seal(payloadOf())
    forged[2] = payloadOf({ module_id: 'another' })
    const wrong: [string, unknown][] = [
      ['another payload', forged],
      ['another signer', seal(payloadOf(), 'zone')],
      ['another algorithm', seal(payloadOf(), 'enclave', -7)],
      [
        'an authority as signer',
        seal(payloadOf({ certificate: der('zone'), cabundle: [der('root')] }), 'zone'),
      ],
      ['a root that is not trusted', seal(payloadOf({ cabundle: [der('stranger'), der('zone')] }))],
      ['a gap in the chain', seal(payloadOf({ cabundle: [der('root')] }))],
      ['a chain out of order', seal(payloadOf({ cabundle: [der('zone'), der('root')] }))],
      ['no chain', seal(payloadOf({ cabundle: [] }))],
      [
        'a chain too deep',
        seal(
          payloadOf({ certificate: der('deepest'), cabundle: ['root', 'zone', 'deep'].map(der) }),
          'deepest',
        ),
      ],
      ['a certificate that may not sign', seal(payloadOf({ certificate: der('mute') }), 'mute')],
      ['a broken certificate', seal(payloadOf({ certificate: new Uint8Array(10) }))],
      ['no public key', seal(payloadOf({ public_key: null }))],
      ['a public key that is none', seal(payloadOf({ public_key: new Uint8Array(20) }))],
      ['a register too many', seal(payloadOf({ pcrs: new Map([[32, new Uint8Array(48)]]) }))],
      ['a register too short', seal(payloadOf({ pcrs: new Map([[0, new Uint8Array(20)]]) }))],
      ['another digest', seal(payloadOf({ digest: 'SHA1' }))],
      ['no module', seal(payloadOf({ module_id: '' }))],
      ['no time', seal(payloadOf({ timestamp: 0 }))],
      ['three parts', seal(payloadOf()).slice(1)],
      ['a text', 'text'],
    ]
    for (const [what, envelope] of wrong) {
      assert.throws(() => read(envelope), { code: 'InvalidAttestation' }, what)
    }
    assert.equal(wrong.length, 20)
    for (const document of [
      Buffer.alloc(0),
      Buffer.from('8401', 'hex'),
      Buffer.alloc(5000, 0x81),
    ]) {
      assert.throws(() => readAttestation({ document, roots, now }), { code: 'InvalidAttestation' })
    }
  })

  it('has the published root of AWS to begin at unless others are configured', () => {
    const [root] = defaultNitroRoots
    assert.equal(
      root?.fingerprint256.replaceAll(':', '').toLowerCase(),
      '641a0321a3e244efe456463195d606317ed7cdcc3c1756e09893f3c68f79bb5b',
    )
    const document = encode(seal(payloadOf()))
    assert.throws(() => readAttestation({ document, roots: defaultNitroRoots, now }), {
      message: 'The attestation document has no valid certificate chain',
    })
  })
})

describe('a ciphertext for a recipient', () => {
  it('is CMS that the openssl program opens with the private key of the enclave', () => {
    const pem = recipient.privateKey.export({ type: 'pkcs8', format: 'pem' })
    writeFileSync(join(folder, 'recipient.key'), pem)
    for (const plaintext of [Buffer.of(1), Buffer.alloc(32, 7), Buffer.alloc(4096, 9)]) {
      const envelope = encryptForRecipient(recipient.publicKey, plaintext)
      const args = ['cms', '-decrypt', '-binary', '-inform', 'DER', '-inkey', 'recipient.key']
      assert.deepEqual(attestor.openssl(args, envelope), plaintext)
    }
  })
})
