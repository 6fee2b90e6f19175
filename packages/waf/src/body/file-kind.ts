/** What the first bytes of a file say that it is; `media` is nothing that a server or a browser would run. */
export interface FileKind {
  readonly type: string
  readonly media: boolean
}

/** In a signature any byte may stand for `?`. */
const signatures: readonly (readonly [type: string, start: string, media: boolean])[] = [
  ['image/png', '\x89PNG\r\n\x1a\n', true],
  ['image/jpeg', '\xff\xd8\xff', true],
  ['image/gif', 'GIF8?a', true],
  ['image/webp', 'RIFF????WEBP', true],
  ['audio/wav', 'RIFF????WAVE', true],
  ['video/avi', 'RIFF????AVI ', true],
  ['image/bmp', 'BM????\0\0\0\0', true],
  ['image/tiff', 'II*\0', true],
  ['image/tiff', 'MM\0*', true],
  ['image/x-icon', '\0\0\x01\0?\0', true],
  ['image/jp2', '\0\0\0\x0cjP  ', true],
  ['application/pdf', '%PDF-', true],
  ['application/zip', 'PK\x03\x04', true],
  ['application/zip', 'PK\x05\x06', true],
  ['application/gzip', '\x1f\x8b\x08', true],
  ['application/zstd', '\x28\xb5\x2f\xfd', true],
  ['application/x-xz', '\xfd7zXZ\0', true],
  ['application/x-bzip2', 'BZh?1AY&SY', true],
  ['application/x-7z-compressed', "7z\xbc\xaf'\x1c", true],
  ['application/vnd.rar', 'Rar!\x1a\x07', true],
  ['application/x-tar', `${'?'.repeat(257)}ustar`, true],
  ['application/x-ole-storage', '\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1', true],
  ['video/mp4', '????ftyp', true],
  ['video/webm', '\x1a\x45\xdf\xa3', true],
  ['audio/mpeg', 'ID3', true],
  ['audio/mpeg', '\xff\xfb', true],
  ['audio/mpeg', '\xff\xf3', true],
  ['audio/ogg', 'OggS\0', true],
  ['audio/flac', 'fLaC', true],
  ['font/woff', 'wOF?', true],
  ['font/ttf', '\0\x01\0\0\0', true],
  ['font/otf', 'OTTO\0', true],
  ['application/vnd.sqlite3', 'SQLite format 3\0', true],
  ['application/wasm', '\0asm', true],
  ['application/x-elf', '\x7fELF', false],
  ['application/x-msdownload', 'MZ', false],
  ['application/java-vm', '\xca\xfe\xba\xbe', false],
  ['application/x-java-serialized-object', '\xac\xed\0\x05', false],
]

function startsAs(bytes: string, start: string): boolean {
  if (bytes.length < start.length) return false
  for (let index = 0; index < start.length; index += 1) {
    const code = start.charCodeAt(index)
    if (code !== 0x3f && bytes.charCodeAt(index) !== code) return false
  }
  return true
}

const sampleSize = 1024

/**
 * Looks at a byte string's first bytes. A signature that text follows, such as `GIF89a` before a program, is none: undefined is
 * text, and `application/octet-stream` is bytes of no known kind.
 */
export function fileKind(bytes: string): FileKind | undefined {
  const found = signatures.find(([, start]) => startsAs(bytes, start))
  if (found !== undefined) {
    const [type, , media] = found
    if (type === 'application/pdf' || isBinary(bytes)) return { type, media }
  }
  return isBinary(bytes) ? { type: 'application/octet-stream', media: false } : undefined
}

/** More control characters, or stray bytes, in the first thousand than text has. */
function isBinary(bytes: string): boolean {
  const length = Math.min(bytes.length, sampleSize)
  let strange = 0
  for (let index = 0; index < length; index += 1) {
    const code = bytes.charCodeAt(index)
    if (code === 0) strange += 4
    else if ((code < 32 && code !== 9 && code !== 10 && code !== 13) || code === 127) strange += 2
    else if (code >= 0x80 && !inSequence(bytes, index)) strange += 1
  }
  return strange > length / 10
}

/** The byte has a neighbour with which it may be UTF-8. */
function inSequence(bytes: string, index: number): boolean {
  const code = bytes.charCodeAt(index)
  const neighbour = code >= 0xc0 ? bytes.charCodeAt(index + 1) & 0xc0 : bytes.charCodeAt(index - 1)
  return code >= 0xc0 ? neighbour === 0x80 : neighbour >= 0x80
}

/**
 * Programs that a server runs when it finds them in a file of any kind (`<?php`, `<jsp:`; in text also `<%`, `<?=`, server-side
 * includes), each with what follows.
 */
export function serverCode(bytes: string, binary: boolean): string[] {
  const excerpts: string[] = []
  for (const { index } of bytes.matchAll(binary ? binaryServerTag : serverTag)) {
    excerpts.push(bytes.slice(index, index + 400))
    if (excerpts.length === 8) break
  }
  return excerpts
}

const binaryServerTag = /<\?php\b|<script\s+language\s*=\s*["']?php|<jsp:/gi
const serverTag =
  /<\?php\b|<\?=\s*[$`\w]|<script\s+language\s*=\s*["']?php|<%[@!=]?\s*[\w"'$]|<jsp:|<!--\s*#\s*(?:exec|include|config|echo)\b|<cf(?:execute|exec|script)\b/gi

/** Whether a body whose end is not there breaks off in bytes that are no text: it is a file, or the last part of a form is. */
export function endsInFile(body: Buffer, contentType: string): boolean {
  const bytes = body.toString('latin1')
  const [, boundary] = /^multipart\/.*?boundary\s*=\s*"?([^";\s]+)/i.exec(contentType) ?? []
  if (boundary === undefined) {
    const isText = /json|xml|text|urlencoded|graphql/i.test(contentType)
    return !isText && fileKind(bytes) !== undefined
  }
  const part = bytes.lastIndexOf(`--${boundary}`)
  const start = bytes.indexOf('\r\n\r\n', part)
  if (part < 0 || start < 0) return false
  return (
    /filename/i.test(bytes.slice(part, start)) && fileKind(bytes.slice(start + 4)) !== undefined
  )
}
