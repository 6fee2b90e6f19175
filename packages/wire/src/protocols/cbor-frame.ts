import { maxDepth } from './shapes.ts'

/**
 * Whether bytes are one whole CBOR item (RFC 8949) nested no deeper than allowed. The SDK's decoder
 * allocates what a length announces before it reads it, so lengths are checked here first.
 */
export function isWholeCbor(bytes: Uint8Array): boolean {
  const end = itemEnd(bytes, 0, 0)
  return end === bytes.length
}

const invalid = -1

/** The position after the item at `at`, or -1. */
function itemEnd(bytes: Uint8Array, at: number, depth: number): number {
  const initial = bytes[at]
  if (initial === undefined || depth > maxDepth) return invalid
  const major = initial >> 5
  const minor = initial & 0x1f
  if (minor === 31) return major >= 2 && major <= 5 ? indefiniteEnd(bytes, at + 1, depth) : invalid
  if (minor > 27) return invalid
  const width = minor < 24 ? 0 : 2 ** (minor - 24)
  const body = at + 1 + width
  if (body > bytes.length) return invalid
  if (major === 0 || major === 1 || major === 7) return body
  if (major === 6) return itemEnd(bytes, body, depth + 1)
  let length = minor
  if (width > 0) {
    length = 0
    for (let i = at + 1; i < body; i++) length = length * 256 + (bytes[i] ?? 0)
  }
  if (length > bytes.length - body) return invalid
  if (major === 2 || major === 3) return body + length
  return itemsEnd(bytes, body, { count: major === 5 ? length * 2 : length, depth })
}

function itemsEnd(
  bytes: Uint8Array,
  start: number,
  { count, depth }: { count: number; depth: number },
): number {
  let at = start
  for (let i = 0; i < count; i++) {
    at = itemEnd(bytes, at, depth + 1)
    if (at === invalid) return invalid
  }
  return at
}

function indefiniteEnd(bytes: Uint8Array, start: number, depth: number): number {
  let at = start
  while (bytes[at] !== 0xff) {
    at = itemEnd(bytes, at, depth + 1)
    if (at === invalid) return invalid
  }
  return at + 1
}
