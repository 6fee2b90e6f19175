import { crc32 as zlibCrc32 } from 'node:zlib'

/** A running cyclic redundancy check over bytes that come piece by piece. */
export interface Crc {
  update(bytes: Uint8Array): void
  /** The check so far, big-endian, as S3 puts it into `x-amz-checksum-…` before base64. */
  digest(): Buffer
}

/** The names of the checks that S3 knows. */
export type CrcName = 'CRC32' | 'CRC32C' | 'CRC64NVME'

/** Reflected polynomials: ISO 3309, RFC 3720 (Castagnoli), and the NVMe base specification's CRC-64. */
const polynomials: Readonly<Record<CrcName, { readonly width: number; readonly value: bigint }>> = {
  CRC32: { width: 32, value: 0xedb88320n },
  CRC32C: { width: 32, value: 0x82f63b78n },
  CRC64NVME: { width: 64, value: 0x9a6c9329ac4bc9b5n },
}

/** Starts a check. */
export function startCrc(name: CrcName): Crc {
  if (name === 'CRC32') return new ZlibCrc32()
  return name === 'CRC32C' ? new Crc32c() : new Crc64()
}

/** The check of whole bytes. */
export function crcOf(name: CrcName, bytes: Uint8Array): Buffer {
  const crc = startCrc(name)
  crc.update(bytes)
  return crc.digest()
}

class ZlibCrc32 implements Crc {
  #value = 0

  update(bytes: Uint8Array): void {
    this.#value = zlibCrc32(bytes, this.#value)
  }

  digest(): Buffer {
    return bigEndian32(this.#value)
  }
}

// Indexes are in range by construction; one reader for each kind of array keeps them fast.
function byteAt(bytes: Uint8Array, index: number): number {
  return bytes[index] ?? 0
}

function entry(table: Int32Array, index: number): number {
  return table[index] ?? 0
}

/** How many bytes a step of the table-driven checks takes in (slicing by eight). */
const slices = 8

let tables32: Int32Array | undefined

/** Eight tables of 256 entries: what a byte does to the check from each of eight distances. */
function castagnoli(): Int32Array {
  if (tables32) return tables32
  const tables = new Int32Array(256 * slices)
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1
    tables[byte] = crc
  }
  for (let index = 256; index < tables.length; index++) {
    const before = tables[index - 256] ?? 0
    tables[index] = (before >>> 8) ^ (tables[before & 0xff] ?? 0)
  }
  tables32 = tables
  return tables
}

class Crc32c implements Crc {
  readonly #tables = castagnoli()
  #value = ~0

  update(bytes: Uint8Array): void {
    const t = this.#tables
    let crc = this.#value
    let from = 0
    const whole = bytes.length - (bytes.length % slices)
    for (; from < whole; from += slices) {
      const low =
        crc ^
        (byteAt(bytes, from) |
          (byteAt(bytes, from + 1) << 8) |
          (byteAt(bytes, from + 2) << 16) |
          (byteAt(bytes, from + 3) << 24))
      crc =
        entry(t, 1792 + (low & 0xff)) ^
        entry(t, 1536 + ((low >>> 8) & 0xff)) ^
        entry(t, 1280 + ((low >>> 16) & 0xff)) ^
        entry(t, 1024 + (low >>> 24)) ^
        entry(t, 768 + byteAt(bytes, from + 4)) ^
        entry(t, 512 + byteAt(bytes, from + 5)) ^
        entry(t, 256 + byteAt(bytes, from + 6)) ^
        entry(t, byteAt(bytes, from + 7))
    }
    for (; from < bytes.length; from++)
      crc = (crc >>> 8) ^ entry(t, (crc ^ byteAt(bytes, from)) & 0xff)
    this.#value = crc
  }

  digest(): Buffer {
    return bigEndian32(~this.#value >>> 0)
  }
}

interface Tables64 {
  readonly low: Int32Array
  readonly high: Int32Array
}

let tables64: Tables64 | undefined

/** As `castagnoli`, each 64-bit entry in two halves: BigInt arithmetic is a hundred times slower. */
function nvme(): Tables64 {
  if (tables64) return tables64
  const low = new Int32Array(256 * slices)
  const high = new Int32Array(256 * slices)
  const polynomial = polynomials.CRC64NVME.value
  for (let byte = 0; byte < 256; byte++) {
    let crc = BigInt(byte)
    for (let bit = 0; bit < 8; bit++) crc = crc & 1n ? (crc >> 1n) ^ polynomial : crc >> 1n
    low[byte] = Number(crc & 0xffffffffn) | 0
    high[byte] = Number(crc >> 32n) | 0
  }
  for (let index = 256; index < low.length; index++) {
    const beforeLow = low[index - 256] ?? 0
    const beforeHigh = high[index - 256] ?? 0
    const byte = beforeLow & 0xff
    low[index] = ((beforeLow >>> 8) | (beforeHigh << 24)) ^ (low[byte] ?? 0)
    high[index] = (beforeHigh >>> 8) ^ (high[byte] ?? 0)
  }
  tables64 = { low, high }
  return tables64
}

class Crc64 implements Crc {
  readonly #tables = nvme()
  #low = ~0
  #high = ~0

  update(bytes: Uint8Array): void {
    const { low: tl, high: th } = this.#tables
    let low = this.#low
    let high = this.#high
    let from = 0
    const whole = bytes.length - (bytes.length % slices)
    for (; from < whole; from += slices) {
      const a =
        low ^
        (byteAt(bytes, from) |
          (byteAt(bytes, from + 1) << 8) |
          (byteAt(bytes, from + 2) << 16) |
          (byteAt(bytes, from + 3) << 24))
      const b =
        high ^
        (byteAt(bytes, from + 4) |
          (byteAt(bytes, from + 5) << 8) |
          (byteAt(bytes, from + 6) << 16) |
          (byteAt(bytes, from + 7) << 24))
      const i0 = 1792 + (a & 0xff)
      const i1 = 1536 + ((a >>> 8) & 0xff)
      const i2 = 1280 + ((a >>> 16) & 0xff)
      const i3 = 1024 + (a >>> 24)
      const i4 = 768 + (b & 0xff)
      const i5 = 512 + ((b >>> 8) & 0xff)
      const i6 = 256 + ((b >>> 16) & 0xff)
      const i7 = b >>> 24
      low =
        entry(tl, i0) ^
        entry(tl, i1) ^
        entry(tl, i2) ^
        entry(tl, i3) ^
        entry(tl, i4) ^
        entry(tl, i5) ^
        entry(tl, i6) ^
        entry(tl, i7)
      high =
        entry(th, i0) ^
        entry(th, i1) ^
        entry(th, i2) ^
        entry(th, i3) ^
        entry(th, i4) ^
        entry(th, i5) ^
        entry(th, i6) ^
        entry(th, i7)
    }
    for (; from < bytes.length; from++) {
      const byte = (low ^ byteAt(bytes, from)) & 0xff
      low = ((low >>> 8) | (high << 24)) ^ entry(tl, byte)
      high = (high >>> 8) ^ entry(th, byte)
    }
    this.#low = low
    this.#high = high
  }

  digest(): Buffer {
    return Buffer.concat([bigEndian32(~this.#high >>> 0), bigEndian32(~this.#low >>> 0)])
  }
}

function bigEndian32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}

type Matrix = readonly bigint[]

function times(matrix: Matrix, vector: bigint): bigint {
  let sum = 0n
  for (let rest = vector, row = 0; rest !== 0n; rest >>= 1n, row++) {
    if (rest & 1n) sum ^= matrix[row] ?? 0n
  }
  return sum
}

const zeroOperators = new Map<CrcName, Matrix[]>()

/** What 2^n zero bytes do to a check, as a matrix over GF(2), for n from 0. */
function zeroBytes(name: CrcName, power: number): Matrix {
  let known = zeroOperators.get(name)
  if (!known) {
    const { width, value } = polynomials[name]
    const bit = Array.from({ length: width }, (_, row) =>
      row === 0 ? value : 1n << BigInt(row - 1),
    )
    const squared = (matrix: Matrix): Matrix => matrix.map((row) => times(matrix, row))
    known = [squared(squared(squared(bit)))]
    zeroOperators.set(name, known)
  }
  for (let last = known.at(-1); last && known.length <= power; last = known.at(-1)) {
    const matrix = last
    known.push(matrix.map((row) => times(matrix, row)))
  }
  return known[power] ?? []
}

/** The check of `a` followed by `b`, from both checks and the number of bytes in `b` alone. */
export function combineCrc(name: CrcName, a: Uint8Array, b: Uint8Array, bytesOfB: number): Buffer {
  let crc = BigInt(`0x${Buffer.from(a).toString('hex')}`)
  for (let rest = bytesOfB, power = 0; rest > 0; rest = Math.floor(rest / 2), power++) {
    if (rest % 2 === 1) crc = times(zeroBytes(name, power), crc)
  }
  const { width } = polynomials[name]
  const both = crc ^ BigInt(`0x${Buffer.from(b).toString('hex')}`)
  return Buffer.from(both.toString(16).padStart(width / 4, '0'), 'hex')
}
