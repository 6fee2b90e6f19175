import { partitionOf } from '../../kernel/partition.ts'
import type { Kind, WafScope } from './store.ts'

/** What an ARN of WAFv2 says. */
export interface EntityName {
  readonly kind: Kind
  readonly scope: WafScope
  readonly account: string
  readonly region: string
  readonly name: string
  readonly id: string
}

const form =
  /^arn:[a-z-]+:wafv2:([a-z0-9-]+):(\d{12}):(regional|global)\/(webacl|rulegroup|ipset|regexpatternset|managedruleset)\/([\w-]+)\/([\w-]+)$/

/** The ARN of an entity. */
export function entityArn({ kind, scope, account, region, name, id }: EntityName): string {
  const reach = scope === 'CLOUDFRONT' ? 'global' : 'regional'
  return `arn:${partitionOf(region)}:wafv2:${region}:${account}:${reach}/${kind}/${name}/${id}`
}

/** What an ARN names; undefined when it is none of WAFv2's. */
export function entityNamed(arn: string): EntityName | undefined {
  const match = form.exec(arn)
  if (!match) return undefined
  const [, region = '', account = '', reach, kind, name = '', id = ''] = match
  const scope = reach === 'global' ? 'CLOUDFRONT' : 'REGIONAL'
  return { kind: kind as Kind, scope, account, region, name, id }
}

/** The key of an entity's row. */
export function entityKey({
  kind,
  scope,
  name,
}: Pick<EntityName, 'kind' | 'scope' | 'name'>): string {
  return `${kind}/${scope}/${name}`
}

/** `awswaf:<account>:webacl:<name>:`, which the labels of its rules begin with. */
export function labelNamespace({
  account,
  kind,
  name,
}: Pick<EntityName, 'account' | 'kind' | 'name'>): string {
  return `awswaf:${account}:${kind}:${name}:`
}
