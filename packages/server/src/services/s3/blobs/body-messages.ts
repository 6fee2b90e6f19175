import type { KeyObject } from 'node:crypto'
import type { ChecksumName, Sums } from './payload-sums.ts'

/** Where a body goes, and under which key. */
export interface SealInto {
  readonly fd: number
  readonly key: KeyObject
}

/** What a body's thread is told, in this order: begin, blocks, and end or cancel. */
export type ToWorker =
  | {
      readonly id: number
      readonly kind: 'begin'
      readonly sums: readonly ChecksumName[]
      readonly seal?: SealInto
    }
  | {
      readonly id: number
      readonly kind: 'block'
      readonly block: SharedArrayBuffer
      readonly length: number
    }
  | { readonly id: number; readonly kind: 'end' }
  | { readonly id: number; readonly kind: 'cancel' }

/** What it says: of each block that it needs no longer, and at the end of the body. */
export type FromWorker =
  | { readonly id: number; readonly kind: 'taken' }
  | { readonly id: number; readonly kind: 'ended'; readonly sums: Sums }
  | { readonly id: number; readonly kind: 'failed'; readonly error: unknown }
