import {
  DecryptionFailure$,
  EncryptionFailure$,
  InvalidNextTokenException$,
  InvalidParameterException$,
  InvalidRequestException$,
  LimitExceededException$,
  MalformedPolicyDocumentException$,
  PublicPolicyException$,
  ResourceExistsException$,
  ResourceNotFoundException$,
} from '@aws-sdk/client-secrets-manager'
import { awsError, commonError } from '../../kernel/errors.ts'
import type { AwsError } from '../../kernel/errors.ts'

/** ValidationException, which Secrets Manager uses without modelling it. */
export const validation = (message: string): AwsError =>
  commonError('ValidationException', message, 400)

/** AccessDeniedException, which the model does not list either. */
export const accessDenied = (message: string): AwsError =>
  commonError('AccessDeniedException', message, 400)

/** InvalidParameterException. */
export const invalidParameter = (message: string): AwsError =>
  awsError(InvalidParameterException$, message)

/** InvalidRequestException. */
export const invalidRequest = (message: string): AwsError =>
  awsError(InvalidRequestException$, message)

/** ResourceNotFoundException. */
export const notFound = (message: string): AwsError => awsError(ResourceNotFoundException$, message)

/** ResourceNotFoundException of a secret. */
export const noSecret = (): AwsError => notFound("Secrets Manager can't find the specified secret.")

/** ResourceNotFoundException of a version, named by id or by label. */
export const noValue = (by: { readonly versionId?: string; readonly stage?: string }): AwsError =>
  notFound(
    `Secrets Manager can't find the specified secret value for ${
      by.versionId === undefined ? `staging label: ${by.stage ?? ''}` : `VersionId: ${by.versionId}`
    }`,
  )

/** ResourceExistsException of a secret's name. */
export const secretExists = (name: string): AwsError =>
  awsError(
    ResourceExistsException$,
    `The operation failed because the secret ${name} already exists.`,
  )

/** ResourceExistsException of a version with another value. */
export const versionExists = (token: string, arn: string): AwsError =>
  awsError(
    ResourceExistsException$,
    `You can't use ClientRequestToken ${token} because that value is already in use for a version of secret ${arn}.`,
  )

/** InvalidRequestException of a secret that waits for its deletion. */
export const markedDeleted = (): AwsError =>
  invalidRequest(
    "You can't perform this operation on the secret because it was marked for deletion.",
  )

/** InvalidRequestException of a secret that another service keeps. */
export const managedElsewhere = (): AwsError =>
  invalidRequest(
    'The secret is managed by another service, and you must use that service to update it.',
  )

/** InvalidParameterException of a call that belongs to the primary's Region. */
export const onReplica = (): AwsError =>
  invalidParameter(
    "Operation not permitted on a replica secret. Call must be made in primary secret's region.",
  )

/** LimitExceededException. */
export const limitExceeded = (message: string): AwsError =>
  awsError(LimitExceededException$, message)

/** EncryptionFailure. */
export const encryptionFailure = (): AwsError =>
  awsError(
    EncryptionFailure$,
    "Secrets Manager can't encrypt the protected secret text using the provided KMS key. Check that the KMS key is available, enabled, and not in an invalid state.",
  )

/** DecryptionFailure. */
export const decryptionFailure = (): AwsError =>
  awsError(
    DecryptionFailure$,
    "Secrets Manager can't decrypt the protected secret text using the provided KMS key.",
  )

/** InvalidNextTokenException. */
export const invalidToken = (): AwsError =>
  awsError(InvalidNextTokenException$, 'The NextToken value is invalid.')

/** MalformedPolicyDocumentException. */
export const malformedPolicy = (message: string): AwsError =>
  awsError(MalformedPolicyDocumentException$, message)

/** PublicPolicyException. */
export const publicPolicy = (): AwsError =>
  awsError(
    PublicPolicyException$,
    'You specified BlockPublicPolicy, and the resource policy would allow broad access to the secret.',
  )
