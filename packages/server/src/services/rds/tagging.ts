import type { Tag } from '@aws-sdk/client-rds'
import { invalidValue } from './errors.ts'

/** Tags by key. */
export type Tags = Readonly<Record<string, string>>

const maxTags = 50

/** Tags of a request, merged into those there are. Throws InvalidParameterValue. */
export function mergeTags(existing: Tags, added: readonly Tag[] | undefined): Tags {
  const merged: Record<string, string> = { ...existing }
  for (const { Key = '', Value = '' } of added ?? []) {
    if (Key === '' || Key.length > 128 || Value.length > 256) {
      throw invalidValue('Tag keys have 1 to 128 characters, values at most 256.')
    }
    if (/^(aws|rds):/i.test(Key)) {
      throw invalidValue('Tag keys must not begin with the reserved prefixes aws: and rds:.')
    }
    merged[Key] = Value
  }
  if (Object.keys(merged).length > maxTags) {
    throw invalidValue(`A resource can have at most ${maxTags} tags.`)
  }
  return merged
}

/** Tags as the API lists them. */
export function tagList(tags: Tags): Tag[] {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }))
}
