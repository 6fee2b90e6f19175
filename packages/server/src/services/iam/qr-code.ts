import { crc32, deflateSync } from 'node:zlib'

const pixelsPerModule = 4
const blackAndWhite = [1, 0, 0, 0, 0] as const

/** A text as a QR code in a PNG image, one bit per pixel (https://www.w3.org/TR/png-3/). */
export async function qrCodePng(text: string): Promise<Uint8Array> {
  const { encodeQR } = await import('qr')
  const modules = encodeQR(text, 'raw', { ecc: 'medium' })
  const width = modules.length * pixelsPerModule
  const lines = modules.flatMap((row) => {
    const line = scanLine(row, width)
    return Array.from({ length: pixelsPerModule }, () => line)
  })
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(width, 4)
  header.set(blackAndWhite, 8)
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(Buffer.concat(lines))),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

/** A line of pixels: a filter byte (none), then bits, 1 for white. */
function scanLine(row: readonly boolean[], width: number): Buffer {
  const line = Buffer.alloc(1 + Math.ceil(width / 8))
  for (let x = 0; x < width; x++) {
    const isDark = row[Math.floor(x / pixelsPerModule)]
    if (!isDark) line[1 + (x >> 3)] = (line[1 + (x >> 3)] ?? 0) | (0x80 >> (x & 7))
  }
  return line
}

function chunk(type: string, data: Buffer): Buffer {
  const typed = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const framed = Buffer.alloc(typed.length + 8)
  framed.writeUInt32BE(data.length, 0)
  framed.set(typed, 4)
  framed.writeUInt32BE(crc32(typed), typed.length + 4)
  return framed
}
