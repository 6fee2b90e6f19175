import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { X509Certificate, createPrivateKey, sign } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { encode } from 'cborg'

/** Extensions of certificates that may issue others. */
export const authority = [
  'basicConstraints=critical,CA:TRUE,pathlen:0',
  'keyUsage=critical,keyCertSign',
]

/** Extensions of certificates that sign documents. */
export const signer = ['basicConstraints=critical,CA:FALSE', 'keyUsage=critical,digitalSignature']

const keyOptions = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:secp384r1', '-nodes']

/** What vouches for enclaves in a test: certificates made by openssl, and documents signed by them. */
export class Attestor {
  readonly #folder: string

  /** `folder` takes the keys and certificates, as `<name>.key` and `<name>.pem`. */
  constructor(folder: string) {
    this.#folder = folder
  }

  openssl(args: readonly string[], input?: Uint8Array): Buffer {
    const { status, stdout, stderr } = spawnSync('openssl', args, { cwd: this.#folder, input })
    assert.equal(status, 0, stderr.toString())
    return stdout
  }

  makeRoot(name: string): void {
    const extensions = ['basicConstraints=critical,CA:TRUE', 'keyUsage=critical,keyCertSign']
    const added = extensions.flatMap((extension) => ['-addext', extension])
    const output = ['-keyout', `${name}.key`, '-out', `${name}.pem`, '-days', '2']
    this.openssl(['req', '-x509', ...keyOptions, '-subj', `/CN=${name}`, ...added, ...output])
  }

  issue(name: string, issuer: string, extensions: readonly string[]): void {
    const request = ['-keyout', `${name}.key`, '-out', `${name}.csr`]
    this.openssl(['req', ...keyOptions, '-subj', `/CN=${name}`, ...request])
    writeFileSync(this.#path(`${name}.ext`), extensions.join('\n'))
    const by = ['-CA', `${issuer}.pem`, '-CAkey', `${issuer}.key`, '-set_serial', '7', '-days', '1']
    const files = ['-in', `${name}.csr`, '-extfile', `${name}.ext`, '-out', `${name}.pem`]
    this.openssl(['x509', '-req', ...by, ...files])
  }

  certificate(name: string): X509Certificate {
    return new X509Certificate(readFileSync(this.#path(`${name}.pem`)))
  }

  /** A sound document's payload, by the certificate `enclave` that `zone` has issued and `root` vouches for. */
  payload(fields: Readonly<Record<string, unknown>>): Uint8Array {
    const der = (name: string) => new Uint8Array(this.certificate(name).raw)
    return encode({
      module_id: 'i-0123456789abcdef0-enc0123456789abcdef',
      timestamp: this.certificate('enclave').validFromDate.getTime(),
      digest: 'SHA384',
      pcrs: new Map([0, 1, 2].map((index) => [index, new Uint8Array(48).fill(index)])),
      certificate: der('enclave'),
      cabundle: ['root', 'zone'].map(der),
      user_data: null,
      nonce: null,
      ...fields,
    })
  }

  /** COSE_Sign1 of a payload; -35 is ES384. */
  seal(payload: Uint8Array, keyName = 'enclave', algorithm = -35): unknown[] {
    const header = encode(new Map([[1, algorithm]]))
    const key = createPrivateKey(readFileSync(this.#path(`${keyName}.key`)))
    const signed = encode(['Signature1', header, new Uint8Array(0), payload])
    const signature = sign('sha384', signed, { key, dsaEncoding: 'ieee-p1363' })
    return [header, new Map(), payload, new Uint8Array(signature)]
  }

  #path(name: string): string {
    return join(this.#folder, name)
  }
}
