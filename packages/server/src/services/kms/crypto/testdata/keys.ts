import { createPublicKey } from 'node:crypto'
import type { KeySpec } from '@aws-sdk/client-kms'
import { generateMaterial, loadPair } from '../material.ts'
import type { LoadedPair, LoadedPublicKey } from '../material.ts'

/** Bytes of a hexadecimal test vector. */
export function hex(text: string): Buffer {
  return Buffer.from(text, 'hex')
}

/** A hexadecimal number as the base64url octets of a JSON Web Key, padded to a width in bytes. */
export function octets(text: string, bytes = Math.ceil(text.length / 2)): string {
  return Buffer.from(text.padStart(bytes * 2, '0').slice(-bytes * 2), 'hex').toString('base64url')
}

/** JSON Web Key curve names and field widths in bytes of the EC key specs. */
export const curveNames: Readonly<Record<string, { crv: string; bytes: number }>> = {
  ECC_NIST_P256: { crv: 'P-256', bytes: 32 },
  ECC_NIST_P384: { crv: 'P-384', bytes: 48 },
  ECC_NIST_P521: { crv: 'P-521', bytes: 66 },
  ECC_SECG_P256K1: { crv: 'secp256k1', bytes: 32 },
}

/** An EC or RSA public key of a test vector, from a JSON Web Key. */
export function publicJwk(spec: KeySpec, key: Record<string, string>): LoadedPublicKey {
  return { kind: 'pair', spec, publicKey: createPublicKey({ key, format: 'jwk' }) }
}

/** A fresh key pair of a spec. */
export async function freshPair(spec: KeySpec): Promise<LoadedPair> {
  return loadPair(spec, await generateMaterial(spec))
}
