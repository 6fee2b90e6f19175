import type { Tag } from '@aws-sdk/client-secrets-manager'
import type { Context } from '../../kernel/context.ts'
import { invalidParameter, invalidRequest } from './errors.ts'
import { callingService } from './secret-reference.ts'

type Tags = Readonly<Record<string, string>>

const maxTags = 50

/** Tags of a request by key. */
export function tagsOf(tags: readonly Tag[] | undefined): Tags {
  return Object.fromEntries((tags ?? []).map(({ Key = '', Value = '' }) => [Key, Value]))
}

/** Tags as answers list them. */
export function shownTags(tags: Tags): Tag[] {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }))
}

/** Refuses keys that only AWS's services may write. */
export function refuseReserved(ctx: Context, keys: readonly string[]): void {
  if (callingService(ctx) !== undefined) return
  if (!keys.some((key) => key.toLowerCase().startsWith('aws:'))) return
  throw invalidParameter('Tag keys that begin with aws: are reserved for AWS use.')
}

/** The tags of a secret with those of a request. Throws InvalidParameterException. */
export function mergeTags(ctx: Context, before: Tags, added: readonly Tag[] | undefined): Tags {
  const list = added ?? []
  const keys = list.map(({ Key = '' }) => Key)
  if (new Set(keys).size < keys.length)
    throw invalidParameter('Duplicate tag keys are not allowed.')
  refuseReserved(ctx, keys)
  const merged = { ...before, ...tagsOf(list) }
  if (Object.keys(merged).length > maxTags) {
    throw invalidRequest(`A secret can have at most ${maxTags} tags.`)
  }
  return merged
}
