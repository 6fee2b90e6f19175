import { TooManyTagsException$ } from '@aws-sdk/client-cloudwatch-logs'
import { awsError } from '../../kernel/errors.ts'
import { invalid } from './errors.ts'

const maxTags = 50

/** Tags of a request added to those that are there. Throws for reserved keys and too many tags. */
export function checkTags(
  existing: Readonly<Record<string, string>>,
  added: Readonly<Record<string, string>> | undefined,
): Readonly<Record<string, string>> {
  for (const key of Object.keys(added ?? {})) {
    if (key.toLowerCase().startsWith('aws:')) {
      throw invalid('aws: prefixed tag key names are not allowed for external use.')
    }
  }
  const merged = { ...existing, ...added }
  if (Object.keys(merged).length > maxTags) {
    throw awsError(TooManyTagsException$, `A resource can have no more than ${maxTags} tags.`)
  }
  return merged
}
