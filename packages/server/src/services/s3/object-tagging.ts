import { DeleteObjectTagging$, GetObjectTagging$, PutObjectTagging$ } from '@aws-sdk/client-s3'
import type {
  DeleteObjectTaggingOutput,
  DeleteObjectTaggingRequest,
  GetObjectTaggingOutput,
  GetObjectTaggingRequest,
  PutObjectTaggingOutput,
  PutObjectTaggingRequest,
} from '@aws-sdk/client-s3'
import type { Context } from '../../kernel/context.ts'
import type { Access } from '../../kernel/service.ts'
import { operation } from '../../kernel/service.ts'
import { bucketAccess } from './bucket-access.ts'
import { announce } from './notifications/announce.ts'
import { versionMember } from './object-facts.ts'
import {
  findObject,
  requireObject,
  type ObjectInput,
  type ObjectSubject,
} from './object-reading.ts'
import { checkedTags, existingTagConditions, requestTagConditions } from './tags.ts'
import { replaceRow } from './version-rows.ts'
import type { TagRow } from './store.ts'

const maxTags = 10

function taggingAccess(
  ctx: Context,
  subject: ObjectSubject,
  input: ObjectInput,
  { verb, tags = [] }: { verb: 'Get' | 'Put' | 'Delete'; tags?: readonly TagRow[] },
): Access {
  const object = subject.row?.marker ? undefined : subject.row
  return bucketAccess(ctx, subject, {
    action: `${verb}Object${input.VersionId === undefined ? '' : 'Version'}Tagging`,
    key: subject.key,
    conditions: {
      's3:versionid': input.VersionId,
      ...existingTagConditions(object?.tags),
      ...requestTagConditions(tags),
    },
  })
}

/** PutObjectTagging replaces all tags of a version. */
export const PutObjectTagging = operation<
  PutObjectTaggingRequest,
  PutObjectTaggingOutput,
  ObjectSubject
>(PutObjectTagging$, {
  dataEvent: true,
  resolve: findObject,
  access: (input, ctx, subject) =>
    taggingAccess(ctx, subject, input, {
      verb: 'Put',
      tags: checkedTags(input.Tagging?.TagSet, maxTags),
    }),
  async handle(input, ctx, subject) {
    const row = requireObject(subject, input)
    await replaceRow(subject, { ...row, tags: checkedTags(input.Tagging?.TagSet, maxTags) })
    announce(ctx, subject, { name: 'ObjectTagging:Put', row })
    return versionMember(row, subject.bucket.versioning)
  },
})

/** GetObjectTagging. */
export const GetObjectTagging = operation<
  GetObjectTaggingRequest,
  GetObjectTaggingOutput,
  ObjectSubject
>(GetObjectTagging$, {
  dataEvent: true,
  resolve: findObject,
  access: (input, ctx, subject) => taggingAccess(ctx, subject, input, { verb: 'Get' }),
  handle(input, _ctx, subject) {
    const row = requireObject(subject, input)
    return { TagSet: [...row.tags], ...versionMember(row, subject.bucket.versioning) }
  },
})

/** DeleteObjectTagging. */
export const DeleteObjectTagging = operation<
  DeleteObjectTaggingRequest,
  DeleteObjectTaggingOutput,
  ObjectSubject
>(DeleteObjectTagging$, {
  dataEvent: true,
  resolve: findObject,
  access: (input, ctx, subject) => taggingAccess(ctx, subject, input, { verb: 'Delete' }),
  async handle(input, ctx, subject) {
    const row = requireObject(subject, input)
    await replaceRow(subject, { ...row, tags: [] })
    announce(ctx, subject, { name: 'ObjectTagging:Delete', row })
    return versionMember(row, subject.bucket.versioning)
  },
})
