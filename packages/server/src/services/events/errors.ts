import {
  IllegalStatusException$,
  InvalidEventPatternException$,
  LimitExceededException$,
  ManagedRuleException$,
  ResourceAlreadyExistsException$,
  ResourceNotFoundException$,
} from '@aws-sdk/client-eventbridge'
import { awsError, commonError } from '../../kernel/errors.ts'
import type { AwsError } from '../../kernel/errors.ts'
import { compileEventPattern, PatternError } from '../../kernel/event-pattern/index.ts'
import type { EventPattern } from '../../kernel/event-pattern/index.ts'

/** ValidationException, which EventBridge uses without modelling it. */
export const validation = (message: string): AwsError =>
  commonError('ValidationException', message, 400)

/** ResourceNotFoundException. */
export const notFound = (message: string): AwsError => awsError(ResourceNotFoundException$, message)

/** ResourceAlreadyExistsException. */
export const alreadyExists = (message: string): AwsError =>
  awsError(ResourceAlreadyExistsException$, message)

/** LimitExceededException in AWS's wording. */
export const limitExceeded = (
  message = 'The requested resource exceeds the maximum number allowed.',
): AwsError => awsError(LimitExceededException$, message)

/** ManagedRuleException. */
export const managedRule = (message: string): AwsError => awsError(ManagedRuleException$, message)

/** IllegalStatusException. */
export const illegalStatus = (message: string): AwsError =>
  awsError(IllegalStatusException$, message)

/** The refusal of a bus that does not exist, as all operations word it. */
export const noBus = (name: string): AwsError => notFound(`Event bus ${name} does not exist.`)

/** Compiles an event pattern; throws InvalidEventPatternException in AWS's wording. */
export function readPattern(text: string): EventPattern {
  try {
    return compileEventPattern(text)
  } catch (error) {
    if (!(error instanceof PatternError)) throw error
    const message = `Event pattern is not valid. Reason: ${error.message}`
    throw awsError(InvalidEventPatternException$, message)
  }
}
