import type { Context } from '../../../kernel/context.ts'
import type { BucketSubject } from '../bucket-access.ts'
import type { MarkerRow, ObjectRow } from '../store.ts'

/** Something that happened to an object, by S3's event name without `s3:`. */
export interface ObjectEvent {
  readonly name: string
  readonly row: ObjectRow | MarkerRow
}

/** Tells those who want to know, once the call is committed. */
export function announce(_ctx: Context, _subject: BucketSubject, _event: ObjectEvent): void {}
