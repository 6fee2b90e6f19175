import { X509Certificate, createPublicKey, verify } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { decode, encode } from 'cborg'
import { isValidChain } from './certificate-chain.ts'
import { CryptoError } from './crypto-error.ts'
import { nitroRootG1 } from './data/nitro-root.ts'

/** What a verified Nitro attestation document says about an enclave. */
export type Attestation = {
  moduleId: string
  timestamp: Date
  /** Measurements by register number, as lower-case hexadecimal; 0 is the image (ImageSha384). */
  pcrs: ReadonlyMap<number, string>
  /** RSA key of the enclave that answers are to be encrypted to. */
  publicKey: KeyObject
  nonce: Uint8Array | undefined
  userData: Uint8Array | undefined
}

/** The root certificates trusted unless an operator configures others. */
export const defaultNitroRoots: readonly X509Certificate[] = [new X509Certificate(nitroRootG1)]

function demand(condition: boolean, what: string): asserts condition {
  if (!condition) throw new CryptoError('InvalidAttestation', `The attestation document ${what}`)
}

function decodeCbor(bytes: Uint8Array): unknown {
  try {
    const tags = { 18: (inner: () => unknown) => inner() }
    return decode(bytes, { useMaps: true, rejectDuplicateMapKeys: true, tags })
  } catch {
    throw new CryptoError('InvalidAttestation', 'The attestation document is not CBOR')
  }
}

function bytesOf(value: unknown, what: string, maximum: number): Uint8Array {
  demand(value instanceof Uint8Array, `has no ${what}`)
  demand(value.length > 0 && value.length <= maximum, `has a ${what} of the wrong length`)
  return value
}

function optionalBytes(value: unknown, what: string): Uint8Array | undefined {
  // The hypervisor writes null for what the enclave left out.
  if (value === undefined || value === null) return undefined
  demand(value instanceof Uint8Array && value.length <= 512, `has an invalid ${what}`)
  return value
}

function certificateOf(value: unknown): X509Certificate {
  const der = bytesOf(value, 'certificate', 1024)
  try {
    return new X509Certificate(der)
  } catch {
    throw new CryptoError('InvalidAttestation', 'The attestation document has a broken certificate')
  }
}

function readPcrs(value: unknown): ReadonlyMap<number, string> {
  demand(value instanceof Map && value.size >= 1 && value.size <= 32, 'has no registers')
  const pcrs = new Map<number, string>()
  for (const [index, content] of value) {
    demand(Number.isInteger(index) && index >= 0 && index < 32, 'has an invalid register')
    demand(
      content instanceof Uint8Array && [32, 48, 64].includes(content.length),
      'has an invalid register',
    )
    pcrs.set(index, Buffer.from(content).toString('hex'))
  }
  return pcrs
}

function readPublicKey(value: unknown): KeyObject {
  const spki = bytesOf(value, 'public key', 1024)
  let key: KeyObject | undefined
  try {
    key = createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' })
  } catch {
    key = undefined
  }
  const bits = key?.asymmetricKeyDetails?.modulusLength ?? 0
  demand(key?.asymmetricKeyType === 'rsa' && bits >= 2048, 'has no usable RSA public key')
  return key
}

/** An attestation document of a Recipient parameter, and what to judge it by. */
export type AttestationInput = {
  document: Uint8Array
  roots: readonly X509Certificate[]
  now: Date
}

/**
 * Verifies a Nitro Enclaves attestation document: COSE_Sign1 with ES384 (RFC 9052 4.2) by a
 * certificate whose chain begins at a trusted root. Throws CryptoError InvalidAttestation.
 * Source: aws-nitro-enclaves-nsm-api, docs/attestation_process.md, section 3.
 */
export function readAttestation({ document, roots, now }: AttestationInput): Attestation {
  const envelope = decodeCbor(document)
  demand(Array.isArray(envelope) && envelope.length === 4, 'is no COSE_Sign1 structure')
  const protectedHeader = bytesOf(envelope[0], 'protected header', 64)
  const payload = bytesOf(envelope[2], 'payload', 16_384)
  const signature = bytesOf(envelope[3], 'signature', 96)
  const header = decodeCbor(protectedHeader)
  // COSE algorithm -35 is ES384 (RFC 9053 2.1).
  demand(header instanceof Map && header.get(1) === -35, 'is not signed with ES384')
  const fields = decodeCbor(payload)
  demand(fields instanceof Map, 'has no fields')
  const bundle: unknown = fields.get('cabundle')
  demand(Array.isArray(bundle) && bundle.length > 0 && bundle.length <= 16, 'has no CA bundle')
  const leaf = certificateOf(fields.get('certificate'))
  const chain = [...bundle.map((der) => certificateOf(der)), leaf]
  demand(isValidChain({ chain, roots, now }), 'has no valid certificate chain')
  const signed = encode(['Signature1', protectedHeader, new Uint8Array(0), payload])
  const key = { key: leaf.publicKey, dsaEncoding: 'ieee-p1363' } as const
  demand(leaf.publicKey.asymmetricKeyDetails?.namedCurve === 'secp384r1', 'is not on P-384')
  demand(verify('sha384', signed, key, signature), 'has a wrong signature')
  return readFields(fields)
}

function readFields(fields: ReadonlyMap<unknown, unknown>): Attestation {
  const moduleId = fields.get('module_id')
  const timestamp = Number(fields.get('timestamp'))
  demand(typeof moduleId === 'string' && moduleId.length > 0, 'has no module id')
  demand(fields.get('digest') === 'SHA384', 'has registers of an unknown digest')
  demand(Number.isSafeInteger(timestamp) && timestamp > 0, 'has no timestamp')
  return {
    moduleId,
    timestamp: new Date(timestamp),
    pcrs: readPcrs(fields.get('pcrs')),
    publicKey: readPublicKey(fields.get('public_key')),
    nonce: optionalBytes(fields.get('nonce'), 'nonce'),
    userData: optionalBytes(fields.get('user_data'), 'user data'),
  }
}
