import { partitionOf } from '../../kernel/partition.ts'

/** What RDS's ARNs name (https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_Tagging.ARN.html). */
export type ArnType =
  'db' | 'cluster' | 'subgrp' | 'pg' | 'cluster-pg' | 'og' | 'snapshot' | 'cluster-snapshot'

/** An account and Region. */
export interface Place {
  readonly account: string
  readonly region: string
}

/** The ARN of something of RDS's. */
export function rdsArn({ account, region }: Place, type: ArnType, name: string): string {
  return `arn:${partitionOf(region)}:rds:${region}:${account}:${type}:${name}`
}

/** What an ARN of RDS's names; undefined when it is none. */
export function readArn(arn: string): (Place & { type: string; name: string }) | undefined {
  const [scheme, , service, region = '', account = '', type = '', ...rest] = arn.split(':')
  if (scheme !== 'arn' || service !== 'rds' || rest.length === 0) return undefined
  return { region, account, type, name: rest.join(':') }
}
