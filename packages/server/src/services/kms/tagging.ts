import { TagException$ } from '@aws-sdk/client-kms'
import type { Tag } from '@aws-sdk/client-kms'
import { awsError } from '../../kernel/errors.ts'
import type { KeyTag } from './store.ts'

/** A key has at most this many tags (KMS Developer Guide, "Quotas"). */
const maxTags = 50

/** Refuses tag keys that AWS keeps for itself, which nobody may add, change or remove. */
export function refuseReserved(key: string): void {
  if (key.toLowerCase().startsWith('aws:')) {
    throw awsError(TagException$, 'Tags beginning with aws: are reserved')
  }
}

/** Checks tags of a request and merges them into those a key has. */
export function mergeTags(
  existing: readonly KeyTag[],
  added: readonly Tag[] | undefined,
): readonly KeyTag[] {
  const merged = new Map(existing.map((tag) => [tag.key, tag.value]))
  const seen = new Set<string>()
  for (const { TagKey = '', TagValue = '' } of added ?? []) {
    if (seen.has(TagKey)) throw awsError(TagException$, 'Duplicate tag keys')
    refuseReserved(TagKey)
    seen.add(TagKey)
    merged.set(TagKey, TagValue)
  }
  if (merged.size > maxTags) throw awsError(TagException$, 'Too many tags')
  return [...merged].map(([key, value]) => ({ key, value }))
}

/** Tags as the API writes them. */
export function tagsOut(tags: readonly KeyTag[]): Tag[] {
  return tags.map(({ key, value }) => ({ TagKey: key, TagValue: value }))
}
