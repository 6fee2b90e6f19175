import {
  InvalidTagParameterException$,
  TagsLimitExceededException$,
} from '@aws-sdk/client-cloudtrail'
import type { Tag } from '@aws-sdk/client-cloudtrail'
import { awsError } from '../../kernel/errors.ts'

const maxTags = 50

/** Tags added to those that are there. Throws InvalidTagParameterException and TagsLimitExceededException. */
export function mergeTags(
  existing: Readonly<Record<string, string>>,
  added: readonly Tag[] | undefined,
): Readonly<Record<string, string>> {
  const merged: Record<string, string> = { ...existing }
  for (const { Key = '', Value = '' } of added ?? []) {
    if (Key.toLowerCase().startsWith('aws:')) {
      throw awsError(InvalidTagParameterException$, `Tag key ${Key} is reserved.`)
    }
    merged[Key] = Value
  }
  if (Object.keys(merged).length > maxTags) {
    throw awsError(TagsLimitExceededException$, `A trail can have at most ${maxTags} tags.`)
  }
  return merged
}
