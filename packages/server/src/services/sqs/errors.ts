import {
  InvalidAddress$,
  InvalidAttributeName$,
  InvalidAttributeValue$,
  InvalidMessageContents$,
  MessageNotInflight$,
  QueueDoesNotExist$,
  ReceiptHandleIsInvalid$,
  UnsupportedOperation$,
} from '@aws-sdk/client-sqs'
import { awsError, commonError } from '../../kernel/errors.ts'
import type { AwsError } from '../../kernel/errors.ts'

/** InvalidParameterValue, which SQS uses without modelling it. */
export const invalidParameter = (message: string): AwsError =>
  commonError('InvalidParameterValue', message, 400)

/** MissingParameter, which SQS uses without modelling it. */
export const missingParameter = (name: string): AwsError =>
  commonError('MissingParameter', `The request must contain the parameter ${name}.`, 400)

/** QueueDoesNotExist: `AWS.SimpleQueueService.NonExistentQueue` to those who speak Query. */
export const noQueue = (): AwsError =>
  awsError(QueueDoesNotExist$, 'The specified queue does not exist.')

/** InvalidAddress: a queue URL that is none. */
export const invalidAddress = (url: string): AwsError =>
  awsError(InvalidAddress$, `The address ${url} is not valid for this endpoint.`)

/** InvalidAttributeName. */
export const unknownAttribute = (name: string): AwsError =>
  awsError(InvalidAttributeName$, `Unknown Attribute ${name}.`)

/** InvalidAttributeValue. */
export const invalidAttribute = (name: string): AwsError =>
  awsError(InvalidAttributeValue$, `Invalid value for the parameter ${name}.`)

/** InvalidMessageContents. */
export const invalidContents = (): AwsError =>
  awsError(
    InvalidMessageContents$,
    'Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF',
  )

/** ReceiptHandleIsInvalid. */
export const invalidReceipt = (handle: string): AwsError =>
  awsError(
    ReceiptHandleIsInvalid$,
    `The input receipt handle "${handle}" is not a valid receipt handle.`,
  )

/** MessageNotInflight, whose shape has no message. */
export const notInflight = (): AwsError => awsError(MessageNotInflight$, '')

/** UnsupportedOperation. */
export const unsupported = (message: string): AwsError => awsError(UnsupportedOperation$, message)
