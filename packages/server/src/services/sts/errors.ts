import {
  ExpiredTokenException$,
  IDPCommunicationErrorException$,
  InvalidIdentityTokenException$,
  MalformedPolicyDocumentException$,
  PackedPolicyTooLargeException$,
} from '@aws-sdk/client-sts'
import { awsError, commonError, type AwsError } from '../../kernel/errors.ts'

/** 403 AccessDenied with a message of its own. */
export const accessDenied = (message: string): AwsError => commonError('AccessDenied', message, 403)

/** 400 ValidationError, which no model lists. */
export const validationError = (message: string): AwsError =>
  commonError('ValidationError', message, 400)

/** 400 InvalidParameterValue: what STS says of session tags, which no model lists. */
export const invalidParameter = (message: string): AwsError =>
  commonError('InvalidParameterValue', message, 400)

/** 400 MalformedPolicyDocument. */
export const malformedPolicy = (message: string): AwsError =>
  awsError(MalformedPolicyDocumentException$, message)

/** 400 PackedPolicyTooLarge. */
export const packedPolicyTooLarge = (percent: number): AwsError =>
  awsError(
    PackedPolicyTooLargeException$,
    `Packed policy consumes ${percent}% of allotted space, please use smaller policy.`,
  )

/** 400 InvalidIdentityToken. */
export const invalidToken = (message: string): AwsError =>
  awsError(InvalidIdentityTokenException$, message)

/** 400 ExpiredTokenException of a web identity token. */
export const expiredToken = (message: string): AwsError => awsError(ExpiredTokenException$, message)

/** 400 IDPCommunicationError: the provider could not be asked; clients may try again. */
export const idpUnreachable = (message: string): AwsError =>
  awsError(IDPCommunicationErrorException$, message)
