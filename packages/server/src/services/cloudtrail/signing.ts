import { createPrivateKey, generateKeyPair, hash, sign } from 'node:crypto'
import { promisify } from 'node:util'
import type { Context } from '../../kernel/context.ts'
import { signingKeys } from './trail-store.ts'
import type { SigningKeyRow } from './trail-store.ts'

const dayMs = 86_400_000
const validDays = 365
/** A key is good a little before it was made: digests look back an hour. */
const earlierMs = dayMs

/** The key that signs digests now; the first one, and each year another, is made when it is needed. */
export async function currentSigningKey(ctx: Context): Promise<SigningKeyRow> {
  const view = ctx.store.table(signingKeys)
  const now = ctx.now.toISOString()
  const rows = await view.list()
  const known = rows.findLast(({ value }) => value.validFrom <= now && value.validTo > now)
  if (known) return known.value
  const made = await newKey(ctx.now.getTime())
  view.put(made.validFrom, made)
  return made
}

const generate = promisify(generateKeyPair)

async function newKey(nowMs: number): Promise<SigningKeyRow> {
  const { publicKey, privateKey } = await generate('rsa', { modulusLength: 2048 })
  const pkcs1 = publicKey.export({ type: 'pkcs1', format: 'der' })
  return {
    validFrom: new Date(nowMs - earlierMs).toISOString(),
    validTo: new Date(nowMs + validDays * dayMs).toISOString(),
    fingerprint: hash('md5', pkcs1),
    publicKey: pkcs1.toString('base64'),
    privateKey: privateKey.export({ type: 'pkcs8', format: 'der' }).toString('base64'),
  }
}

/** RSASSA-PKCS1-v1_5 over SHA-256, in hexadecimal. */
export function signText(text: string, { privateKey }: SigningKeyRow): string {
  const key = createPrivateKey({
    key: Buffer.from(privateKey, 'base64'),
    format: 'der',
    type: 'pkcs8',
  })
  return sign('sha256', Buffer.from(text), key).toString('hex')
}
