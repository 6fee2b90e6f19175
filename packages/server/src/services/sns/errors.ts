import {
  InvalidParameterException$,
  InvalidParameterValueException$,
  NotFoundException$,
  ResourceNotFoundException$,
} from '@aws-sdk/client-sns'
import { awsError } from '../../kernel/errors.ts'
import type { AwsError } from '../../kernel/errors.ts'

/** InvalidParameter, after AWS's `Invalid parameter: `. */
export const invalidParameter = (what: string): AwsError =>
  awsError(InvalidParameterException$, `Invalid parameter: ${what}`)

/** ParameterValueInvalid: a message attribute that is not what it says. */
export const invalidValue = (message: string): AwsError =>
  awsError(InvalidParameterValueException$, message)

/** NotFound: a topic. */
export const noTopic = (): AwsError => awsError(NotFoundException$, 'Topic does not exist')

/** NotFound: a subscription. */
export const noSubscription = (): AwsError =>
  awsError(NotFoundException$, 'Subscription does not exist')

/** ResourceNotFound: the resource of tags. */
export const noResource = (): AwsError =>
  awsError(ResourceNotFoundException$, 'Resource does not exist')
