/** Why the cryptographic core refused an input; the service maps each code to its own wire error. */
export type CryptoErrorCode =
  | 'InvalidDigestLength'
  | 'InvalidMessageType'
  | 'InvalidKeyMaterial'
  | 'InvalidPeerKey'
  | 'InvalidCiphertextLength'
  | 'InvalidAttestation'
  | 'IncompatibleAlgorithm'
  | 'PlaintextTooLarge'
  | 'SpecUnavailable'

/** A refusal by the cryptographic core: a domain error, never a wire error. */
export class CryptoError extends Error {
  readonly code: CryptoErrorCode

  constructor(code: CryptoErrorCode, message: string) {
    super(message)
    this.name = 'CryptoError'
    this.code = code
  }
}
