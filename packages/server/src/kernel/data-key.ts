import { createSecretKey } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import type { StaticErrorSchema } from '@smithy/types'
import { AwsError, awsError } from './errors.ts'
import { partitionOf } from './partition.ts'
import { decrypt, encrypt } from './store/sealed.ts'

/** A data key of KMS in use, with what KMS gives it back for. */
export interface DataKey {
  readonly key: KeyObject
  /** Base64. */
  readonly encryptedKey: string
}

/** A data key that is used again, until when (epoch milliseconds). */
export interface KeptDataKey extends DataKey {
  readonly until: number
}

/** The data key that GenerateDataKey answered. */
export function dataKeyIn(answer: Readonly<Record<string, unknown>>): DataKey {
  const encryptedKey = Buffer.from(bytesOf(answer['CiphertextBlob'])).toString('base64')
  return { key: plainKeyIn(answer), encryptedKey }
}

/** The data key that Decrypt gave back. */
export function plainKeyIn(answer: Readonly<Record<string, unknown>>): KeyObject {
  return createSecretKey(bytesOf(answer['Plaintext']))
}

function bytesOf(value: unknown): Uint8Array {
  if (value instanceof Uint8Array) return value
  throw new TypeError('KMS answered without the bytes that it was asked for')
}

/** A key identifier as an ARN: an id or alias without an account means one of the owner's, whoever calls. */
export function kmsKeyArn(
  { region, account }: { readonly region: string; readonly account: string },
  keyId: string,
): string {
  if (keyId.startsWith('arn:')) return keyId
  const resource = keyId.startsWith('alias/') ? keyId : `key/${keyId}`
  return `arn:${partitionOf(region)}:kms:${region}:${account}:${resource}`
}

/** What KMS refused, as the error that a service's model has for KMS's code; anything else as it was. */
export function kmsRefusal(
  error: unknown,
  schemas: Readonly<Record<string, StaticErrorSchema>>,
): unknown {
  if (!(error instanceof AwsError)) return error
  const schema = Object.hasOwn(schemas, error.code) ? schemas[error.code] : undefined
  return schema ? awsError(schema, error.message) : error
}

/** Encrypts a text for as long as it waits; Base64. */
export function sealText(key: KeyObject, text: string): string {
  return encrypt(key, Buffer.from(text)).toString('base64')
}

/** What `sealText` was given. Throws when the key is another or the text was altered. */
export function openText(key: KeyObject, sealed: string): string {
  const text = decrypt(key, Buffer.from(sealed, 'base64'))
  if (!text) throw new Error('a text that was encrypted with a data key cannot be read')
  return text.toString('utf8')
}
