import { PutObject$ } from '@aws-sdk/client-s3'
import type { PutObjectOutput, PutObjectRequest } from '@aws-sdk/client-s3'
import { operation } from '../../kernel/service.ts'
import { findBucket, type BucketSubject } from './bucket-access.ts'
import { checksumMembers } from './checksums.ts'
import { expirationMember } from './lifecycle/configuration.ts'
import { announce } from './notifications/announce.ts'
import {
  checkSizes,
  encryptionMembers,
  headersOf,
  storageClassOf,
  versionMember,
} from './object-facts.ts'
import {
  etagOf,
  grantsOfNew,
  lockOfNew,
  ownerOfNew,
  sealFor,
  writeAccess,
} from './object-writing.ts'
import { requireWritable } from './preconditions.ts'
import { dataKeyOf, forget, receive } from './receive.ts'
import { headerTags } from './tags.ts'
import { currentObject, keepBytes, writeObject } from './version-rows.ts'

/** PutObject: the body streams to the disk, encrypted, and counts once its row is committed. */
export const PutObject = operation<PutObjectRequest, PutObjectOutput, BucketSubject>(PutObject$, {
  dataEvent: true,
  check: checkSizes,
  resolve: findBucket,
  access: (input, ctx, subject) => writeAccess(ctx, subject, input),
  async handle(input, ctx, subject) {
    const { bucket } = subject
    const key = input.Key ?? ''
    requireWritable(input, key, await currentObject(subject, key))
    const facts = {
      ownerAccount: ownerOfNew(ctx, subject, input),
      storageClass: storageClassOf(input.StorageClass),
      headers: headersOf(input),
      metadata: { ...input.Metadata },
      tags: headerTags(input.Tagging),
    }
    const grants = grantsOfNew(ctx, subject, input)
    const lock = lockOfNew(ctx, subject, input)
    const dataKey = dataKeyOf(input)
    const sealed = await sealFor(ctx, subject, input, dataKey)
    const received = await receive(ctx, bucket.accountId, input, {
      dataKey,
      mayBeInRow: true,
    })
    try {
      const row = await writeObject(ctx, subject, {
        ...facts,
        key,
        size: received.blob.size,
        etag: etagOf(ctx, received.md5, sealed),
        checksum: received.checksum,
        dataKey: sealed,
        blob: received.blob,
        ...(grants && { grants }),
        ...(lock && { lock }),
      })
      keepBytes(ctx, subject, received)
      announce(ctx, subject, { name: 'ObjectCreated:Put', row })
      return {
        ETag: row.etag,
        ...checksumMembers(row.checksum),
        ...encryptionMembers(sealed, input.SSECustomerKeyMD5),
        ...versionMember(row, bucket.versioning),
        ...expirationMember(bucket, row),
      }
    } catch (error) {
      forget(ctx, bucket.accountId, received)
      throw error
    }
  },
})
