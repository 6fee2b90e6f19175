import { invalidParameter } from './errors.ts'

const maxTags = 50

/** Merges tags of a request into those a queue has, within AWS's limits. */
export function checkTags(
  existing: Readonly<Record<string, string>>,
  added: Readonly<Record<string, string>> | undefined,
): Record<string, string> {
  const merged = { ...existing, ...added }
  for (const [key, value] of Object.entries(added ?? {})) {
    if (key.length < 1 || key.length > 128 || value.length > 256) {
      throw invalidParameter(`Tag keys must be between 1 and 128 characters in length.`)
    }
    if (key.toLowerCase().startsWith('aws:')) {
      throw invalidParameter('Tags starting with aws: are reserved for system use.')
    }
  }
  if (Object.keys(merged).length > maxTags) {
    throw invalidParameter(`Too many tags added for queue. Maximum is ${maxTags}.`)
  }
  return merged
}
