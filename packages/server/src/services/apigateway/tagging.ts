import { badRequest } from './errors.ts'

const maxTags = 50

/** Merges tags of a request into those there are. Throws BadRequestException. */
export function checkedTags(
  existing: Readonly<Record<string, string>>,
  added: Readonly<Record<string, string>> = {},
): Record<string, string> {
  for (const [key, value] of Object.entries(added)) {
    if (key.toLowerCase().startsWith('aws:')) {
      throw badRequest('Tag keys starting with "aws:" are reserved for system use')
    }
    if (key.length === 0 || key.length > 128 || value.length > 256) {
      throw badRequest('Tag keys must be 1 to 128 characters long, values 256 at most')
    }
  }
  const merged = { ...existing, ...added }
  if (Object.keys(merged).length > maxTags) {
    throw badRequest('The number of tags exceeds the limit of 50')
  }
  return merged
}
