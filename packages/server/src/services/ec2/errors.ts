import { commonError, type AwsError } from '../../kernel/errors.ts'

/** `InvalidVpcID.NotFound` and its like, which no model of EC2's lists. */
export const notFound = (kind: 'VpcID' | 'SubnetID' | 'Group', id: string): AwsError => {
  const words = { VpcID: 'vpc', SubnetID: 'subnet', Group: 'security group' }
  return commonError(`Invalid${kind}.NotFound`, `The ${words[kind]} ID '${id}' does not exist`)
}

/** InvalidParameterValue. */
export const invalid = (message: string): AwsError => commonError('InvalidParameterValue', message)

/** DependencyViolation: something must go first. */
export const dependency = (what: string, id: string): AwsError =>
  commonError('DependencyViolation', `The ${what} '${id}' has dependencies and cannot be deleted.`)
