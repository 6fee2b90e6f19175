import { invalid } from './errors.ts'

/** AWS: fifty tags a resource. */
const maxTags = 50

/** Tags as they may be kept. Throws InvalidParameterValueException. */
export function checkTags(
  tags: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const entries = Object.entries(tags)
  if (entries.length > maxTags) throw invalid('You cannot have more than 50 tags on a resource.')
  for (const [key, value] of entries) {
    if (key.toLowerCase().startsWith('aws:')) {
      throw invalid('aws: prefixed tag key names are not allowed for external use.')
    }
    if (key.length < 1 || key.length > 128 || value.length > 256) {
      throw invalid('The tag keys and tag values cannot be longer than 128 and 256 characters.')
    }
  }
  return { ...tags }
}
