import { createPublicKey, generateKeyPair, randomBytes, sign } from 'node:crypto'
import { promisify } from 'node:util'
import { AsnConvert } from '@peculiar/asn1-schema'
import {
  AlgorithmIdentifier,
  AttributeTypeAndValue,
  AttributeValue,
  Certificate,
  Name,
  RelativeDistinguishedName,
  SubjectPublicKeyInfo,
  TBSCertificate,
  Validity,
  Version,
} from '@peculiar/asn1-x509'
import type { SignerRow } from './store.ts'

const commonName = '2.5.4.3'
const sha256WithRsa = '1.2.840.113549.1.1.11'
const derNull = new Uint8Array([5, 0]).buffer
const modulusBits = 2048
const validYears = 20

const newKeyPair = promisify(generateKeyPair)

function nameOf(text: string): Name {
  const value = new AttributeValue({ utf8String: text })
  return new Name([
    new RelativeDistinguishedName([new AttributeTypeAndValue({ type: commonName, value })]),
  ])
}

function pem(der: ArrayBuffer): string {
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? []
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n')
}

/** A new signing key with a certificate that it signs itself (RFC 5280), named as Amazon's is. */
export async function newSigner(now: Date): Promise<SignerRow> {
  const { privateKey } = await newKeyPair('rsa', { modulusLength: modulusBits })
  const spki = createPublicKey(privateKey).export({ type: 'spki', format: 'der' })
  const algorithm = new AlgorithmIdentifier({ algorithm: sha256WithRsa, parameters: derNull })
  const serial = randomBytes(16)
  serial[0] = ((serial[0] ?? 0) & 0x7f) | 0x40
  const notAfter = new Date(now)
  notAfter.setUTCFullYear(now.getUTCFullYear() + validYears)
  const name = nameOf('sns.amazonaws.com')
  const tbsCertificate = new TBSCertificate({
    version: Version.v3,
    serialNumber: new Uint8Array(serial).buffer,
    signature: algorithm,
    issuer: name,
    validity: new Validity({ notBefore: now, notAfter }),
    subject: name,
    subjectPublicKeyInfo: AsnConvert.parse(spki, SubjectPublicKeyInfo),
  })
  const signature = sign('sha256', new Uint8Array(AsnConvert.serialize(tbsCertificate)), privateKey)
  const certificate = new Certificate({
    tbsCertificate,
    signatureAlgorithm: algorithm,
    signatureValue: new Uint8Array(signature).buffer,
  })
  return {
    privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    certificate: pem(AsnConvert.serialize(certificate)),
  }
}
