import {
  DisabledException$,
  DryRunOperationException$,
  IncorrectKeyMaterialException$,
  InvalidCiphertextException$,
  InvalidKeyUsageException$,
  KMSInvalidStateException$,
  NotFoundException$,
  UnsupportedOperationException$,
} from '@aws-sdk/client-kms'
import { awsError, commonError } from '../../kernel/errors.ts'
import type { AwsError } from '../../kernel/errors.ts'
import { CryptoError } from './crypto/crypto-error.ts'
import type { CryptoErrorCode } from './crypto/crypto-error.ts'
import type { KeyRow } from './store.ts'

/** ValidationException, which KMS uses without modelling it. */
export const validation = (message: string): AwsError =>
  commonError('ValidationException', message, 400)

/** AccessDeniedException of KMS's own making, outside the policy engine. */
export const denied = (message: string): AwsError =>
  commonError('AccessDeniedException', message, 400)

/** NotFoundException. */
export const notFound = (message: string): AwsError => awsError(NotFoundException$, message)

/** UnsupportedOperationException. */
export const unsupported = (message: string): AwsError =>
  awsError(UnsupportedOperationException$, message)

/** KMSInvalidStateException. */
export const invalidState = (message: string): AwsError =>
  awsError(KMSInvalidStateException$, message)

/** DisabledException in AWS's wording. */
export const disabled = (key: KeyRow): AwsError =>
  awsError(DisabledException$, `${key.arn} is disabled.`)

/** InvalidKeyUsageException. */
export const invalidUsage = (message: string): AwsError =>
  awsError(InvalidKeyUsageException$, message)

/** InvalidCiphertextException, whose message AWS leaves empty. */
export const invalidCiphertext = (): AwsError => awsError(InvalidCiphertextException$, '')

/** The origin of a key rules the operation out. */
export const wrongOrigin = (key: KeyRow): AwsError =>
  unsupported(`${key.arn} origin is ${key.origin} which is not valid for this operation.`)

/** Ends a dry run that found nothing wrong. */
export function refuseDryRun(dryRun: boolean | undefined): void {
  if (dryRun) {
    throw awsError(
      DryRunOperationException$,
      'The request would have succeeded, but the DryRun option is set.',
    )
  }
}

const wireErrors: Readonly<Record<CryptoErrorCode, (message: string) => AwsError>> = {
  InvalidDigestLength: validation,
  InvalidMessageType: validation,
  PlaintextTooLarge: validation,
  InvalidPeerKey: validation,
  InvalidAttestation: validation,
  InvalidCiphertextLength: invalidCiphertext,
  InvalidKeyMaterial: (message) => awsError(IncorrectKeyMaterialException$, message),
  IncompatibleAlgorithm: invalidUsage,
  SpecUnavailable: unsupported,
}

/** Runs a piece of cryptography and turns its refusals into KMS's errors. */
export function translated<T>(run: () => T): T {
  try {
    return run()
  } catch (error) {
    if (error instanceof CryptoError) throw wireErrors[error.code](error.message)
    throw error
  }
}
