import { awsError } from '../../kernel/errors.ts'
import type { AwsError } from '../../kernel/errors.ts'
import { BadRequestException$, ForbiddenException$, NotFoundException$ } from './data/schemas.ts'

/** BadRequestException. */
export const badRequest = (message: string): AwsError =>
  awsError(BadRequestException$, message, { ErrorCode: 'BadRequest' })

/** ForbiddenException. */
export const forbidden = (message: string): AwsError =>
  awsError(ForbiddenException$, message, { ErrorCode: 'Forbidden' })

/** NotFoundException. */
export const notFound = (message: string): AwsError =>
  awsError(NotFoundException$, message, { ErrorCode: 'NotFound' })
