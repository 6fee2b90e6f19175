import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto'

const iterations = 4096
const saltBytes = 16
const keyBytes = 32

/**
 * What PostgreSQL keeps of a password, and takes in `PASSWORD '…'` in place of a clear one
 * (RFC 5803; https://www.postgresql.org/docs/current/catalog-pg-authid.html). For ASCII passwords, which SASLprep leaves alone.
 */
export function scramVerifier(password: string, salt: Buffer = randomBytes(saltBytes)): string {
  const salted = pbkdf2Sync(password, salt, iterations, keyBytes, 'sha256')
  const mac = (text: string): Buffer => createHmac('sha256', salted).update(text).digest()
  const stored = createHash('sha256').update(mac('Client Key')).digest('base64')
  const server = mac('Server Key').toString('base64')
  return `SCRAM-SHA-256$${iterations}:${salt.toString('base64')}$${stored}:${server}`
}
