import type { Tag } from '@aws-sdk/client-cloudfront'
import { invalidTagging } from './errors.ts'

const maxTags = 50

/** Tags as CloudFront's documents list them. */
export interface TagItems {
  readonly Items?: readonly Tag[] | undefined
}

/** Tags of a request by key. */
export function tagMap(tags: TagItems | undefined): Record<string, string> {
  return Object.fromEntries((tags?.Items ?? []).map(({ Key = '', Value = '' }) => [Key, Value]))
}

/** Merges tags of a request into those there are. Throws InvalidTagging. */
export function checkedTags(
  existing: Readonly<Record<string, string>>,
  added: TagItems | undefined,
): Record<string, string> {
  const wanted = tagMap(added)
  if (Object.keys(wanted).length < (added?.Items?.length ?? 0)) {
    throw invalidTagging('Tag keys must be unique.')
  }
  if (Object.keys(wanted).some((key) => key.toLowerCase().startsWith('aws:'))) {
    throw invalidTagging('Tag keys must not start with aws:.')
  }
  const merged = { ...existing, ...wanted }
  if (Object.keys(merged).length > maxTags) {
    throw invalidTagging('The number of tags exceeds the limit of 50.')
  }
  return merged
}
