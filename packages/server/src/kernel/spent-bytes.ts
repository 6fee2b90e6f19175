import type { Readable } from 'node:stream'

/**
 * Gives the memory of bytes back at once, not when the collector comes by: what streams through would
 * otherwise lie in ever new pages, and making those costs more than encrypting what is in them. Only for
 * bytes that nobody looks at any more; those that share their memory with others are left alone.
 */
export function spend(bytes: Uint8Array): void {
  const { buffer } = bytes
  if (buffer instanceof ArrayBuffer && bytes.byteLength === buffer.byteLength) buffer.transfer(0)
}

const arrivals = new WeakSet<ArrayBufferLike>()

/** Marks bytes as they come from a connection: nobody else looks at them, or at what precedes them in memory. */
export function arrived(bytes: Uint8Array): void {
  arrivals.add(bytes.buffer)
}

/** Spends the memory of bytes that arrived, once they are its last ones: bytes are taken in the order of their coming. */
export function spendArrived({ buffer, byteOffset, byteLength }: Uint8Array): void {
  const isLast = byteOffset + byteLength === buffer.byteLength
  if (isLast && buffer instanceof ArrayBuffer && arrivals.has(buffer)) buffer.transfer(0)
}

const spendable = new WeakSet<Readable>()

/** Marks a stream whose chunks are nobody's but its reader's: they are spent once they are sent. */
export function spendingChunks(stream: Readable): Readable {
  spendable.add(stream)
  return stream
}

/** Whether a stream's chunks may be spent. */
export function isSpendable(stream: Readable): boolean {
  return spendable.has(stream)
}
