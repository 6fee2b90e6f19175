import { randomBytes, randomInt, randomUUID } from 'node:crypto'

const base32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

/** The only source of randomness for identifiers (keys take theirs from node:crypto). */
export const ids = {
  /** A lower-case UUID, as request ids and KMS key ids have. */
  uuid: (): string => randomUUID(),
  /** Lower-case hexadecimal digits. */
  hex: (digits: number): string =>
    randomBytes(Math.ceil(digits / 2))
      .toString('hex')
      .slice(0, digits),
  /** An IAM unique id such as `AIDA…`: a prefix and `length` base-32 characters. */
  unique: (prefix: string, length = 17): string =>
    prefix + Array.from({ length }, () => base32[randomInt(32)]).join(''),
  /** Unguessable text of `bytes` random bytes in base64. */
  secret: (bytes: number): string => randomBytes(bytes).toString('base64'),
}
