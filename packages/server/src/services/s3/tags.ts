import type { Tag } from '@aws-sdk/client-s3'
import { invalidArgument, s3Error } from './errors.ts'
import type { TagRow } from './store.ts'

const allowed = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u

/** Checks a tag set and puts it into a row's form. Throws InvalidTag. */
export function checkedTags(tags: readonly Tag[] | undefined, most = 50): readonly TagRow[] {
  const list = (tags ?? []).map(({ Key = '', Value = '' }) => ({ Key, Value }))
  if (list.length > most) {
    throw most === 10
      ? s3Error('BadRequest', 'Object tags cannot be greater than 10', 400)
      : s3Error('BadRequest', `Tag limit exceeded: a bucket has at most ${most} tags`, 400)
  }
  const seen = new Set<string>()
  for (const { Key, Value } of list) {
    if (seen.has(Key)) {
      throw invalidTag('Cannot provide multiple Tags with the same key', Key)
    }
    seen.add(Key)
    if (Key.length === 0 || Key.length > 128 || !allowed.test(Key)) {
      throw invalidTag('The TagKey you have provided is invalid', Key)
    }
    if (/^aws:/i.test(Key)) {
      throw invalidTag('System tags cannot be added/updated by requester', Key)
    }
    if (Value.length > 256 || !allowed.test(Value)) {
      throw invalidTag('The TagValue you have provided is invalid', Key)
    }
  }
  return list
}

function invalidTag(message: string, key: string) {
  return s3Error('InvalidTag', message, 400, { fields: { TagKey: key } })
}

/** The tags of an `x-amz-tagging` header: a query string. */
export function headerTags(header: string | undefined): readonly TagRow[] {
  if (header === undefined || header === '') return []
  const pairs = [...new URLSearchParams(header)].map(([Key, Value]) => ({ Key, Value }))
  if (pairs.length === 0) {
    throw invalidArgument(
      "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters without tag name duplicates.",
      'x-amz-tagging',
      header,
    )
  }
  return checkedTags(pairs, 10)
}

/** The condition keys of tags in a request on an object. */
export function requestTagConditions(
  tags: readonly TagRow[],
): Readonly<Record<string, string | readonly string[]>> {
  if (tags.length === 0) return {}
  return {
    's3:requestobjecttagkeys': tags.map(({ Key }) => Key),
    ...Object.fromEntries(
      tags.map(({ Key, Value }) => [`s3:requestobjecttag/${Key.toLowerCase()}`, Value]),
    ),
  }
}

/** The condition keys of the tags that an object has. */
export function existingTagConditions(
  tags: readonly TagRow[] | undefined,
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    (tags ?? []).map(({ Key, Value }) => [`s3:existingobjecttag/${Key.toLowerCase()}`, Value]),
  )
}
