import { unicodeText } from '../text/percent.ts'

/** Turns a byte string into Unicode text. */
export type TextReader = (bytes: string) => string

/**
 * The reader for a charset parameter, and for a body's byte order mark or its zero bytes. What names no charset that is known is
 * read as UTF-8, stray bytes as Latin-1.
 */
export function textReader(charset: string | undefined, bytes: string): TextReader {
  const wide = wideCharset(bytes)
  if (wide !== undefined) return decoderOf(wide)
  const name = charset?.toLowerCase()
  if (name === undefined || name === 'utf-8' || name === 'utf8' || name === 'us-ascii') {
    return unicodeText
  }
  if (ebcdic.test(name)) return ebcdicText
  if (/^utf-?16$/.test(name)) return decoderOf('utf-16be')
  return decoderOf(name)
}

const ebcdic =
  /^(?:ibm-?|cp-?|x-?ebcdic|ebcdic)[\w-]*(?:037|1026|1047|1140|273|277|278|280|284|285|297|500)/

function decoderOf(charset: string): TextReader {
  try {
    const decoder = new TextDecoder(charset)
    return (bytes) => decoder.decode(Buffer.from(bytes, 'latin1'))
  } catch {
    return unicodeText
  }
}

function wideCharset(bytes: string): string | undefined {
  if (bytes.startsWith('\u00ff\u00fe')) return 'utf-16le'
  if (bytes.startsWith('\u00fe\u00ff')) return 'utf-16be'
  if (isSpaced(bytes, 0)) return 'utf-16le'
  return isSpaced(bytes, 1) ? 'utf-16be' : undefined
}

/** Of the first four bytes at least, every other one is a letter of ASCII and the rest are zero. */
function isSpaced(bytes: string, letter: 0 | 1): boolean {
  const length = Math.min(bytes.length, 8)
  for (let index = 0; index < length; index += 1) {
    const code = bytes.charCodeAt(index)
    if (index % 2 === letter ? code < 9 || code > 126 : code !== 0) return false
  }
  return length >= 4
}

/** EBCDIC as code page 037 has it; its sisters differ in a few signs only. */
function ebcdicText(bytes: string): string {
  let text = ''
  for (let index = 0; index < bytes.length; index += 1) {
    text += codePage037[bytes.charCodeAt(index)] ?? ''
  }
  return text
}

const codePage037 =
  '\x00\x01\x02\x03\x9c\x09\x86\x7f\x97\x8d\x8e\x0b\x0c\x0d\x0e\x0f\x10\x11\x12\x13\x9d' +
  '\x85\x08\x87\x18\x19\x92\x8f\x1c\x1d\x1e\x1f\x80\x81\x82\x83\x84\x0a\x17\x1b\x88\x89' +
  '\x8a\x8b\x8c\x05\x06\x07\x90\x91\x16\x93\x94\x95\x96\x04\x98\x99\x9a\x9b\x14\x15\x9e' +
  '\x1a \xa0\xe2\xe4\xe0\xe1\xe3\xe5\xe7\xf1\xa2.<(+|&\xe9\xea\xeb\xe8\xed\xee\xef\xec' +
  '\xdf!$*);\xac-/\xc2\xc4\xc0\xc1\xc3\xc5\xc7\xd1\xa6,%_>?\xf8\xc9\xca\xcb\xc8\xcd\xce' +
  '\xcf\xcc`:#@\x27="\xd8abcdefghi\xab\xbb\xf0\xfd\xfe\xb1\xb0jklmnopqr\xaa\xba\xe6\xb8' +
  '\xc6\xa4\xb5~stuvwxyz\xa1\xbf\xd0\xdd\xde\xae^\xa3\xa5\xb7\xa9\xa7\xb6\xbc\xbd\xbe[]' +
  '\xaf\xa8\xb4\xd7{ABCDEFGHI\xad\xf4\xf6\xf2\xf3\xf5}JKLMNOPQR\xb9\xfb\xfc\xf9\xfa\xff' +
  '\x5c\xf7STUVWXYZ\xb2\xd4\xd6\xd2\xd3\xd50123456789\xb3\xdb\xdc\xd9\xda\x9f'
