import { partitionOf } from '../../kernel/partition.ts'

/** Where a resource of Lambda is. */
export interface Place {
  readonly accountId: string
  readonly region: string
}

/** The ARN of a function, or of a version or alias of it. */
export function functionArn(
  { accountId, region }: Place,
  name: string,
  qualifier?: string,
): string {
  const arn = `arn:${partitionOf(region)}:lambda:${region}:${accountId}:function:${name}`
  return qualifier === undefined ? arn : `${arn}:${qualifier}`
}

/** The ARN of a layer, or of a version of it. */
export function layerArn({ accountId, region }: Place, name: string, version?: number): string {
  const arn = `arn:${partitionOf(region)}:lambda:${region}:${accountId}:layer:${name}`
  return version === undefined ? arn : `${arn}:${version}`
}

/** The ARN of an event source mapping. */
export function mappingArn({ accountId, region }: Place, uuid: string): string {
  return `arn:${partitionOf(region)}:lambda:${region}:${accountId}:event-source-mapping:${uuid}`
}
