import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto'

const iterations = 4096
const saltBytes = 16
const keyBytes = 32

/**
 * What PostgreSQL stores of a password, made here as psql's `\password` does, so that the password itself is in no
 * statement that the server may log. Undefined for a password that the server must prepare or a method that it must
 * carry out. https://www.postgresql.org/docs/current/catalog-pg-authid.html
 */
export function passwordVerifier(
  method: string,
  { user, password }: { readonly user: string; readonly password: string },
): string | undefined {
  if (method === 'md5') {
    return (
      'md5' +
      createHash('md5')
        .update(password + user)
        .digest('hex')
    )
  }
  const isAscii = /^[\x20-\x7e]+$/.test(password)
  if (method !== 'scram-sha-256' || !isAscii) return undefined
  const salt = randomBytes(saltBytes)
  const salted = pbkdf2Sync(password, salt, iterations, keyBytes, 'sha256')
  const keyed = (name: string) => createHmac('sha256', salted).update(name).digest()
  const stored = createHash('sha256').update(keyed('Client Key')).digest('base64')
  const server = keyed('Server Key').toString('base64')
  return `SCRAM-SHA-256$${iterations}:${salt.toString('base64')}$${stored}:${server}`
}
