import type { Tag } from '@aws-sdk/client-iam'
import type { TagRow } from '../../kernel/identity/tables.ts'
import { invalidInput, limitExceeded } from './errors.ts'

/** Condition keys with their values, as `Access.conditions` takes them. */
export type Conditions = Readonly<Record<string, string | readonly string[] | undefined>>

const maxTags = 50

/** How keys of tags compare: users and roles do not tell their case, other things do (IAM User Guide, "Tags for IAM resources"). */
export interface TagKeys {
  readonly same: (key: string) => string
  readonly duplicate: string
}

/** Keys of the tags of users and roles. */
export const caselessKeys: TagKeys = {
  same: (key) => key.toLowerCase(),
  duplicate: 'Duplicate tag keys found. Please note that Tag keys are case insensitive.',
}

/** Keys of the tags of policies, instance profiles, MFA devices and identity providers. */
export const exactKeys: TagKeys = { same: (key) => key, duplicate: 'Duplicate tag keys found.' }

/** Tags of a request as rows; their keys are unique. */
export function tagRows(tags: readonly Tag[] | undefined, { same, duplicate }: TagKeys): TagRow[] {
  const rows = (tags ?? []).map((tag) => ({ key: tag.Key ?? '', value: tag.Value ?? '' }))
  const keys = new Set(rows.map((row) => same(row.key)))
  if (keys.size < rows.length) throw invalidInput(duplicate)
  if (rows.some((row) => row.key.toLowerCase().startsWith('aws:'))) {
    throw invalidInput('Tag keys beginning with aws: are reserved for system use.')
  }
  return rows
}

/** Existing tags with further ones put over them. */
export function withTags(
  existing: readonly TagRow[],
  tags: readonly Tag[] | undefined,
  keys: TagKeys,
): TagRow[] {
  const added = tagRows(tags, keys)
  const replaced = new Set(added.map((row) => keys.same(row.key)))
  const merged = [...existing.filter((row) => !replaced.has(keys.same(row.key))), ...added]
  if (merged.length > maxTags)
    throw limitExceeded('The number of tags has reached the maximum limit.')
  return merged
}

/** Existing tags less those of the given keys. */
export function withoutTags(
  existing: readonly TagRow[],
  keys: readonly string[] | undefined,
  { same }: TagKeys,
): TagRow[] {
  const gone = new Set((keys ?? []).map(same))
  return existing.filter((row) => !gone.has(same(row.key)))
}

/** Tags as the API shows them. */
export function tagsOut(rows: readonly TagRow[]): Tag[] {
  return rows.map((row) => ({ Key: row.key, Value: row.value }))
}

/** Tags, where an empty list is left out. */
export function someTags(rows: readonly TagRow[]): { Tags?: Tag[] } {
  return rows.length > 0 ? { Tags: tagsOut(rows) } : {}
}
