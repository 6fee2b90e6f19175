import {
  createHash,
  createPublicKey,
  generateKeyPair,
  randomBytes,
  sign,
  X509Certificate,
  type KeyObject,
} from 'node:crypto'
import { isIP } from 'node:net'
import { promisify } from 'node:util'
import { AsnConvert, OctetString } from '@peculiar/asn1-schema'
import {
  AlgorithmIdentifier,
  AttributeTypeAndValue,
  AttributeValue,
  AuthorityKeyIdentifier,
  BasicConstraints,
  Certificate,
  ExtendedKeyUsage,
  Extension,
  Extensions,
  GeneralName,
  id_ce_authorityKeyIdentifier,
  id_ce_basicConstraints,
  id_ce_extKeyUsage,
  id_ce_keyUsage,
  id_ce_subjectAltName,
  id_ce_subjectKeyIdentifier,
  id_kp_serverAuth,
  KeyIdentifier,
  KeyUsage,
  KeyUsageFlags,
  Name,
  RelativeDistinguishedName,
  SubjectAlternativeName,
  SubjectKeyIdentifier,
  SubjectPublicKeyInfo,
  TBSCertificate,
  Validity,
  Version,
} from '@peculiar/asn1-x509'

/** A private key with its certificate; PEM. */
export interface KeyedCertificate {
  readonly privateKey: string
  readonly certificate: string
}

const commonName = '2.5.4.3'
const organizationName = '2.5.4.10'
const sha256WithRsa = '1.2.840.113549.1.1.11'
const derNull = new Uint8Array([5, 0]).buffer
const modulusBits = 2048
const authorityYears = 40
const serverDays = 825
const dayMs = 86_400_000

const newKeyPair = promisify(generateKeyPair)

/** A certificate authority of the installation's own, as RDS has one for each Region (RFC 5280). */
export async function newAuthority(now: Date): Promise<KeyedCertificate> {
  const { privateKey } = await newKeyPair('rsa', { modulusLength: modulusBits })
  const notAfter = new Date(now)
  notAfter.setUTCFullYear(now.getUTCFullYear() + authorityYears)
  const name = nameOf('Bartizan RDS Root CA')
  const publicKey = createPublicKey(privateKey)
  const certificate = issue({
    subject: name,
    publicKey,
    validity: new Validity({ notBefore: now, notAfter }),
    issuer: { name, key: privateKey, publicKey },
    extensions: [
      extension(id_ce_basicConstraints, new BasicConstraints({ cA: true }), true),
      extension(
        id_ce_keyUsage,
        new KeyUsage(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign),
        true,
      ),
    ],
  })
  return { privateKey: pemOf(privateKey), certificate }
}

/** A certificate for a database server under these names and addresses, signed by the authority. */
export async function newServerCertificate(
  authority: { readonly key: KeyObject; readonly certificate: string },
  hosts: readonly string[],
  now: Date,
): Promise<KeyedCertificate> {
  const { privateKey } = await newKeyPair('rsa', { modulusLength: modulusBits })
  const issuer = new X509Certificate(authority.certificate)
  const names = hosts.map((host) =>
    isIP(host) ? new GeneralName({ iPAddress: host }) : new GeneralName({ dNSName: host }),
  )
  const certificate = issue({
    subject: nameOf(hosts[0] ?? ''),
    publicKey: createPublicKey(privateKey),
    validity: new Validity({
      notBefore: new Date(now.getTime() - dayMs),
      notAfter: new Date(now.getTime() + serverDays * dayMs),
    }),
    issuer: {
      name: AsnConvert.parse(issuer.raw, Certificate).tbsCertificate.subject,
      key: authority.key,
      publicKey: issuer.publicKey,
    },
    extensions: [
      extension(id_ce_basicConstraints, new BasicConstraints({ cA: false }), true),
      extension(
        id_ce_keyUsage,
        new KeyUsage(KeyUsageFlags.digitalSignature | KeyUsageFlags.keyEncipherment),
        true,
      ),
      extension(id_ce_extKeyUsage, new ExtendedKeyUsage([id_kp_serverAuth])),
      extension(id_ce_subjectAltName, new SubjectAlternativeName(names)),
    ],
  })
  return { privateKey: pemOf(privateKey), certificate }
}

interface Issue {
  readonly subject: Name
  readonly publicKey: KeyObject
  readonly validity: Validity
  readonly issuer: { readonly name: Name; readonly key: KeyObject; readonly publicKey: KeyObject }
  readonly extensions: readonly Extension[]
}

function issue({ subject, publicKey, validity, issuer, extensions }: Issue): string {
  const algorithm = new AlgorithmIdentifier({ algorithm: sha256WithRsa, parameters: derNull })
  const serial = randomBytes(16)
  serial[0] = ((serial[0] ?? 0) & 0x7f) | 0x40
  const keyIdentifier = new KeyIdentifier(keyIdentifierOf(issuer.publicKey))
  const tbsCertificate = new TBSCertificate({
    version: Version.v3,
    serialNumber: new Uint8Array(serial).buffer,
    signature: algorithm,
    issuer: issuer.name,
    validity,
    subject,
    subjectPublicKeyInfo: AsnConvert.parse(spkiOf(publicKey), SubjectPublicKeyInfo),
    extensions: new Extensions([
      ...extensions,
      extension(id_ce_subjectKeyIdentifier, new SubjectKeyIdentifier(keyIdentifierOf(publicKey))),
      extension(id_ce_authorityKeyIdentifier, new AuthorityKeyIdentifier({ keyIdentifier })),
    ]),
  })
  const signature = sign('sha256', new Uint8Array(AsnConvert.serialize(tbsCertificate)), issuer.key)
  const certificate = new Certificate({
    tbsCertificate,
    signatureAlgorithm: algorithm,
    signatureValue: new Uint8Array(signature).buffer,
  })
  return new X509Certificate(Buffer.from(AsnConvert.serialize(certificate))).toString()
}

function nameOf(text: string): Name {
  const attribute = (type: string, utf8String: string): RelativeDistinguishedName =>
    new RelativeDistinguishedName([
      new AttributeTypeAndValue({ type, value: new AttributeValue({ utf8String }) }),
    ])
  return new Name([attribute(organizationName, 'Bartizan'), attribute(commonName, text)])
}

function extension(extnID: string, value: object, critical = false): Extension {
  const extnValue = new OctetString(AsnConvert.serialize(value))
  return new Extension({ extnID, critical, extnValue })
}

function spkiOf(key: KeyObject): Buffer {
  return key.export({ type: 'spki', format: 'der' })
}

/** RFC 5280, 4.2.1.2, of the whole public key: any unique number will do. */
function keyIdentifierOf(key: KeyObject): ArrayBuffer {
  return new Uint8Array(createHash('sha1').update(spkiOf(key)).digest()).buffer
}

function pemOf(key: KeyObject): string {
  return key.export({ type: 'pkcs8', format: 'pem' }).toString()
}
