import { hash } from 'node:crypto'

/** Why a request's authentication was refused; the protocol layer turns it into the service's own error name. */
export type SigV4ErrorCode =
  | 'MissingAuthenticationToken'
  | 'IncompleteSignature'
  | 'InvalidSignature'
  | 'SignatureExpired'
  | 'SignatureNotYetCurrent'
  | 'RequestExpired'
  | 'UnsupportedAlgorithm'
  | 'PayloadHashMismatch'

/** A request refused by signature parsing or verification; `message` is AWS's wording and never holds key material. */
export class SigV4Error extends Error {
  override readonly name = 'SigV4Error'
  readonly code: SigV4ErrorCode

  constructor(code: SigV4ErrorCode, message: string) {
    super(message)
    this.code = code
  }
}

/** What AWS answers to a signature that does not verify, whatever the cause. */
export const SIGNATURE_MISMATCH_MESSAGE =
  'The request signature we calculated does not match the signature you provided. ' +
  'Check your AWS Secret Access Key and signing method. ' +
  'Consult the service documentation for details.'

/** How AWS quotes an Authorization header in an error: hashed, so that nothing secret is echoed. */
export function quoteHashed(value: string): string {
  return hash('sha256', value, 'base64')
}
