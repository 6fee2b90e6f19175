import {
  InvalidParameterValueException$,
  PreconditionFailedException$,
  ResourceConflictException$,
  ResourceNotFoundException$,
} from '@aws-sdk/client-lambda'
import { AwsError, awsError, commonError } from '../../kernel/errors.ts'
import type { BodyBound } from '../../kernel/incoming-body.ts'

const byUser = { Type: 'User' }

const forbidden: ReadonlySet<string> = new Set([
  'AccessDeniedException',
  'ExpiredTokenException',
  'InvalidSignatureException',
  'MissingAuthenticationTokenException',
  'UnrecognizedClientException',
])

/** An error with the status that Lambda gives it: a REST service answers 403 to whom it does not let in. */
export function tellError(error: AwsError): AwsError {
  const { code, message, fault, headers, fields } = error
  if (!forbidden.has(code) || error.status !== 400) return error
  return new AwsError({ code, message, fault, status: 403, fields, ...(headers && { headers }) })
}

/** InvalidParameterValueException. */
export const invalid = (message: string): AwsError =>
  awsError(InvalidParameterValueException$, message, byUser)

/** ResourceNotFoundException. */
export const notFound = (message: string): AwsError =>
  awsError(ResourceNotFoundException$, message, byUser)

/** ResourceConflictException. */
export const conflict = (message: string): AwsError =>
  awsError(ResourceConflictException$, message, byUser)

/** The bound of a call's body and AWS's words for exceeding it; `name` is Lambda's own for the operation. */
export const bodyOf = (name: string, maxBytes: number): BodyBound => ({
  maxBytes,
  refused: () =>
    payloadTooLarge(`Request must be smaller than ${maxBytes} bytes for the ${name} operation`),
})

/** A call that carries a package: 50 MB of it, in Base64. */
export const packageBody = (name: string): BodyBound => bodyOf(name, 69_905_067)

/** RequestEntityTooLargeException, which Lambda uses without modelling it. */
export const payloadTooLarge = (message: string): AwsError =>
  commonError('RequestEntityTooLargeException', message, 413)

/** ValidationException, which Lambda uses without modelling it. */
export const validation = (message: string): AwsError =>
  commonError('ValidationException', message, 400)

/** The caller's RevisionId is not the current one. */
export const wrongRevision = (): AwsError =>
  awsError(
    PreconditionFailedException$,
    'The Revision Id provided does not match the latest Revision Id. Call the GetFunction/GetAlias API to retrieve the latest Revision Id',
    byUser,
  )

/** Throws when a call that names a RevisionId means another state than the present one. */
export function requireRevision(given: string | undefined, current: string): void {
  if (given !== undefined && given !== current) throw wrongRevision()
}
