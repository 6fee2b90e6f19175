import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { X509Certificate, createPrivateKey, generateKeyPairSync, sign } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { Tagged, encode } from 'cborg'
import { defaultNitroRoots, readAttestation } from './attestation.ts'
import { encryptForRecipient } from './recipient.ts'

const folder = mkdtempSync(join(tmpdir(), 'bartizan-attestation-'))
after(() => rmSync(folder, { recursive: true }))
const path = (name: string) => join(folder, name)
const hour = 3_600_000

function openssl(args: readonly string[], input?: Uint8Array): Buffer {
  const { status, stdout, stderr } = spawnSync('openssl', args, { cwd: folder, input })
  assert.equal(status, 0, stderr.toString())
  return stdout
}

const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:secp384r1', '-nodes']

function makeRoot(name: string): void {
  const extensions = ['basicConstraints=critical,CA:TRUE', 'keyUsage=critical,keyCertSign']
  const added = extensions.flatMap((extension) => ['-addext', extension])
  const output = ['-keyout', `${name}.key`, '-out', `${name}.pem`, '-days', '2']
  openssl(['req', '-x509', ...newKey, '-subj', `/CN=${name}`, ...added, ...output])
}

function issue(name: string, issuer: string, extensions: readonly string[]): void {
  openssl([
    'req',
    ...newKey,
    '-subj',
    `/CN=${name}`,
    '-keyout',
    `${name}.key`,
    '-out',
    `${name}.csr`,
  ])
  writeFileSync(path(`${name}.ext`), extensions.join('\n'))
  const by = ['-CA', `${issuer}.pem`, '-CAkey', `${issuer}.key`, '-set_serial', '7', '-days', '1']
  openssl([
    'x509',
    '-req',
    '-in',
    `${name}.csr`,
    ...by,
    '-extfile',
    `${name}.ext`,
    '-out',
    `${name}.pem`,
  ])
}

const authority = ['basicConstraints=critical,CA:TRUE,pathlen:0', 'keyUsage=critical,keyCertSign']
const signer = ['basicConstraints=critical,CA:FALSE', 'keyUsage=critical,digitalSignature']
makeRoot('root')
makeRoot('stranger')
issue('zone', 'root', authority)
issue('enclave', 'zone', signer)
issue('deep', 'zone', authority)
issue('deepest', 'deep', signer)
issue('mute', 'zone', ['basicConstraints=critical,CA:FALSE', 'keyUsage=critical,keyAgreement'])
const certificate = (name: string) => new X509Certificate(readFileSync(path(`${name}.pem`)))
// The certificate that was made last: all of them are current then.
const now = certificate('mute').validFromDate
const later = (milliseconds: number) => new Date(now.getTime() + milliseconds)
const roots = [certificate('root')]
const recipient = generateKeyPairSync('rsa', { modulusLength: 2048 })
const spki = recipient.publicKey.export({ type: 'spki', format: 'der' })

type Fields = Record<string, unknown>

function payloadOf(changes: Fields = {}): Uint8Array {
  return encode({
    module_id: 'i-0123456789abcdef0-enc0123456789abcdef',
    timestamp: now.getTime(),
    digest: 'SHA384',
    pcrs: new Map([0, 1, 2].map((index) => [index, new Uint8Array(48).fill(index)])),
    certificate: new Uint8Array(certificate('enclave').raw),
    cabundle: ['root', 'zone'].map((name) => new Uint8Array(certificate(name).raw)),
    public_key: new Uint8Array(spki),
    user_data: null,
    nonce: null,
    ...changes,
  })
}

function seal(payload: Uint8Array, keyName = 'enclave', algorithm = -35): unknown[] {
  const header = encode(new Map([[1, algorithm]]))
  const key = createPrivateKey(readFileSync(path(`${keyName}.key`)))
  const signed = encode(['Signature1', header, new Uint8Array(0), payload])
  const signature = sign('sha384', signed, { key, dsaEncoding: 'ieee-p1363' })
  return [header, new Map(), payload, new Uint8Array(signature)]
}

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
    writeFileSync(path('recipient.key'), pem)
    for (const plaintext of [Buffer.of(1), Buffer.alloc(32, 7), Buffer.alloc(4096, 9)]) {
      const envelope = encryptForRecipient(recipient.publicKey, plaintext)
      const args = ['cms', '-decrypt', '-binary', '-inform', 'DER', '-inkey', 'recipient.key']
      assert.deepEqual(openssl(args, envelope), plaintext)
    }
  })
})
