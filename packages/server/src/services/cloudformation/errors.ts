import {
  AlreadyExistsException$,
  ChangeSetNotFoundException$,
  InsufficientCapabilitiesException$,
  InvalidChangeSetStatusException$,
  TokenAlreadyExistsException$,
} from '@aws-sdk/client-cloudformation'
import { awsError, commonError, type AwsError } from '../../kernel/errors.ts'
import { TemplateError } from './engine/template-error.ts'

/** 400 ValidationError, which no model lists. */
export const validation = (message: string): AwsError =>
  commonError('ValidationError', message, 400)

/** There is no such stack. */
export const noStack = (name: string): AwsError =>
  validation(`Stack with id ${name} does not exist`)

/** AlreadyExistsException. */
export const alreadyExists = (message: string): AwsError =>
  awsError(AlreadyExistsException$, message)

/** ChangeSetNotFound. */
export const noChangeSet = (name: string): AwsError =>
  awsError(ChangeSetNotFoundException$, `ChangeSet [${name}] does not exist`)

/** InvalidChangeSetStatus. */
export const wrongChangeSetStatus = (message: string): AwsError =>
  awsError(InvalidChangeSetStatusException$, message)

/** InsufficientCapabilitiesException. */
export const needsCapabilities = (names: readonly string[]): AwsError =>
  awsError(InsufficientCapabilitiesException$, `Requires capabilities : [${names.join(', ')}]`)

/** TokenAlreadyExistsException. */
export const tokenUsed = (token: string): AwsError =>
  awsError(
    TokenAlreadyExistsException$,
    `Client request token ${token} was used with different parameters`,
  )

/** Runs a piece of the template engine and turns what it refuses into ValidationError. */
export function validated<T>(run: () => T): T {
  try {
    return run()
  } catch (error) {
    throw error instanceof TemplateError ? validation(error.message) : error
  }
}
