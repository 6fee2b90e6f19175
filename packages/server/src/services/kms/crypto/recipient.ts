import { constants, createCipheriv, hash, publicEncrypt, randomBytes } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import {
  ContentEncryptionAlgorithmIdentifier,
  ContentInfo,
  EncryptedContent,
  EncryptedContentInfo,
  EnvelopedData,
  KeyEncryptionAlgorithmIdentifier,
  KeyTransRecipientInfo,
  RecipientIdentifier,
  RecipientInfo,
  RecipientInfos,
  id_data,
  id_envelopedData,
} from '@peculiar/asn1-cms'
import { RsaEsOaepParams, id_RSAES_OAEP, id_mgf1, sha256 } from '@peculiar/asn1-rsa'
import { AsnConvert, OctetString } from '@peculiar/asn1-schema'
import { AlgorithmIdentifier, SubjectKeyIdentifier } from '@peculiar/asn1-x509'

const aes256Cbc = '2.16.840.1.101.3.4.1.42'

function oaepParameters(): ArrayBuffer {
  const maskGenAlgorithm = new AlgorithmIdentifier({
    algorithm: id_mgf1,
    parameters: AsnConvert.serialize(sha256),
  })
  return AsnConvert.serialize(new RsaEsOaepParams({ hashAlgorithm: sha256, maskGenAlgorithm }))
}

function recipientInfo(publicKey: KeyObject, contentKey: Buffer): RecipientInfo {
  const padding = constants.RSA_PKCS1_OAEP_PADDING
  const encrypted = publicEncrypt({ key: publicKey, padding, oaepHash: 'sha256' }, contentKey)
  const spki = publicKey.export({ type: 'spki', format: 'der' })
  const ktri = new KeyTransRecipientInfo({
    version: 2,
    rid: new RecipientIdentifier({
      subjectKeyIdentifier: new SubjectKeyIdentifier(hash('sha256', spki, 'buffer')),
    }),
    keyEncryptionAlgorithm: new KeyEncryptionAlgorithmIdentifier({
      algorithm: id_RSAES_OAEP,
      parameters: oaepParameters(),
    }),
    encryptedKey: new OctetString(encrypted),
  })
  return new RecipientInfo({ ktri })
}

/**
 * CiphertextForRecipient: plaintext as CMS EnvelopedData in DER (RFC 5652 6), its AES-256-CBC key
 * carried by RSAES-OAEP with SHA-256 to the enclave's public key.
 * Source: KMS Developer Guide, "Cryptographic attestation support in AWS KMS".
 */
export function encryptForRecipient(publicKey: KeyObject, plaintext: Uint8Array): Buffer {
  const [contentKey, iv] = [randomBytes(32), randomBytes(16)]
  const cipher = createCipheriv('aes-256-cbc', contentKey, iv)
  const content = Buffer.concat([cipher.update(plaintext), cipher.final()])
  const enveloped = new EnvelopedData({
    version: 2,
    recipientInfos: new RecipientInfos([recipientInfo(publicKey, contentKey)]),
    encryptedContentInfo: new EncryptedContentInfo({
      contentType: id_data,
      contentEncryptionAlgorithm: new ContentEncryptionAlgorithmIdentifier({
        algorithm: aes256Cbc,
        parameters: AsnConvert.serialize(new OctetString(iv)),
      }),
      encryptedContent: new EncryptedContent({ value: new OctetString(content) }),
    }),
  })
  const info = new ContentInfo({
    contentType: id_envelopedData,
    content: AsnConvert.serialize(enveloped),
  })
  return Buffer.from(AsnConvert.serialize(info))
}
