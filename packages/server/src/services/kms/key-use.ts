import type { KeyUsageType } from '@aws-sdk/client-kms'
import { keySpecs } from './crypto/key-specs.ts'
import type { LoadedKey } from './crypto/material.ts'
import { invalidUsage, unsupported } from './errors.ts'
import type { KeySubject } from './key-reference.ts'
import { requireState } from './key-states.ts'
import { currentMaterial } from './material-store.ts'
import type { KeyRow } from './store.ts'

/** Refuses a key whose state or usage does not fit a cryptographic operation, in AWS's wording. */
export function requireUse(key: KeyRow, operation: string, usage: KeyUsageType): void {
  requireState(key, operation)
  if (key.usage !== usage) {
    throw invalidUsage(`${key.arn} key usage is ${key.usage} which is not valid for ${operation}.`)
  }
  // No custom key store can be connected yet, so no key of one gets here but by mistake.
  if (key.customKeyStoreId !== undefined) {
    throw unsupported(`${key.arn} is in a custom key store, which cannot be reached.`)
  }
}

/** Refuses an algorithm that a key's spec does not have. */
export function requireAlgorithm(
  key: KeyRow,
  algorithm: string,
  supported: readonly string[],
): void {
  if (!supported.includes(algorithm)) {
    throw invalidUsage(`Algorithm ${algorithm} is incompatible with key spec ${key.spec}.`)
  }
}

/** The families of algorithms that a key spec lists. */
type AlgorithmFamily = 'signing' | 'mac' | 'agreement' | 'encapsulation'

/** What an operation asks of a key's usage and spec. */
interface WantedUse {
  readonly operation: string
  readonly usage: KeyUsageType
  readonly family: AlgorithmFamily
  readonly algorithm: string
}

/** The current material of a key, if its state, usage and spec fit the operation. */
export async function fittingMaterial(
  { key, tables }: KeySubject,
  { operation, usage, family, algorithm }: WantedUse,
): Promise<LoadedKey> {
  requireUse(key, operation, usage)
  requireAlgorithm(key, algorithm, keySpecs[key.spec][family])
  return (await currentMaterial(tables, key)).material
}
