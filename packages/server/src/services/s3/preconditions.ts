import type { AwsError } from '../../kernel/errors.ts'
import { noSuchKey, preconditionFailed, s3Error } from './errors.ts'
import type { ObjectRow } from './store.ts'

/** Conditions on what is read or copied (RFC 9110, section 13). */
export interface ReadConditions {
  readonly IfMatch?: string | undefined
  readonly IfNoneMatch?: string | undefined
  readonly IfModifiedSince?: Date | undefined
  readonly IfUnmodifiedSince?: Date | undefined
}

/** Whether an ETag is among those of a header; `*` is any. */
export function matchesEtag(header: string, etag: string): boolean {
  const bare = (text: string): string => text.trim().replace(/^W\//, '').replace(/^"|"$/g, '')
  return header.split(',').some((item) => item.trim() === '*' || bare(item) === bare(etag))
}

/** Times are compared as they are told: in whole seconds. */
function seconds(time: string | Date): number {
  return Math.floor(new Date(time).getTime() / 1000)
}

/** What a read's conditions come to: nothing, `not-modified`, or the condition that does not hold. */
export function checkRead(
  conditions: ReadConditions,
  row: Pick<ObjectRow, 'etag' | 'modifiedAt'>,
): 'not-modified' | 'If-Match' | 'If-Unmodified-Since' | undefined {
  const { IfMatch, IfNoneMatch, IfModifiedSince, IfUnmodifiedSince } = conditions
  const modified = seconds(row.modifiedAt)
  if (IfMatch !== undefined) {
    if (!matchesEtag(IfMatch, row.etag)) return 'If-Match'
  } else if (IfUnmodifiedSince && modified > seconds(IfUnmodifiedSince)) {
    return 'If-Unmodified-Since'
  }
  if (IfNoneMatch !== undefined) {
    return matchesEtag(IfNoneMatch, row.etag) ? 'not-modified' : undefined
  }
  if (IfModifiedSince && modified <= seconds(IfModifiedSince)) return 'not-modified'
  return undefined
}

/** Refuses a read whose conditions do not hold: 412, or 304 without a body. */
export function requireReadable(conditions: ReadConditions, row: ObjectRow): void {
  const failed = checkRead(conditions, row)
  if (failed === 'not-modified') throw notModified(row)
  if (failed) throw preconditionFailed(failed)
}

function notModified(row: ObjectRow): AwsError {
  return s3Error('NotModified', 'Not Modified', 304, {
    headers: {
      etag: row.etag,
      'last-modified': new Date(row.modifiedAt).toUTCString(),
      ...(row.versionId !== 'null' && { 'x-amz-version-id': row.versionId }),
    },
  })
}

/** Conditions on what a write replaces. */
export interface WriteConditions {
  readonly IfMatch?: string | undefined
  readonly IfNoneMatch?: string | undefined
}

/** Refuses a write whose conditions do not hold. Throws PreconditionFailed, NoSuchKey, NotImplemented. */
export function requireWritable(
  { IfMatch, IfNoneMatch }: WriteConditions,
  key: string,
  current: ObjectRow | undefined,
): void {
  if (IfNoneMatch !== undefined) {
    if (IfNoneMatch !== '*') {
      throw s3Error(
        'NotImplemented',
        'A header you provided implies functionality that is not implemented',
        501,
        {
          fields: {
            Header: 'If-None-Match',
            additionalMessage:
              "We don't accept the provided value of If-None-Match header for this API",
          },
        },
      )
    }
    if (current) throw preconditionFailed('If-None-Match')
  }
  if (IfMatch === undefined) return
  if (!current) throw noSuchKey(key)
  if (!matchesEtag(IfMatch, current.etag)) throw preconditionFailed('If-Match')
}
