import type { Tag } from '@aws-sdk/client-ssm'
import { tooManyTags, validation } from './errors.ts'

const maxTags = 50

/** The tags of a request by key. */
export function tagsOf(tags: readonly Tag[] | undefined): Record<string, string> {
  return Object.fromEntries((tags ?? []).map(({ Key, Value }) => [Key ?? '', Value ?? '']))
}

/** Puts tags of a request over those there are, within AWS's limits. Throws TooManyTagsError. */
export function mergeTags(
  before: Readonly<Record<string, string>>,
  added: readonly Tag[] | undefined,
): Record<string, string> {
  const keys = (added ?? []).map(({ Key = '' }) => Key)
  if (new Set(keys).size < keys.length) {
    throw validation('Duplicate tag keys found. Please note that Tag keys are case sensitive.')
  }
  if (keys.some((key) => key.toLowerCase().startsWith('aws:'))) {
    throw validation('aws: prefixed tag key names are not allowed for external use.')
  }
  const merged = { ...before, ...tagsOf(added) }
  if (Object.keys(merged).length > maxTags) throw tooManyTags()
  return merged
}
