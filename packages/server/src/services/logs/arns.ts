import type { Context } from '../../kernel/context.ts'
import { invalid } from './errors.ts'

/** The account and Region that an ARN is made for. */
export type Place = Pick<Context, 'account' | 'region'>

function partitionOf(region: string): string {
  if (region.startsWith('cn-')) return 'aws-cn'
  return region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws'
}

/** A log group's ARN, without the `:*` that stands for its streams. */
export function groupArn({ account, region }: Place, name: string): string {
  return `arn:${partitionOf(region)}:logs:${region}:${account}:log-group:${name}`
}

/** A log stream's ARN. */
export function streamArn(place: Place, group: string, stream: string): string {
  return `${groupArn(place, group)}:log-stream:${stream}`
}

/**
 * The name in a log group identifier: the name itself, or an ARN of this account and Region.
 * Throws InvalidParameterException.
 */
export function groupNameOf(place: Place, identifier: string): string {
  if (!identifier.startsWith('arn:')) return identifier
  const prefix = groupArn(place, '')
  if (!identifier.startsWith(prefix))
    throw invalid('The specified log group identifier is invalid.')
  return identifier.slice(prefix.length).replace(/:\*$/, '')
}

/** The log group that an operation names by exactly one of a name and an identifier. */
export function namedGroup(
  place: Place,
  input: { logGroupName?: string | undefined; logGroupIdentifier?: string | undefined },
): string {
  const { logGroupName, logGroupIdentifier } = input
  if (logGroupName !== undefined && logGroupIdentifier !== undefined) {
    throw invalid('LogGroup name and LogGroup ARN are mutually exclusive parameters.')
  }
  const identifier = logGroupIdentifier ?? logGroupName
  if (identifier === undefined) {
    throw invalid('Either logGroupName or logGroupIdentifier must be specified.')
  }
  return groupNameOf(place, identifier)
}
