import type { Tag } from '@aws-sdk/client-ecr'
import { invalidTag, tooManyTags } from './errors.ts'

const maxTags = 50

/** Tags of a request by key. */
export function tagMap(tags: readonly Tag[] = []): Record<string, string> {
  return Object.fromEntries(tags.map(({ Key = '', Value = '' }) => [Key, Value]))
}

/** Merges tags of a request into those there are. Throws InvalidTagParameterException and TooManyTagsException. */
export function mergeTags(
  existing: Readonly<Record<string, string>>,
  added: readonly Tag[] = [],
): Record<string, string> {
  const wanted = tagMap(added)
  if (Object.keys(wanted).length < added.length) {
    throw invalidTag('Duplicate tag keys found. Please note that tag keys are case sensitive.')
  }
  if (Object.keys(wanted).some((key) => key.toLowerCase().startsWith('aws:'))) {
    throw invalidTag("Tag keys can't start with 'aws:'.")
  }
  const merged = { ...existing, ...wanted }
  if (Object.keys(merged).length > maxTags) throw tooManyTags()
  return merged
}
