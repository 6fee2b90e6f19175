import {
  CNAMEAlreadyExists$,
  DistributionAlreadyExists$,
  DistributionNotDisabled$,
  IllegalUpdate$,
  InconsistentQuantities$,
  InvalidArgument$,
  InvalidDefaultRootObject$,
  InvalidIfMatchVersion$,
  InvalidOrigin$,
  InvalidTagging$,
  InvalidTTLOrder$,
  InvalidWebACLId$,
  NoSuchCachePolicy$,
  NoSuchDistribution$,
  NoSuchInvalidation$,
  NoSuchOrigin$,
  NoSuchOriginRequestPolicy$,
  NoSuchResource$,
  PreconditionFailed$,
} from '@aws-sdk/client-cloudfront'
import { awsError } from '../../kernel/errors.ts'
import type { AwsError } from '../../kernel/errors.ts'

/** NoSuchDistribution. */
export const noSuchDistribution = (): AwsError =>
  awsError(NoSuchDistribution$, 'The specified distribution does not exist.')

/** NoSuchInvalidation. */
export const noSuchInvalidation = (): AwsError =>
  awsError(NoSuchInvalidation$, 'The specified invalidation does not exist.')

/** NoSuchOrigin: a behaviour names an origin that is not listed. */
export const noSuchOrigin = (): AwsError =>
  awsError(NoSuchOrigin$, 'One or more of your origins or origin groups do not exist.')

/** NoSuchCachePolicy. */
export const noSuchCachePolicy = (): AwsError =>
  awsError(NoSuchCachePolicy$, 'The specified cache policy does not exist.')

/** NoSuchOriginRequestPolicy. */
export const noSuchOriginRequestPolicy = (): AwsError =>
  awsError(NoSuchOriginRequestPolicy$, 'The specified origin request policy does not exist.')

/** NoSuchResource, of an ARN. */
export const noSuchResource = (arn: string): AwsError =>
  awsError(NoSuchResource$, `The specified resource does not exist: ${arn}`)

/** DistributionAlreadyExists: a caller reference that another distribution has. */
export const alreadyExists = (id: string): AwsError =>
  awsError(
    DistributionAlreadyExists$,
    `The caller reference that you are using to create a distribution is associated with another distribution. Already exists: ${id}`,
  )

/** DistributionNotDisabled. */
export const notDisabled = (): AwsError =>
  awsError(
    DistributionNotDisabled$,
    'The distribution you are trying to delete has not been disabled.',
  )

/** PreconditionFailed: If-Match names another version than there is. */
export const preconditionFailed = (): AwsError =>
  awsError(
    PreconditionFailed$,
    "The request failed because it didn't meet the preconditions in one or more request-header fields.",
  )

/** InvalidIfMatchVersion: If-Match is missing. */
export const invalidIfMatch = (): AwsError =>
  awsError(InvalidIfMatchVersion$, 'The If-Match version is missing or not valid for the resource.')

/** InvalidArgument. */
export const invalidArgument = (message: string): AwsError => awsError(InvalidArgument$, message)

/** InconsistentQuantities. */
export const inconsistentQuantities = (): AwsError =>
  awsError(InconsistentQuantities$, "The value of Quantity and the size of Items don't match.")

/** InvalidOrigin. */
export const invalidOrigin = (message: string): AwsError => awsError(InvalidOrigin$, message)

/** InvalidTTLOrder. */
export const invalidTtlOrder = (): AwsError =>
  awsError(
    InvalidTTLOrder$,
    'The order of the TTL values is not valid: MinTTL <= DefaultTTL <= MaxTTL is needed.',
  )

/** InvalidDefaultRootObject. */
export const invalidRootObject = (): AwsError =>
  awsError(
    InvalidDefaultRootObject$,
    'The default root object file name is too big or contains an invalid character.',
  )

/** InvalidWebACLId. */
export const invalidWebAcl = (): AwsError =>
  awsError(InvalidWebACLId$, 'Web ACL is not accessible by the requester.')

/** CNAMEAlreadyExists. */
export const aliasTaken = (): AwsError =>
  awsError(
    CNAMEAlreadyExists$,
    'One or more of the CNAMEs you provided are already associated with a different resource.',
  )

/** IllegalUpdate: what may not change. */
export const illegalUpdate = (member: string): AwsError =>
  awsError(IllegalUpdate$, `The update contains modifications that are not allowed: ${member}`)

/** InvalidTagging. */
export const invalidTagging = (message: string): AwsError => awsError(InvalidTagging$, message)
