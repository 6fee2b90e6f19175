import { createPrivateKey, hash, sign } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { promisify } from 'node:util'
import type { Context } from '../../kernel/context.ts'
import { newSigner } from './certificate.ts'
import { signers } from './store.ts'
import type { SignerRow } from './store.ts'

const rowKey = 'signer'
const pathDigits = 32

const keys = new WeakMap<SignerRow, KeyObject>()

const signAsync = promisify(
  (algorithm: string, data: Buffer, key: KeyObject, done: (e: Error | null, s: Buffer) => void) =>
    sign(algorithm, data, key, done),
)

/** The installation's signer; the first who asks makes it. */
async function signerOf(ctx: Context): Promise<SignerRow> {
  const view = ctx.store.table(signers)
  const known = await view.get(rowKey)
  if (known) return known
  const signer = await newSigner(ctx.machineNow)
  view.put(rowKey, signer)
  return signer
}

/** The hash of a signature, by SignatureVersion. */
const algorithms: Readonly<Record<string, string>> = { '1': 'sha1', '2': 'sha256' }

/** Signs a text, in base64: with SHA-1 in version 1 and SHA-256 in version 2, RSA PKCS #1 v1.5. */
export async function signText(ctx: Context, version: string, text: string): Promise<string> {
  const signer = await signerOf(ctx)
  let key = keys.get(signer)
  if (!key) keys.set(signer, (key = createPrivateKey(signer.privateKey)))
  const algorithm = algorithms[version] ?? 'sha1'
  const signature = await signAsync(algorithm, Buffer.from(text), key)
  return signature.toString('base64')
}

function pathOf({ certificate }: SignerRow): string {
  return `/SimpleNotificationService-${hash('sha256', certificate).slice(0, pathDigits)}.pem`
}

/** Where clients get the certificate that messages are signed with. */
export async function certificateUrl(ctx: Context): Promise<string> {
  return `${ctx.endpoint}${pathOf(await signerOf(ctx))}`
}

/** The certificate of a path; undefined when it is not that of the signer. */
export async function certificateAt(ctx: Context, path: string): Promise<string | undefined> {
  const signer = await ctx.store.table(signers).get(rowKey)
  return signer && pathOf(signer) === path ? signer.certificate : undefined
}
