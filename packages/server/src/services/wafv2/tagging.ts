import type { Tag } from '@aws-sdk/client-wafv2'
import { invalidParameter, tagRefused } from './errors.ts'

const maxTags = 50

/** Tags of a request by key. */
export function tagMap(tags: readonly Tag[] | undefined): Record<string, string> {
  return Object.fromEntries((tags ?? []).map(({ Key = '', Value = '' }) => [Key, Value]))
}

/** Merges tags of a request into those there are. Throws WAFInvalidParameterException and WAFTagOperationException. */
export function checkedTags(
  existing: Readonly<Record<string, string>>,
  added: readonly Tag[] | undefined,
): Record<string, string> {
  const wanted = tagMap(added)
  if (Object.keys(wanted).length < (added?.length ?? 0)) {
    throw invalidParameter('TAGS', 'Tags', 'Tag keys must be unique.')
  }
  const reserved = Object.keys(wanted).find((key) => key.toLowerCase().startsWith('aws:'))
  if (reserved !== undefined) {
    throw invalidParameter('TAG_KEYS', reserved, 'Tag keys that begin with aws: are reserved.')
  }
  const merged = { ...existing, ...wanted }
  if (Object.keys(merged).length > maxTags) {
    throw tagRefused('The number of tags exceeds the limit of 50 for a resource.')
  }
  return merged
}
