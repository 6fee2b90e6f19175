import { createHash } from 'node:crypto'
import { invalidArgument, invalidRequest, s3Error } from '../errors.ts'
import type { BucketRow } from '../store.ts'

/** What requests say of the encryption of what they write. */
export interface EncryptionInput {
  readonly ServerSideEncryption?: string | undefined
  readonly SSEKMSKeyId?: string | undefined
  readonly SSEKMSEncryptionContext?: string | undefined
  readonly BucketKeyEnabled?: boolean | undefined
  readonly SSECustomerAlgorithm?: string | undefined
  readonly SSECustomerKey?: string | undefined
  readonly SSECustomerKeyMD5?: string | undefined
}

/** How an object is to be encrypted. */
export type EncryptionChoice =
  | { readonly kind: 'AES256' }
  | {
      readonly kind: 'aws:kms' | 'aws:kms:dsse'
      readonly keyId: string
      readonly bucketKey: boolean
      readonly context: Readonly<Record<string, string>>
    }
  | { readonly kind: 'customer'; readonly key: Buffer; readonly md5: string }

/** Reads the key of SSE-C headers; undefined when there are none. Throws InvalidArgument and InvalidRequest. */
export function customerKey(
  input: Pick<EncryptionInput, 'SSECustomerAlgorithm' | 'SSECustomerKey' | 'SSECustomerKeyMD5'>,
): { readonly key: Buffer; readonly md5: string } | undefined {
  const { SSECustomerAlgorithm: algorithm, SSECustomerKey: text, SSECustomerKeyMD5: md5 } = input
  if (algorithm === undefined && text === undefined && md5 === undefined) return undefined
  if (algorithm === undefined) {
    throw invalidArgument(
      'Requests specifying Server Side Encryption with Customer provided keys must provide a valid encryption algorithm.',
      'x-amz-server-side-encryption',
      'null',
    )
  }
  if (algorithm !== 'AES256') {
    throw s3Error(
      'InvalidEncryptionAlgorithmError',
      'The Encryption request you specified is not valid. Supported value: AES256.',
      400,
    )
  }
  if (text === undefined) {
    throw invalidArgument(
      'Requests specifying Server Side Encryption with Customer provided keys must provide an appropriate secret key.',
      'x-amz-server-side-encryption',
      'null',
    )
  }
  if (md5 === undefined) {
    throw invalidArgument(
      'Requests specifying Server Side Encryption with Customer provided keys must provide the client calculated MD5 of the secret key.',
      'x-amz-server-side-encryption',
      'null',
    )
  }
  const key = Buffer.from(text, 'base64')
  if (key.length !== 32) {
    throw invalidArgument(
      'The secret key was invalid for the specified algorithm.',
      'x-amz-server-side-encryption',
      'null',
    )
  }
  if (createHash('md5').update(key).digest('base64') !== md5) {
    throw invalidArgument(
      'The calculated MD5 hash of the key did not match the hash that was provided.',
      'x-amz-server-side-encryption',
      'null',
    )
  }
  return { key, md5 }
}

/** How a request's object is encrypted: as its headers say, else as its bucket does by default. */
export function encryptionChoice(input: EncryptionInput, bucket: BucketRow): EncryptionChoice {
  const customer = customerKey(input)
  const { ServerSideEncryption: asked, SSEKMSKeyId: keyId, SSEKMSEncryptionContext: text } = input
  if (customer) {
    if (asked !== undefined) {
      throw invalidArgument(
        'Server Side Encryption with Customer provided key is incompatible with the encryption method specified',
        'x-amz-server-side-encryption',
        asked,
      )
    }
    return { kind: 'customer', ...customer }
  }
  const { encryption } = bucket
  const kind = asked ?? encryption.algorithm
  if (kind !== 'AES256' && kind !== 'aws:kms' && kind !== 'aws:kms:dsse') {
    throw invalidArgument(
      'The encryption method specified is not supported',
      'x-amz-server-side-encryption',
      kind,
    )
  }
  if (kind === 'AES256') {
    if (keyId === undefined && text === undefined) return { kind }
    throw invalidArgument(
      'Server Side Encryption with AWS KMS managed key requires HTTP header x-amz-server-side-encryption : aws:kms',
      'x-amz-server-side-encryption',
      kind,
    )
  }
  const byDefault = encryption.algorithm === kind ? encryption.keyId : undefined
  return {
    kind,
    keyId: keyId ?? byDefault ?? 'alias/aws/s3',
    // DSSE objects have no bucket keys.
    bucketKey: kind === 'aws:kms' && (input.BucketKeyEnabled ?? encryption.bucketKey),
    context: encryptionContext(text),
  }
}

function encryptionContext(text: string | undefined): Readonly<Record<string, string>> {
  if (text === undefined) return {}
  try {
    const value: unknown = JSON.parse(Buffer.from(text, 'base64').toString('utf8'))
    if (isTextMap(value)) return value
  } catch {
    throw invalidContext()
  }
  throw invalidContext()
}

function isTextMap(value: unknown): value is Record<string, string> {
  return (
    typeof value === 'object' &&
    value !== null &&
    Object.values(value).every((entry) => typeof entry === 'string')
  )
}

const invalidContext = () =>
  invalidRequest(
    'The header x-amz-server-side-encryption-context shall be Base64 encoded UTF-8 string holding JSON which represents a string-string map',
  )
