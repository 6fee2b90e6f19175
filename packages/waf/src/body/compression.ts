import { brotliDecompressSync, constants, gunzipSync, inflateRawSync, inflateSync } from 'node:zlib'

/** No more than this is unpacked of a compressed body. */
const unpackedLimit = 256 * 1024

/**
 * A body as a byte string, unpacked as its Content-Encoding says (gzip, deflate, br, up to two layers). A body that breaks off is
 * unpacked up to there, one that grows too large as far as fits; what cannot be unpacked stays as it is.
 */
export function decompressed(body: Uint8Array, contentEncoding: string | undefined): string {
  let bytes = Buffer.from(body.buffer, body.byteOffset, body.length)
  if (contentEncoding !== undefined) {
    for (const encoding of contentEncoding.toLowerCase().split(',').slice(0, 2).reverse()) {
      const unpack = unpackers[encoding.trim()]
      if (unpack !== undefined) bytes = unpacked(bytes, unpack) ?? bytes
    }
  }
  return bytes.toString('latin1')
}

type Unpack = (bytes: Buffer) => Buffer<ArrayBuffer>

const zlibOptions = { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: unpackedLimit }
const brotliOptions = {
  finishFlush: constants.BROTLI_OPERATION_FLUSH,
  maxOutputLength: unpackedLimit,
}

const gunzip: Unpack = (bytes) => Buffer.from(gunzipSync(bytes, zlibOptions))

const unpackers: Readonly<Record<string, Unpack>> = {
  gzip: gunzip,
  'x-gzip': gunzip,
  deflate: (bytes) =>
    Buffer.from(
      (bytes[0] ?? 0) % 16 === 8
        ? inflateSync(bytes, zlibOptions)
        : inflateRawSync(bytes, zlibOptions),
    ),
  br: (bytes) => Buffer.from(brotliDecompressSync(bytes, brotliOptions)),
}

function unpacked(bytes: Buffer, unpack: Unpack): Buffer<ArrayBuffer> | undefined {
  for (let length = bytes.length; length > 0; length = Math.floor(length / 8)) {
    try {
      return unpack(bytes.subarray(0, length))
    } catch (error) {
      if (!(error instanceof RangeError)) return undefined
    }
  }
  return undefined
}
