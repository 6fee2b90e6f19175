import { s3Error } from './errors.ts'

/** A range of bytes, both ends included. */
export interface ByteRange {
  readonly from: number
  readonly to: number
}

/**
 * The one range that a Range header asks for, cut to the size; undefined for none, several or one
 * that makes no sense, which are answered whole (RFC 9110, section 14.2). Throws InvalidRange.
 */
export function byteRange(header: string | undefined, size: number): ByteRange | undefined {
  const [, first = '', last = ''] = /^bytes=(\d*)-(\d*)$/.exec(header?.trim() ?? '') ?? []
  if (first === '' && last === '') return undefined
  if (first === '') {
    const length = Math.min(Number(last), size)
    if (length === 0) throw unsatisfiable(header ?? '', size)
    return { from: size - length, to: size - 1 }
  }
  const from = Number(first)
  const to = last === '' ? size - 1 : Math.min(Number(last), size - 1)
  if (last !== '' && Number(last) < from) return undefined
  if (from >= size) throw unsatisfiable(header ?? '', size)
  return { from, to }
}

function unsatisfiable(header: string, size: number) {
  return s3Error('InvalidRange', 'The requested range is not satisfiable', 416, {
    fields: { RangeRequested: header, ActualObjectSize: String(size) },
    headers: { 'content-range': `bytes */${size}` },
  })
}

/** The range of a copy source (`bytes=a-b`, both given and inside the source). Throws InvalidArgument. */
export function copyRange(header: string | undefined, size: number): ByteRange | undefined {
  if (header === undefined) return undefined
  const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(header) ?? []
  if (first === undefined || last === undefined) {
    throw s3Error(
      'InvalidArgument',
      'The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the zero-based offsets of the first and last bytes to copy',
      400,
      { fields: { ArgumentName: 'x-amz-copy-source-range', ArgumentValue: header } },
    )
  }
  const range = { from: Number(first), to: Number(last) }
  if (range.to >= size || range.from > range.to) {
    throw s3Error(
      'InvalidArgument',
      `Range specified is not valid for source object of size: ${size}`,
      400,
      { fields: { ArgumentName: 'x-amz-copy-source-range', ArgumentValue: header } },
    )
  }
  return range
}
