import {
  DeleteConflictException$,
  EntityAlreadyExistsException$,
  InvalidInputException$,
  LimitExceededException$,
  MalformedPolicyDocumentException$,
  NoSuchEntityException$,
  PolicyNotAttachableException$,
  UnmodifiableEntityException$,
} from '@aws-sdk/client-iam'
import { awsError, commonError, type AwsError } from '../../kernel/errors.ts'

/** 404 NoSuchEntity. */
export const noSuchEntity = (message: string): AwsError => awsError(NoSuchEntityException$, message)

/** 409 EntityAlreadyExists. */
export const alreadyExists = (message: string): AwsError =>
  awsError(EntityAlreadyExistsException$, message)

/** 409 DeleteConflict: something must go first. */
export const deleteConflict = (message: string): AwsError =>
  awsError(DeleteConflictException$, message)

/** 400 InvalidInput. */
export const invalidInput = (message: string): AwsError => awsError(InvalidInputException$, message)

/** 409 LimitExceeded with a message of its own. */
export const limitExceeded = (message: string): AwsError =>
  awsError(LimitExceededException$, message)

/** 400 MalformedPolicyDocument. */
export const malformedPolicy = (message: string): AwsError =>
  awsError(MalformedPolicyDocumentException$, message)

/** 400 PolicyNotAttachable. */
export const notAttachable = (message: string): AwsError =>
  awsError(PolicyNotAttachableException$, message)

/** 400 UnmodifiableEntity: service-linked roles belong to their service. */
export const unmodifiable = (message: string): AwsError =>
  awsError(UnmodifiableEntityException$, message)

/** 403 AccessDenied with IAM's words for what even administrators may not do. */
export const accessDenied = (message: string): AwsError => commonError('AccessDenied', message, 403)

/** 400 ValidationError, which no model lists. */
export const validationError = (message: string): AwsError =>
  commonError('ValidationError', message)

/** Throws LimitExceeded in AWS's wording when `count` more than fills the quota. */
export function checkQuota(name: string, limit: number, count: number): void {
  if (count > limit) throw limitExceeded(`Cannot exceed quota for ${name}: ${limit}`)
}
