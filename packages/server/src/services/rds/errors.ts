import {
  DBInstanceAlreadyExistsFault$,
  DBInstanceNotFoundFault$,
  InvalidDBInstanceStateFault$,
} from '@aws-sdk/client-rds'
import { awsError, commonError, type AwsError } from '../../kernel/errors.ts'

/** 400 InvalidParameterValue, which no model lists. */
export const invalidValue = (message: string): AwsError =>
  commonError('InvalidParameterValue', message)

/** 400 InvalidParameterCombination, which no model lists. */
export const invalidCombination = (message: string): AwsError =>
  commonError('InvalidParameterCombination', message)

/** 404 DBInstanceNotFound. */
export const noInstance = (identifier: string): AwsError =>
  awsError(DBInstanceNotFoundFault$, `DBInstance ${identifier} not found.`)

/** 400 DBInstanceAlreadyExists. */
export const instanceExists = (): AwsError =>
  awsError(DBInstanceAlreadyExistsFault$, 'DB instance already exists')

/** 400 InvalidDBInstanceState. */
export const wrongInstanceState = (message: string): AwsError =>
  awsError(InvalidDBInstanceStateFault$, message)
