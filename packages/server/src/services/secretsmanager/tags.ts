import { TagResource$, UntagResource$ } from '@aws-sdk/client-secrets-manager'
import type { TagResourceRequest, UntagResourceRequest } from '@aws-sdk/client-secrets-manager'
import { operation } from '../../kernel/service.ts'
import { requestTagConditions } from '../../kernel/tag-conditions.ts'
import { onReplica } from './errors.ts'
import { saveSecret } from './secret-changes.ts'
import { live, secretAccess, seekSecret } from './secret-reference.ts'
import type { FoundSecret, SoughtSecret } from './secret-reference.ts'
import { mergeTags, refuseReserved, tagsOf } from './tagging.ts'

/** The secret, whoever keeps it, unless it is a replica. */
function taggable(sought: SoughtSecret): FoundSecret {
  const subject = live(sought)
  if (subject.row.primaryRegion !== undefined) throw onReplica()
  return subject
}

/** TagResource. */
export const TagResource = operation<TagResourceRequest, object, SoughtSecret>(TagResource$, {
  resolve: (input, ctx) => seekSecret(ctx, input.SecretId),
  access: (input, ctx, sought) =>
    secretAccess(ctx, sought, { conditions: requestTagConditions(tagsOf(input.Tags)) }),
  handle(input, ctx, sought) {
    const { row, tables } = taggable(sought)
    saveSecret(ctx, tables, { ...row, tags: mergeTags(ctx, row.tags, input.Tags) })
    return {}
  },
})

/** UntagResource; keys that are not there do not matter. */
export const UntagResource = operation<UntagResourceRequest, object, SoughtSecret>(UntagResource$, {
  resolve: (input, ctx) => seekSecret(ctx, input.SecretId),
  access: (input, ctx, sought) =>
    secretAccess(ctx, sought, { conditions: { 'aws:tagkeys': input.TagKeys ?? [] } }),
  handle(input, ctx, sought) {
    const { row, tables } = taggable(sought)
    const keys = input.TagKeys ?? []
    refuseReserved(ctx, keys)
    if (Object.keys(row.tags).length === 0) return {}
    const tags = Object.entries(row.tags).filter(([key]) => !keys.includes(key))
    saveSecret(ctx, tables, { ...row, tags: Object.fromEntries(tags), hadTags: true })
    return {}
  },
})
