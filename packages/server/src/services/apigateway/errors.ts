import {
  BadRequestException$,
  ConflictException$,
  LimitExceededException$,
  NotFoundException$,
} from '@aws-sdk/client-api-gateway'
import { awsError } from '../../kernel/errors.ts'
import type { AwsError } from '../../kernel/errors.ts'

/** BadRequestException. */
export const badRequest = (message: string): AwsError => awsError(BadRequestException$, message)

/** ConflictException. */
export const conflict = (message: string): AwsError => awsError(ConflictException$, message)

/** LimitExceededException. */
export const limitExceeded = (message: string): AwsError =>
  awsError(LimitExceededException$, message)

/** NotFoundException, of what a call names (`stage`, `Resource`, `Method`). */
export const notFound = (what: string): AwsError =>
  awsError(NotFoundException$, `Invalid ${what} identifier specified`)

/** NotFoundException, of an API. */
export const noSuchApi = (account: string, id: string): AwsError =>
  awsError(NotFoundException$, `Invalid API identifier specified ${account}:${id}`)

/** NotFoundException, of an ARN that names nothing with tags. */
export const noSuchTagged = (): AwsError =>
  awsError(NotFoundException$, 'Invalid resource identifier specified')
