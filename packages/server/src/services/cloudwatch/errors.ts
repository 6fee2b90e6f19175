import {
  InvalidNextToken$,
  InvalidParameterCombinationException$,
  InvalidParameterValueException$,
  MissingRequiredParameterException$,
  ResourceNotFound$,
  ResourceNotFoundException$,
} from '@aws-sdk/client-cloudwatch'
import { awsError, commonError } from '../../kernel/errors.ts'
import type { AwsError } from '../../kernel/errors.ts'

/** InvalidParameterValue. */
export const invalidValue = (message: string): AwsError =>
  awsError(InvalidParameterValueException$, message)

/** InvalidParameterCombination. */
export const invalidCombination = (message: string): AwsError =>
  awsError(InvalidParameterCombinationException$, message)

/** MissingParameter. */
export const missing = (message: string): AwsError =>
  awsError(MissingRequiredParameterException$, message)

/** ValidationError, which the model does not list. */
export const validation = (message: string): AwsError =>
  commonError('ValidationError', message, 400)

/** ResourceNotFound, of alarms. */
export const alarmNotFound = (): AwsError => awsError(ResourceNotFound$, 'Unknown')

/** ResourceNotFoundException, of tagged resources. */
export const resourceNotFound = (arn: string): AwsError =>
  awsError(ResourceNotFoundException$, `Unknown resource ${arn}`, { ResourceId: arn })

/** InvalidNextToken. */
export const invalidToken = (): AwsError =>
  awsError(InvalidNextToken$, 'The next token specified is invalid.')
