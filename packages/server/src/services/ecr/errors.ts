import {
  InvalidParameterException$,
  InvalidTagParameterException$,
  KmsException$,
  LifecyclePolicyNotFoundException$,
  RepositoryAlreadyExistsException$,
  RepositoryNotFoundException$,
  RepositoryPolicyNotFoundException$,
  TooManyTagsException$,
} from '@aws-sdk/client-ecr'
import { awsError } from '../../kernel/errors.ts'
import type { AwsError } from '../../kernel/errors.ts'

/** InvalidParameterException, of one member. */
export const invalid = (member: string, constraint: string): AwsError =>
  awsError(
    InvalidParameterException$,
    `Invalid parameter at '${member}' failed to satisfy constraint: '${constraint}'`,
  )

/** InvalidTagParameterException. */
export const invalidTag = (message: string): AwsError =>
  awsError(InvalidTagParameterException$, message)

/** TooManyTagsException. */
export const tooManyTags = (): AwsError =>
  awsError(TooManyTagsException$, 'The number of tags exceeds the limit of 50.')

/** KmsException, with what KMS said. */
export const kmsError = (code: string, message: string): AwsError =>
  awsError(KmsException$, message, { kmsError: code })

const repository = (name: string, registry: string) =>
  `repository with name '${name}' in the registry with id '${registry}'`

/** RepositoryNotFoundException. */
export const notFound = (name: string, registry: string): AwsError =>
  awsError(
    RepositoryNotFoundException$,
    `The repository with name '${name}' does not exist in the registry with id '${registry}'`,
  )

/** RepositoryAlreadyExistsException. */
export const alreadyExists = (name: string, registry: string): AwsError =>
  awsError(
    RepositoryAlreadyExistsException$,
    `The repository with name '${name}' already exists in the registry with id '${registry}'`,
  )

/** RepositoryPolicyNotFoundException. */
export const noPolicy = (name: string, registry: string): AwsError =>
  awsError(
    RepositoryPolicyNotFoundException$,
    `Repository policy does not exist for the ${repository(name, registry)}`,
  )

/** LifecyclePolicyNotFoundException. */
export const noLifecyclePolicy = (name: string, registry: string): AwsError =>
  awsError(
    LifecyclePolicyNotFoundException$,
    `Lifecycle policy does not exist for the ${repository(name, registry)}`,
  )
