import { TagLimitExceededException$ } from '@aws-sdk/client-sns'
import type { Tag } from '@aws-sdk/client-sns'
import { awsError } from '../../kernel/errors.ts'
import { invalidParameter } from './errors.ts'

const maxTags = 50

/** Tags of a request by key. Throws InvalidParameter for repeated keys. */
export function tagsOf(tags: readonly Tag[]): Record<string, string> {
  const byKey: Record<string, string> = {}
  for (const { Key = '', Value = '' } of tags) {
    if (Object.hasOwn(byKey, Key)) throw invalidParameter('Duplicated keys are not allowed.')
    byKey[Key] = Value
  }
  return byKey
}

/** Merges tags of a request into those a topic has, within AWS's limits. */
export function mergeTags(
  existing: Readonly<Record<string, string>>,
  added: readonly Tag[] | undefined,
): Record<string, string> {
  const wanted = tagsOf(added ?? [])
  for (const key of Object.keys(wanted)) {
    if (key.toLowerCase().startsWith('aws:')) {
      throw invalidParameter('Tags Reason: aws: prefixed tag key names are not allowed')
    }
  }
  const merged = { ...existing, ...wanted }
  if (Object.keys(merged).length > maxTags) {
    throw awsError(
      TagLimitExceededException$,
      'Could not complete request: tag quota of per resource exceeded',
    )
  }
  return merged
}
