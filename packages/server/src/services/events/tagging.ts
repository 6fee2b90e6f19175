import type { Tag } from '@aws-sdk/client-eventbridge'
import { limitExceeded, validation } from './errors.ts'
import type { TagRow } from './store.ts'

const maxTags = 50

/** Checks the tags of a request and merges them into those that are there. */
export function mergeTags(
  existing: readonly TagRow[],
  added: readonly Tag[] | undefined,
): readonly TagRow[] {
  const merged = new Map(existing.map(({ key, value }) => [key, value]))
  for (const { Key = '', Value = '' } of added ?? []) {
    refuseReserved(Key)
    merged.set(Key, Value)
  }
  if (merged.size > maxTags) throw limitExceeded()
  return [...merged].map(([key, value]) => ({ key, value }))
}

/** Nobody but AWS makes or removes tags that start with `aws:`. */
export function refuseReserved(key: string): void {
  if (key.toLowerCase().startsWith('aws:')) {
    throw validation('System tags cannot be added/updated by requester')
  }
}

/** Tags as the API writes them. */
export function tagsOut(tags: readonly TagRow[]): Tag[] {
  return tags.map(({ key, value }) => ({ Key: key, Value: value }))
}
