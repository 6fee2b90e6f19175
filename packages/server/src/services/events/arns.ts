import { partitionOf } from '../../kernel/partition.ts'

/** An account and Region. */
export interface Place {
  readonly account: string
  readonly region: string
}

/** The ARN of an EventBridge resource: `event-bus/x`, `archive/x`. */
export function arnOf({ account, region }: Place, resource: string): string {
  return `arn:${partitionOf(region)}:events:${region}:${account}:${resource}`
}

/** The ARN of a rule; the default bus is not named in it. */
export function ruleArn(place: Place, bus: string, name: string): string {
  return arnOf(place, bus === 'default' ? `rule/${name}` : `rule/${bus}/${name}`)
}

/** An ARN taken apart. */
export interface ArnParts extends Place {
  readonly service: string
  readonly resource: string
}

const arnForm = /^arn:[a-z-]+:([^:]*):([^:]*):([^:]*):(.+)$/s

/** Takes an ARN apart; undefined when it is none. */
export function arnParts(arn: string): ArnParts | undefined {
  const [, service, region, account, resource] = arnForm.exec(arn) ?? []
  if (service === undefined || region === undefined || account === undefined) return undefined
  return { service, region, account, resource: resource ?? '' }
}
