import {
  AWSOrganizationsNotInUseException$,
  AccessDeniedException$,
  AccountNotFoundException$,
  ConstraintViolationException$,
  HandshakeConstraintViolationException$,
  InvalidInputException$,
  MalformedPolicyDocumentException$,
  OrganizationalUnitNotFoundException$,
  ParentNotFoundException$,
  PolicyNotFoundException$,
  RootNotFoundException$,
  TargetNotFoundException$,
  type ConstraintViolationExceptionReason,
  type HandshakeConstraintViolationExceptionReason,
  type InvalidInputExceptionReason,
} from '@aws-sdk/client-organizations'
import { awsError, type AwsError } from '../../kernel/errors.ts'

/** The caller's account is in no organization. */
export const notInUse = (): AwsError =>
  awsError(AWSOrganizationsNotInUseException$, 'Your account is not a member of an organization.')

/** The caller's account is in the organization and still may not do this. */
export const forbidden = (): AwsError =>
  awsError(AccessDeniedException$, "You don't have permissions to access this resource.")

/** InvalidInputException with its reason. */
export const invalidInput = (
  reason: InvalidInputExceptionReason,
  message = 'You specified an invalid value.',
): AwsError => awsError(InvalidInputException$, message, { Reason: reason })

/** ConstraintViolationException with its reason. */
export const constraint = (reason: ConstraintViolationExceptionReason, message: string): AwsError =>
  awsError(ConstraintViolationException$, message, { Reason: reason })

/** HandshakeConstraintViolationException with its reason. */
export const handshakeConstraint = (
  reason: HandshakeConstraintViolationExceptionReason,
  message: string,
): AwsError => awsError(HandshakeConstraintViolationException$, message, { Reason: reason })

/** AccountNotFoundException. */
export const accountNotFound = (): AwsError =>
  awsError(AccountNotFoundException$, "You specified an account that doesn't exist.")

/** OrganizationalUnitNotFoundException. */
export const unitNotFound = (): AwsError =>
  awsError(
    OrganizationalUnitNotFoundException$,
    "You specified an organizational unit that doesn't exist.",
  )

/** ParentNotFoundException. */
export const parentNotFound = (): AwsError =>
  awsError(ParentNotFoundException$, "You specified parent that doesn't exist.")

/** RootNotFoundException. */
export const rootNotFound = (): AwsError =>
  awsError(RootNotFoundException$, "You specified a root that doesn't exist.")

/** PolicyNotFoundException. */
export const policyNotFound = (): AwsError =>
  awsError(PolicyNotFoundException$, "You specified a policy that doesn't exist.")

/** TargetNotFoundException. */
export const targetNotFound = (): AwsError =>
  awsError(TargetNotFoundException$, "You specified a target that doesn't exist.")

/** MalformedPolicyDocumentException, saying what is wrong. */
export const malformed = (
  message = 'The provided policy document does not meet the requirements of the specified policy type.',
): AwsError => awsError(MalformedPolicyDocumentException$, message)
