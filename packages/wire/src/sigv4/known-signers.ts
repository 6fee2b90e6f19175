import type { CredentialScope } from './signing-key.ts'
import { parseAmzDate } from './timestamp.ts'

/** The number of hexadecimal digits in a signature. */
export const SIGNATURE_LENGTH = 64
const SIGNATURE_PARAMETER = /[ ,]Signature=$/
const MAX_SIGNERS = 1000
const MAX_LENGTH = 1024

/** What an Authorization header says besides its signature: the same in every call of a client on a day. */
interface Signer {
  readonly accessKeyId: string
  readonly scope: CredentialScope
  readonly signedHeaders: readonly string[]
}

/** What an Authorization header and the date beside it say. */
export interface HeaderFields extends Signer {
  readonly signature: string
  /** The time of signing in ISO 8601 basic format. */
  readonly amzDate: string
}

const signers = new Map<string, Signer>()

/** True for 64 lower-case hexadecimal digits. */
export function isSignature(text: string): boolean {
  if (text.length !== SIGNATURE_LENGTH) return false
  for (let index = 0; index < SIGNATURE_LENGTH; index++) {
    const code = text.charCodeAt(index)
    if (!((code >= 0x30 && code <= 0x39) || (code >= 0x61 && code <= 0x66))) return false
  }
  return true
}

/**
 * The fields of an Authorization header that differs from one remembered in its signature alone; undefined when it has
 * to be read. Reading would give the same, since everything before the signature and the day were found good.
 */
export function knownFields(header: string, date: string | undefined): HeaderFields | undefined {
  const signer = signers.get(header.slice(0, -SIGNATURE_LENGTH))
  if (signer === undefined || date === undefined) return undefined
  const { accessKeyId, scope, signedHeaders } = signer
  const signature = header.slice(-SIGNATURE_LENGTH)
  if (!date.startsWith(scope.date) || parseAmzDate(date) === undefined) return undefined
  if (!isSignature(signature)) return undefined
  return { accessKeyId, scope, signedHeaders, signature, amzDate: date }
}

/** Remembers a header found good, if its signature comes last, as all of AWS's clients write it. */
export function remember(header: string, fields: HeaderFields): void {
  const { accessKeyId, scope, signedHeaders, signature } = fields
  const start = header.slice(0, -SIGNATURE_LENGTH)
  if (start.length > MAX_LENGTH || !SIGNATURE_PARAMETER.test(start)) return
  if (!isSignature(signature) || !header.endsWith(signature)) return
  // Anyone can write a header, so what is remembered is bounded and means nothing until the signature is verified.
  if (signers.size >= MAX_SIGNERS) signers.clear()
  signers.set(start, { accessKeyId, scope, signedHeaders })
}
