import { constraint, invalidInput } from './errors.ts'
import type { TagRow } from './store.ts'

const maxTags = 50

interface GivenTag {
  readonly Key?: string | undefined
  readonly Value?: string | undefined
}

/** Tags with others added or replaced. Throws InvalidInputException or ConstraintViolationException. */
export function newTags(
  before: readonly TagRow[],
  given: readonly GivenTag[] | undefined,
): readonly TagRow[] {
  const keys = (given ?? []).map(({ Key = '' }) => Key)
  if (keys.some((key) => key.toLowerCase().startsWith('aws:'))) {
    throw invalidInput(
      'INVALID_SYSTEM_TAGS_PARAMETER',
      "You specified a tag key that is a system tag. You can't add, edit, or delete system tag keys because they're reserved for AWS use.",
    )
  }
  if (new Set(keys).size < keys.length) {
    throw invalidInput(
      'DUPLICATE_TAG_KEY',
      'Tag keys must be unique among the tags attached to the same entity.',
    )
  }
  const kept = before.filter(({ key }) => !keys.includes(key))
  const added = (given ?? []).map(({ Key = '', Value = '' }) => ({ key: Key, value: Value }))
  if (kept.length + added.length > maxTags) {
    throw constraint(
      'MAX_TAG_LIMIT_EXCEEDED',
      'You have exceeded the number of tags allowed on this resource.',
    )
  }
  return [...kept, ...added]
}
