import { requestTagConditions } from '../../kernel/tag-conditions.ts'
import {
  ListTagsForResource$,
  TagResource$,
  UntagResource$,
  type ListTagsForResourceRequest,
  type ListTagsForResourceResponse,
  type TagResourceRequest,
  type UntagResourceRequest,
} from '@aws-sdk/client-organizations'
import { targetNotFound } from './errors.ts'
import { organizationOperation, type Membership } from './organization-operation.ts'
import { pageOf } from './paging.ts'
import { placeArn } from './places.ts'
import { policyArn } from './policies.ts'
import { members, organizations, policies, units, type TagRow } from './store.ts'
import { newTags } from './tagging.ts'

/** TagResource: a root, OU, account, policy or the resource policy. */
export const TagResource = organizationOperation<TagResourceRequest, object>(TagResource$, {
  callers: 'management',
  delegable: true,
  resources: async (input, at) => [await taggedArn(at, input.ResourceId)],
  conditions: (input) => requestTagConditions(input.Tags),
  async handle(input, at) {
    const holder = await holderOf(at, input.ResourceId)
    holder.put(newTags(holder.tags, input.Tags))
    return {}
  },
})

/** UntagResource. */
export const UntagResource = organizationOperation<UntagResourceRequest, object>(UntagResource$, {
  callers: 'management',
  delegable: true,
  resources: async (input, at) => [await taggedArn(at, input.ResourceId)],
  conditions: (input) => ({ 'aws:tagkeys': input.TagKeys ?? [] }),
  async handle(input, at) {
    const holder = await holderOf(at, input.ResourceId)
    holder.put(holder.tags.filter(({ key }) => !input.TagKeys?.includes(key)))
    return {}
  },
})

/** ListTagsForResource. */
export const ListTagsForResource = organizationOperation<
  ListTagsForResourceRequest,
  ListTagsForResourceResponse
>(ListTagsForResource$, {
  callers: 'readers',
  delegable: true,
  resources: async (input, at) => [await taggedArn(at, input.ResourceId)],
  async handle(input, at) {
    const { tags } = await holderOf(at, input.ResourceId)
    const list = {
      name: `tags/${input.ResourceId}`,
      items: tags.map(({ key, value }) => ({ Key: key, Value: value })),
    }
    const { items, ...page } = pageOf(at.ctx, { ...list }, { ...input, MaxResults: 50 })
    return { Tags: items, ...page }
  },
})

interface Holder {
  readonly tags: readonly TagRow[]
  readonly put: (tags: readonly TagRow[]) => void
}

/** What an id names, as a holder of tags. Throws TargetNotFoundException. */
async function holderOf({ organization, tables }: Membership, id = ''): Promise<Holder> {
  const root = tables.table(organizations)
  if (id === organization.rootId) {
    const put = (rootTags: readonly TagRow[]) =>
      root.put(organization.id, { ...organization, rootTags })
    return { tags: organization.rootTags, put }
  }
  const { resourcePolicy } = organization
  if (resourcePolicy && id === resourcePolicy.id) {
    const put = (tags: readonly TagRow[]) =>
      root.put(organization.id, { ...organization, resourcePolicy: { ...resourcePolicy, tags } })
    return { tags: resourcePolicy.tags, put }
  }
  const unit = await tables.table(units).get(id)
  if (unit)
    return { tags: unit.tags, put: (tags) => tables.table(units).put(id, { ...unit, tags }) }
  const member = await tables.table(members).get(id)
  if (member) {
    return { tags: member.tags, put: (tags) => tables.table(members).put(id, { ...member, tags }) }
  }
  const policy = await tables.table(policies).get(id)
  if (!policy) throw targetNotFound()
  return { tags: policy.tags, put: (tags) => tables.table(policies).put(id, { ...policy, tags }) }
}

async function taggedArn(at: Membership, id = ''): Promise<string> {
  if (id.startsWith('p-')) return policyArn(at, id)
  const { id: organizationId, managementAccount } = at.organization
  return id.startsWith('rp-')
    ? `arn:aws:organizations::${managementAccount}:resourcepolicy/${organizationId}/${id}`
    : placeArn(at.organization, id)
}
