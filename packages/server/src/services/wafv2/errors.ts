import {
  WAFAssociatedItemException$,
  WAFDuplicateItemException$,
  WAFExpiredManagedRuleGroupVersionException$,
  WAFInvalidOperationException$,
  WAFInvalidParameterException$,
  WAFInvalidPermissionPolicyException$,
  WAFInvalidResourceException$,
  WAFLimitsExceededException$,
  WAFLogDestinationPermissionIssueException$,
  WAFNonexistentItemException$,
  WAFOptimisticLockException$,
  WAFSubscriptionNotFoundException$,
  WAFTagOperationException$,
  WAFUnavailableEntityException$,
  WAFUnsupportedAggregateKeyTypeException$,
} from '@aws-sdk/client-wafv2'
import type { ParameterExceptionField } from '@aws-sdk/client-wafv2'
import type { StaticErrorSchema } from '@smithy/types'
import { AwsError, awsError } from '../../kernel/errors.ts'

/** AWS's own words for what is wrong with a parameter. */
export const reasons = {
  format: 'The parameter contains formatting that is not valid.',
  scope: 'The scope is not valid.',
  arn: "The ARN isn't valid. A valid ARN begins with arn: and includes other information separated by colons or slashes.",
  reference: 'A reference in your rule statement is not valid.',
  exactlyOne: 'You have used none or multiple values for a field that requires exactly one value.',
  unsupported: 'The parameter is not supported.',
  logDestination: 'The ARN of the log destination is not valid.',
} as const

/** WAFInvalidParameterException, worded as AWS words it. */
export function invalidParameter(
  field: ParameterExceptionField | undefined,
  parameter: string,
  reason: string,
): AwsError {
  const place = field === undefined ? '' : `, field: ${field}`
  return awsError(
    WAFInvalidParameterException$,
    `Error reason: ${reason}${place}, parameter: ${parameter}`,
    { ...(field !== undefined && { Field: field }), Parameter: parameter, Reason: reason },
  )
}

/** Errors of WAFv2 have their text in `Message`, but for WAFInvalidParameterException. */
function wafError(schema: StaticErrorSchema, message: string): AwsError {
  return awsError(schema, message, { Message: message })
}

/** WAFNonexistentItemException. */
export const nonexistent = (): AwsError =>
  wafError(
    WAFNonexistentItemException$,
    'AWS WAF couldn’t perform the operation because your resource doesn’t exist.',
  )

/** WAFDuplicateItemException. */
export const duplicate = (): AwsError =>
  wafError(
    WAFDuplicateItemException$,
    'AWS WAF couldn’t perform the operation because some resource in your request is a duplicate of an existing one.',
  )

/** WAFOptimisticLockException: the lock token is not that of the resource as it is. */
export const lockLost = (): AwsError =>
  wafError(
    WAFOptimisticLockException$,
    'AWS WAF couldn’t save your changes because someone changed the resource after you started to edit it. Reapply your changes.',
  )

/** WAFAssociatedItemException: something else uses the resource. */
export const associated = (): AwsError =>
  wafError(
    WAFAssociatedItemException$,
    'AWS WAF couldn’t perform the operation because your resource is being used by another resource or it’s associated with another resource.',
  )

/** WAFLimitsExceededException. */
export const limitExceeded = (): AwsError =>
  wafError(
    WAFLimitsExceededException$,
    'AWS WAF couldn’t perform the operation because you exceeded your resource limit.',
  )

/** WAFUnavailableEntityException: what the request names cannot be had. */
export const unavailable = (): AwsError =>
  wafError(
    WAFUnavailableEntityException$,
    'AWS WAF couldn’t retrieve the resource that you requested. Retry your request.',
  )

/** WAFInvalidResourceException. */
export const invalidResource = (): AwsError =>
  wafError(
    WAFInvalidResourceException$,
    'AWS WAF couldn’t perform the operation because the resource that you requested isn’t valid. Check the resource, and try again.',
  )

/** WAFInvalidOperationException. */
export const invalidOperation = (message = "The operation isn't valid."): AwsError =>
  wafError(WAFInvalidOperationException$, message)

/** WAFExpiredManagedRuleGroupVersionException. */
export const expiredVersion = (): AwsError =>
  wafError(
    WAFExpiredManagedRuleGroupVersionException$,
    'The operation failed because the specified version for the managed rule group has expired.',
  )

/** WAFInvalidPermissionPolicyException. */
export const invalidPolicy = (message: string): AwsError =>
  wafError(WAFInvalidPermissionPolicyException$, message)

/** WAFLogDestinationPermissionIssueException. */
export const logDestinationRefused = (): AwsError =>
  wafError(
    WAFLogDestinationPermissionIssueException$,
    "The operation failed because you don't have the permissions that your logging configuration requires.",
  )

/** WAFTagOperationException. */
export const tagRefused = (message: string): AwsError =>
  wafError(WAFTagOperationException$, message)

/** WAFUnsupportedAggregateKeyTypeException. */
export const unsupportedKeyType = (): AwsError =>
  wafError(
    WAFUnsupportedAggregateKeyTypeException$,
    'The rule that you’ve named doesn’t aggregate solely on the IP address or solely on the forwarded IP address.',
  )

/** Whether an error says that its resource is not there. */
export const isNonexistent = (error: unknown): boolean =>
  error instanceof AwsError && error.code === 'WAFNonexistentItemException'

/** WAFSubscriptionNotFoundException: a managed rule group of a vendor whose product nobody can subscribe to here. */
export const notSubscribed = (): AwsError =>
  wafError(
    WAFSubscriptionNotFoundException$,
    'You tried to use a managed rule group that’s available by subscription, but you aren’t subscribed to it yet.',
  )
