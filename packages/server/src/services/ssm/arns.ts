/** Where a resource is. */
interface Place {
  readonly region: string
  readonly account: string
}

/** The ARN of a resource of SSM's: `resource` is what stands after the account. */
export function ssmArn({ region, account }: Place, resource: string): string {
  const partition = region.startsWith('cn-') ? 'aws-cn' : 'aws'
  return `arn:${partition}:ssm:${region}:${account}:${resource}`
}

/** What operations on no resource in particular are authorised for: all of the account's. */
export function accountArn(place: Place): string {
  return ssmArn(place, '*')
}
