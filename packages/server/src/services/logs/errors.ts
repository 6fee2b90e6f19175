import {
  InvalidOperationException$,
  InvalidParameterException$,
  LimitExceededException$,
  ResourceAlreadyExistsException$,
  ResourceNotFoundException$,
} from '@aws-sdk/client-cloudwatch-logs'
import { awsError } from '../../kernel/errors.ts'
import type { AwsError } from '../../kernel/errors.ts'

/** InvalidParameterException. */
export const invalid = (message: string): AwsError => awsError(InvalidParameterException$, message)

/** InvalidOperationException. */
export const invalidOperation = (message: string): AwsError =>
  awsError(InvalidOperationException$, message)

/** ResourceNotFoundException. */
export const notFound = (what: string): AwsError =>
  awsError(ResourceNotFoundException$, `The specified ${what} does not exist.`)

/** ResourceAlreadyExistsException. */
export const exists = (what: string): AwsError =>
  awsError(ResourceAlreadyExistsException$, `The specified ${what} already exists`)

/** LimitExceededException. */
export const limitExceeded = (): AwsError =>
  awsError(LimitExceededException$, 'Resource limit exceeded.')
