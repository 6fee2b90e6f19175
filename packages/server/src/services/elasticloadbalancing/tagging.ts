import {
  DuplicateTagKeysException$,
  TooManyTagsException$,
  type Tag,
} from '@aws-sdk/client-elastic-load-balancing-v2'
import { awsError } from '../../kernel/errors.ts'
import { invalid } from './errors.ts'
import type { Named } from './store.ts'

const maxTags = 50

/** Tags of a request, merged into those there are. Throws what AWS says of wrong ones. */
export function mergeTags(existing: Named, added: readonly Tag[] | undefined): Named {
  const merged: Record<string, string> = { ...existing }
  const seen = new Set<string>()
  for (const { Key = '', Value = '' } of added ?? []) {
    if (seen.has(Key))
      throw awsError(DuplicateTagKeysException$, 'A tag key was specified more than once')
    seen.add(Key)
    if (/^aws:/i.test(Key)) {
      throw invalid('Tag keys must not begin with the reserved prefix aws:')
    }
    merged[Key] = Value
  }
  if (Object.keys(merged).length > maxTags) {
    throw awsError(TooManyTagsException$, `A resource can have at most ${maxTags} tags`)
  }
  return merged
}

/** Tags as the API lists them. */
export function tagList(tags: Named): Tag[] {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }))
}
