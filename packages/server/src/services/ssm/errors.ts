import {
  HierarchyLevelLimitExceededException$,
  HierarchyTypeMismatchException$,
  IncompatiblePolicyException$,
  InvalidAllowedPatternException$,
  InvalidFilterKey$,
  InvalidFilterOption$,
  InvalidFilterValue$,
  InvalidKeyId$,
  InvalidNextToken$,
  InvalidPolicyAttributeException$,
  InvalidPolicyTypeException$,
  InvalidResourceId$,
  MalformedResourcePolicyDocumentException$,
  ParameterAlreadyExists$,
  ParameterLimitExceeded$,
  ParameterMaxVersionLimitExceeded$,
  ParameterNotFound$,
  ParameterPatternMismatchException$,
  ParameterVersionLabelLimitExceeded$,
  ParameterVersionNotFound$,
  PoliciesLimitExceededException$,
  ResourceNotFoundException$,
  ResourcePolicyConflictException$,
  ResourcePolicyInvalidParameterException$,
  ResourcePolicyLimitExceededException$,
  ResourcePolicyNotFoundException$,
  ServiceSettingNotFound$,
  TooManyTagsError$,
} from '@aws-sdk/client-ssm'
import { awsError, commonError } from '../../kernel/errors.ts'
import type { AwsError } from '../../kernel/errors.ts'

/** ValidationException, which SSM uses without modelling it. */
export const validation = (message: string): AwsError =>
  commonError('ValidationException', message, 400)

/** AccessDeniedException for names that belong to AWS. */
export const reservedName = (name: string): AwsError =>
  commonError('AccessDeniedException', `No access to reserved parameter name: ${name}.`, 400)

/** ParameterNotFound, whose message AWS leaves empty. */
export const notFound = (message = ''): AwsError => awsError(ParameterNotFound$, message)

/** ParameterVersionNotFound for a version number or a label. */
export const noVersion = (name: string, selector: string): AwsError => {
  const kind = /^\d+$/.test(selector) ? 'version' : 'label'
  return awsError(
    ParameterVersionNotFound$,
    `Systems Manager could not find ${kind} ${selector} of ${name}. Verify the ${kind} and try again.`,
  )
}

/** ParameterAlreadyExists. */
export const alreadyExists = (): AwsError =>
  awsError(
    ParameterAlreadyExists$,
    'The parameter already exists. To overwrite this value, set the overwrite option in the request to true.',
  )

/** ParameterLimitExceeded. */
export const tooManyParameters = (): AwsError =>
  awsError(
    ParameterLimitExceeded$,
    'You have exceeded the number of parameters for this AWS account. Delete one or more parameters and try again.',
  )

/** ParameterMaxVersionLimitExceeded: the oldest of 100 versions carries a label. */
export const oldestIsLabelled = (name: string, version: number): AwsError =>
  awsError(
    ParameterMaxVersionLimitExceeded$,
    `You attempted to create a new version of ${name} by calling the PutParameter API with the overwrite flag. Version ${version}, the oldest version, can't be deleted because it has a label associated with it. Move the label to another version of the parameter, and try again.`,
  )

/** HierarchyLevelLimitExceededException. */
export const tooDeep = (): AwsError =>
  awsError(
    HierarchyLevelLimitExceededException$,
    'A hierarchy can have a maximum of 15 levels. For more information, see Requirements and constraints for parameter names in the AWS Systems Manager User Guide.',
  )

/** HierarchyTypeMismatchException. */
export const typeIsFixed = (): AwsError =>
  awsError(
    HierarchyTypeMismatchException$,
    "Parameter Store doesn't support changing a parameter type in a hierarchy. For example, you can't change a parameter from a String type to a SecureString type. You must create a new, unique parameter.",
  )

/** InvalidAllowedPatternException. */
export const badPattern = (): AwsError =>
  awsError(
    InvalidAllowedPatternException$,
    "The request doesn't meet the regular expression requirement.",
  )

/** ParameterPatternMismatchException. */
export const patternMismatch = (pattern: string): AwsError =>
  awsError(
    ParameterPatternMismatchException$,
    `Parameter value, cannot be validated against allowedPattern: ${pattern}`,
  )

/** InvalidKeyId: whatever KMS has against the key, access apart. */
export const invalidKey = (message: string): AwsError => awsError(InvalidKeyId$, message)

/** InvalidNextToken. */
export const invalidToken = (): AwsError =>
  awsError(InvalidNextToken$, 'The specified token is not valid.')

/** InvalidFilterKey. */
export const filterKey = (message: string): AwsError => awsError(InvalidFilterKey$, message)

/** InvalidFilterOption. */
export const filterOption = (message: string): AwsError => awsError(InvalidFilterOption$, message)

/** InvalidFilterValue. */
export const filterValue = (message: string): AwsError => awsError(InvalidFilterValue$, message)

/** InvalidPolicyTypeException. */
export const policyType = (type: string): AwsError =>
  awsError(
    InvalidPolicyTypeException$,
    `The policy type ${type} isn't supported. Parameter Store supports the following policy types: Expiration, ExpirationNotification, and NoChangeNotification.`,
  )

/** InvalidPolicyAttributeException. */
export const policyAttribute = (message: string): AwsError =>
  awsError(InvalidPolicyAttributeException$, message)

/** IncompatiblePolicyException. */
export const incompatiblePolicies = (message: string): AwsError =>
  awsError(IncompatiblePolicyException$, message)

/** PoliciesLimitExceededException. */
export const tooManyPolicies = (): AwsError =>
  awsError(
    PoliciesLimitExceededException$,
    'You specified more than the maximum number of allowed policies for the parameter. The maximum is 10.',
  )

/** ParameterVersionLabelLimitExceeded. */
export const tooManyLabels = (): AwsError =>
  awsError(
    ParameterVersionLabelLimitExceeded$,
    'A parameter version can have maximum 10 labels. Move one or more labels to another version and try again.',
  )

/** InvalidResourceId. */
export const invalidResource = (): AwsError =>
  awsError(
    InvalidResourceId$,
    "The resource ID isn't valid. Verify that you entered the correct ID and try again.",
  )

/** TooManyTagsError. */
export const tooManyTags = (): AwsError =>
  awsError(TooManyTagsError$, 'A parameter can have a maximum of 50 tags.')

/** ServiceSettingNotFound. */
export const noSetting = (id: string): AwsError =>
  awsError(ServiceSettingNotFound$, `Setting with ID ${id} was not found.`)

/** ResourceNotFoundException: no such parameter to share. */
export const noResource = (): AwsError =>
  awsError(ResourceNotFoundException$, 'The specified parameter to be shared could not be found.')

/** ResourcePolicyInvalidParameterException. */
export const invalidPolicyParameter = (name: string, message: string): AwsError =>
  awsError(ResourcePolicyInvalidParameterException$, message, { ParameterNames: [name] })

/** ResourcePolicyLimitExceededException. */
export const policyLimit = (LimitType: string, Limit: number, message: string): AwsError =>
  awsError(ResourcePolicyLimitExceededException$, message, { Limit, LimitType })

/** ResourcePolicyConflictException. */
export const policyConflict = (): AwsError =>
  awsError(
    ResourcePolicyConflictException$,
    "The hash provided in the call doesn't match the stored hash.",
  )

/** ResourcePolicyNotFoundException. */
export const noResourcePolicy = (): AwsError =>
  awsError(
    ResourcePolicyNotFoundException$,
    'No policies with the specified policy ID and hash could be found.',
  )

/** MalformedResourcePolicyDocumentException. */
export const malformedPolicy = (message: string): AwsError =>
  awsError(MalformedResourcePolicyDocumentException$, message)
