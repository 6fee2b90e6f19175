import type { Tag } from '@aws-sdk/client-cloudwatch'
import { invalidValue } from './errors.ts'

const maxTags = 50

/** Tags of a request as a map. */
export function tagMap(tags: readonly Tag[] | undefined): Readonly<Record<string, string>> {
  return Object.fromEntries((tags ?? []).map(({ Key = '', Value = '' }) => [Key, Value]))
}

/** Tags as the API writes them. */
export function tagsOut(tags: Readonly<Record<string, string>>): Tag[] {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }))
}

/** Tags added to those that are there. Throws InvalidParameterValue. */
export function mergeTags(
  existing: Readonly<Record<string, string>>,
  added: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  for (const key of Object.keys(added)) {
    if (key.toLowerCase().startsWith('aws:')) {
      throw invalidValue('Tag keys that begin with aws: are reserved.')
    }
  }
  const merged = { ...existing, ...added }
  if (Object.keys(merged).length > maxTags) {
    throw invalidValue(`A resource can have no more than ${maxTags} tags.`)
  }
  return merged
}
