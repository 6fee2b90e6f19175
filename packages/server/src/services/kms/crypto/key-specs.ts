import type {
  DataKeyPairSpec,
  EncapsulationAlgorithmSpec,
  EncryptionAlgorithmSpec,
  KeyAgreementAlgorithmSpec,
  KeySpec,
  KeyUsageType,
  MacAlgorithmSpec,
  SigningAlgorithmSpec,
  WrappingKeySpec,
} from '@aws-sdk/client-kms'

/** EC curves of KMS key specs by the name OpenSSL gives them. */
export type CurveName = 'prime256v1' | 'secp384r1' | 'secp521r1' | 'secp256k1'

/** How the material of a key spec is made and stored. */
export type MaterialForm =
  | { kind: 'symmetric'; bytes: 32 }
  | { kind: 'hmac'; bytes: 28 | 32 | 48 | 64 }
  | { kind: 'rsa'; modulusBits: 2048 | 3072 | 4096 }
  | { kind: 'ec'; curve: CurveName }
  | { kind: 'ed25519' }
  | { kind: 'mlDsa'; parameterSet: 'ml-dsa-44' | 'ml-dsa-65' | 'ml-dsa-87' }
  | {
      kind: 'mlKem'
      parameterSet: 'ml-kem-512' | 'ml-kem-768' | 'ml-kem-1024'
      ciphertextBytes: 768 | 1088 | 1568
    }
  | { kind: 'sm2' }

/** What one KMS key spec can do: the row every check and operation of the core is driven by. */
export type KeySpecRow = {
  form: MaterialForm
  /** False for SM2, which AWS offers in China Regions only. */
  available: boolean
  /** Usages CreateKey accepts for the spec; the first is the default if there is only one. */
  usages: readonly KeyUsageType[]
  encryption: readonly EncryptionAlgorithmSpec[]
  signing: readonly SigningAlgorithmSpec[]
  mac: readonly MacAlgorithmSpec[]
  agreement: readonly KeyAgreementAlgorithmSpec[]
  encapsulation: readonly EncapsulationAlgorithmSpec[]
  /** Largest plaintext in bytes an encryption algorithm of the spec takes. */
  plaintextLimits: Readonly<Partial<Record<EncryptionAlgorithmSpec, number>>>
  /** Whether GenerateDataKeyPair makes pairs of the spec. */
  dataKeyPair: boolean
  /** Whether GetParametersForImport offers the spec as a wrapping key. */
  wrapping: boolean
  /** Whether a key of the spec may have Origin EXTERNAL. */
  importable: boolean
  /** Whether automatic and on-demand rotation apply. */
  rotatable: boolean
  multiRegion: boolean
}

const none: KeySpecRow = {
  form: { kind: 'sm2' },
  available: true,
  usages: [],
  encryption: [],
  signing: [],
  mac: [],
  agreement: [],
  encapsulation: [],
  plaintextLimits: {},
  dataKeyPair: false,
  wrapping: false,
  importable: true,
  rotatable: false,
  multiRegion: true,
}

const rsaSigning: readonly SigningAlgorithmSpec[] = [
  'RSASSA_PKCS1_V1_5_SHA_256',
  'RSASSA_PKCS1_V1_5_SHA_384',
  'RSASSA_PKCS1_V1_5_SHA_512',
  'RSASSA_PSS_SHA_256',
  'RSASSA_PSS_SHA_384',
  'RSASSA_PSS_SHA_512',
]

function rsa(modulusBits: 2048 | 3072 | 4096): KeySpecRow {
  const block = modulusBits / 8
  return {
    ...none,
    form: { kind: 'rsa', modulusBits },
    usages: ['ENCRYPT_DECRYPT', 'SIGN_VERIFY'],
    encryption: ['RSAES_OAEP_SHA_1', 'RSAES_OAEP_SHA_256'],
    signing: rsaSigning,
    // RFC 8017 7.1.1: a block holds two hashes and two bytes besides the message.
    plaintextLimits: { RSAES_OAEP_SHA_1: block - 42, RSAES_OAEP_SHA_256: block - 66 },
    dataKeyPair: true,
    wrapping: true,
  }
}

function nistCurve(curve: CurveName, algorithm: SigningAlgorithmSpec): KeySpecRow {
  return {
    ...none,
    form: { kind: 'ec', curve },
    usages: ['SIGN_VERIFY', 'KEY_AGREEMENT'],
    signing: [algorithm],
    agreement: ['ECDH'],
    dataKeyPair: true,
  }
}

function hmac(bytes: 28 | 32 | 48 | 64, algorithm: MacAlgorithmSpec): KeySpecRow {
  return {
    ...none,
    form: { kind: 'hmac', bytes },
    usages: ['GENERATE_VERIFY_MAC'],
    mac: [algorithm],
  }
}

function mlDsa(parameterSet: 'ml-dsa-44' | 'ml-dsa-65' | 'ml-dsa-87'): KeySpecRow {
  return {
    ...none,
    form: { kind: 'mlDsa', parameterSet },
    usages: ['SIGN_VERIFY'],
    signing: ['ML_DSA_SHAKE_256'],
  }
}

function mlKem(
  parameterSet: 'ml-kem-512' | 'ml-kem-768' | 'ml-kem-1024',
  ciphertextBytes: 768 | 1088 | 1568,
): KeySpecRow {
  return {
    ...none,
    form: { kind: 'mlKem', parameterSet, ciphertextBytes },
    usages: ['ENCAPSULATE_DECAPSULATE'],
    encapsulation: ['ML_KEM'],
    dataKeyPair: true,
  }
}

/**
 * Every KMS key spec of the SDK's model, one row each.
 * Source: KMS Developer Guide, "Key spec reference", and the API reference of CreateKey.
 */
export const keySpecs: Readonly<Record<KeySpec, KeySpecRow>> = {
  SYMMETRIC_DEFAULT: {
    ...none,
    form: { kind: 'symmetric', bytes: 32 },
    usages: ['ENCRYPT_DECRYPT'],
    encryption: ['SYMMETRIC_DEFAULT'],
    plaintextLimits: { SYMMETRIC_DEFAULT: 4096 },
    rotatable: true,
  },
  RSA_2048: rsa(2048),
  RSA_3072: rsa(3072),
  RSA_4096: rsa(4096),
  ECC_NIST_P256: nistCurve('prime256v1', 'ECDSA_SHA_256'),
  ECC_NIST_P384: nistCurve('secp384r1', 'ECDSA_SHA_384'),
  ECC_NIST_P521: nistCurve('secp521r1', 'ECDSA_SHA_512'),
  ECC_SECG_P256K1: {
    ...none,
    form: { kind: 'ec', curve: 'secp256k1' },
    usages: ['SIGN_VERIFY'],
    signing: ['ECDSA_SHA_256'],
    dataKeyPair: true,
  },
  ECC_NIST_EDWARDS25519: {
    ...none,
    form: { kind: 'ed25519' },
    usages: ['SIGN_VERIFY'],
    signing: ['ED25519_SHA_512', 'ED25519_PH_SHA_512'],
    dataKeyPair: true,
  },
  HMAC_224: hmac(28, 'HMAC_SHA_224'),
  HMAC_256: hmac(32, 'HMAC_SHA_256'),
  HMAC_384: hmac(48, 'HMAC_SHA_384'),
  HMAC_512: hmac(64, 'HMAC_SHA_512'),
  ML_DSA_44: mlDsa('ml-dsa-44'),
  ML_DSA_65: mlDsa('ml-dsa-65'),
  ML_DSA_87: mlDsa('ml-dsa-87'),
  ML_KEM_512: mlKem('ml-kem-512', 768),
  ML_KEM_768: mlKem('ml-kem-768', 1088),
  ML_KEM_1024: mlKem('ml-kem-1024', 1568),
  SM2: {
    ...none,
    available: false,
    usages: ['ENCRYPT_DECRYPT', 'SIGN_VERIFY', 'KEY_AGREEMENT'],
    encryption: ['SM2PKE'],
    signing: ['SM2DSA'],
    agreement: ['ECDH'],
    plaintextLimits: { SM2PKE: 1024 },
    dataKeyPair: true,
    wrapping: true,
  },
}

/** Whether a string names a KMS key spec of the model. */
export function isKeySpec(value: string): value is KeySpec {
  return Object.hasOwn(keySpecs, value)
}

/** Whether GenerateDataKeyPair makes pairs of a spec. */
export function isDataKeyPairSpec(spec: KeySpec): spec is DataKeyPairSpec {
  return keySpecs[spec].dataKeyPair
}

/** Whether a spec can be the wrapping key of an import. */
export function isWrappingKeySpec(spec: KeySpec): spec is WrappingKeySpec {
  return keySpecs[spec].wrapping
}

/** The names DescribeKey, CreateKey and GetPublicKey list for a key of this spec and usage. */
export type KeyAlgorithms = {
  EncryptionAlgorithms?: EncryptionAlgorithmSpec[]
  SigningAlgorithms?: SigningAlgorithmSpec[]
  MacAlgorithms?: MacAlgorithmSpec[]
  KeyAgreementAlgorithms?: KeyAgreementAlgorithmSpec[]
  EncapsulationAlgorithms?: EncapsulationAlgorithmSpec[]
}

/** The one algorithm list of KeyMetadata that belongs to a spec and usage. */
export function algorithmsFor(spec: KeySpec, usage: KeyUsageType): KeyAlgorithms {
  const row = keySpecs[spec]
  switch (usage) {
    case 'ENCRYPT_DECRYPT':
      return { EncryptionAlgorithms: [...row.encryption] }
    case 'SIGN_VERIFY':
      return { SigningAlgorithms: [...row.signing] }
    case 'GENERATE_VERIFY_MAC':
      return { MacAlgorithms: [...row.mac] }
    case 'KEY_AGREEMENT':
      return { KeyAgreementAlgorithms: [...row.agreement] }
    case 'ENCAPSULATE_DECAPSULATE':
      return { EncapsulationAlgorithms: [...row.encapsulation] }
  }
}
