import type { Tag } from '@aws-sdk/client-elastic-load-balancing-v2'
import type { Access } from '../../kernel/service.ts'
import { requestTagConditions, resourceTagConditions } from '../../kernel/tag-conditions.ts'
import type { Named } from './store.ts'

/** The permission that a call needs on something that is there. */
export function accessTo(
  row: { readonly arn: string; readonly tags: Named },
  further: Access['conditions'] = {},
): Access {
  const tags = resourceTagConditions(row.tags, 'elasticloadbalancing')
  return { resource: row.arn, conditions: { ...tags, ...further } }
}

/** The permissions to make something with tags: making it, and tagging it as part of that. */
export function accessToMake(
  action: string,
  resource: string,
  tags: readonly Tag[] | undefined,
  further: Access['conditions'] = {},
): Access[] {
  const conditions = { ...requestTagConditions(tags), ...further }
  const make: Access = { resource, conditions }
  if (!tags?.length) return [make]
  const creates = { ...conditions, 'elasticloadbalancing:createaction': action }
  return [make, { action: 'elasticloadbalancing:AddTags', resource, conditions: creates }]
}
