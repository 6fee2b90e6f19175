import { partitionOf } from '../../kernel/partition.ts'

/** Where a resource is. */
interface Place {
  readonly region: string
  readonly account: string
}

/** The ARN of a resource of SSM's: `resource` is what stands after the account. */
export function ssmArn({ region, account }: Place, resource: string): string {
  return `arn:${partitionOf(region)}:ssm:${region}:${account}:${resource}`
}

/** What operations on no resource in particular are authorised for: all of the account's. */
export function accountArn(place: Place): string {
  return ssmArn(place, '*')
}
