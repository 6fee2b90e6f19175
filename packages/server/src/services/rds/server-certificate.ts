import { createPrivateKey, X509Certificate } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { newServerCertificate } from './authority.ts'
import type { Configuration } from './engines/engine.ts'
import type { AuthorityRow } from './store.ts'

const renewalDays = 60
const dayMs = 86_400_000

/** What a server's certificate is to be: signed by whom, for which names and addresses. */
interface Wanted {
  readonly authority: AuthorityRow
  readonly names: readonly string[]
  readonly now: Date
}

/** The certificate in a server's folder, made anew before it runs out and when its names change. */
export async function serverCertificate(
  folder: string,
  wanted: Wanted,
): Promise<Pick<Configuration, 'certificate' | 'privateKey' | 'authority'>> {
  const [certificateFile, keyFile] = [join(folder, 'tls.crt'), join(folder, 'tls.key')]
  const authority = wanted.authority.certificate
  if (existsSync(certificateFile) && existsSync(keyFile)) {
    const certificate = readFileSync(certificateFile, 'utf8')
    if (isGood(certificate, wanted)) {
      return { certificate, privateKey: readFileSync(keyFile, 'utf8'), authority }
    }
  }
  const key = createPrivateKey(wanted.authority.privateKey)
  const made = await newServerCertificate({ key, certificate: authority }, wanted.names, wanted.now)
  writeFileSync(keyFile, made.privateKey, { mode: 0o600 })
  writeFileSync(certificateFile, made.certificate, { mode: 0o600 })
  return { ...made, authority }
}

function isGood(certificate: string, { authority, names, now }: Wanted): boolean {
  const parsed = new X509Certificate(certificate)
  const signed = parsed.verify(new X509Certificate(authority.certificate).publicKey)
  const lasts = parsed.validToDate.getTime() - now.getTime() > renewalDays * dayMs
  return signed && lasts && names.every((name) => parsed.checkHost(name) ?? parsed.checkIP(name))
}
