import { randomBytes, randomInt, randomUUID } from 'node:crypto'

const base32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

let ordinal = 0

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
  /** An id that sorts after those made before it in this process, and among processes by time. */
  ordered: (): string => {
    ordinal = (ordinal + 1) % 36 ** 5
    const time = Date.now().toString(36).padStart(9, '0')
    return `${time}-${ordinal.toString(36).padStart(5, '0')}-${randomBytes(4).toString('hex')}`
  },
  /** Unguessable text of `bytes` random bytes in base64. */
  secret: (bytes: number): string => randomBytes(bytes).toString('base64'),
}
