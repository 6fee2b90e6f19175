import { hash } from 'node:crypto'
import {
  base64Decode,
  base64DecodeExt,
  cssDecode,
  escapeSeqDecode,
  hexDecode,
  htmlEntityDecode,
  jsDecode,
  jsDecodeExt,
  replaced,
  sqlHexDecode,
  urlDecode,
  urlDecodeUni,
  utf8ToUnicode,
} from './decoders.ts'
import { cmdLine, normalizePath } from './normalizers.ts'

/** Makes a byte string of a byte string. */
export type Transformation = (text: string) => string

const whiteSpace = /[ \t\n\v\f\r\xa0]+/g

/**
 * The text transformations, by their names in the API. AWS documents what the first 21 do; of the rest it documents the names, and
 * ModSecurity's transformations of the same names are followed.
 * https://docs.aws.amazon.com/waf/latest/developerguide/waf-rule-statement-transformation.html
 */
export const transformations: ReadonlyMap<string, Transformation> = new Map<string, Transformation>(
  [
    ['NONE', (text) => text],
    ['BASE64_DECODE', base64Decode],
    ['BASE64_DECODE_EXT', base64DecodeExt],
    ['CMD_LINE', (text) => cmdLine(text, /[\\"'^]+/g)],
    ['COMPRESS_WHITE_SPACE', (text) => text.replace(whiteSpace, ' ')],
    ['CSS_DECODE', cssDecode],
    ['ESCAPE_SEQ_DECODE', escapeSeqDecode],
    ['HEX_DECODE', hexDecode],
    ['HTML_ENTITY_DECODE', htmlEntityDecode],
    ['JS_DECODE', jsDecode],
    ['LOWERCASE', (text) => text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase())],
    ['MD5', (text) => hash('md5', bytesOf(text), 'buffer').toString('latin1')],
    ['NORMALIZE_PATH', normalizePath],
    ['NORMALIZE_PATH_WIN', (text) => normalizePath(replaced(text, '\\', '/'))],
    ['REMOVE_NULLS', (text) => replaced(text, '\0', '')],
    ['REPLACE_COMMENTS', (text) => text.replace(/\/\*[^]*?(?:\*\/|$)/g, ' ')],
    ['REPLACE_NULLS', (text) => replaced(text, '\0', ' ')],
    ['SQL_HEX_DECODE', sqlHexDecode],
    ['URL_DECODE', urlDecode],
    ['URL_DECODE_UNI', urlDecodeUni],
    ['UTF8_TO_UNICODE', utf8ToUnicode],
    ['CMD_LINE_UNIX', (text) => cmdLine(text, /[\\"']+/g)],
    ['CMD_LINE_WIN', (text) => cmdLine(text, /["'^]+/g)],
    ['JS_DECODE_EXT', jsDecodeExt],
    ['REMOVE_COMMENTS_CHAR', (text) => text.replace(/\/\*|\*\/|<!--|-->|--|#/g, '')],
    ['REMOVE_WHITESPACE', (text) => text.replace(whiteSpace, '')],
    ['SHA256', (text) => hash('sha256', bytesOf(text), 'buffer').toString('latin1')],
    ['TRIM', (text) => trimmedRight(trimmedLeft(text))],
    ['TRIM_LEFT', trimmedLeft],
    ['TRIM_RIGHT', trimmedRight],
    ['UPPERCASE', (text) => text.replace(/[a-z]+/g, (letters) => letters.toUpperCase())],
  ],
)

function bytesOf(text: string): Buffer {
  return Buffer.from(text, 'latin1')
}

function trimmedLeft(text: string): string {
  return text.replace(/^[ \t\n\v\f\r]+/, '')
}

/** By hand, as an expression would try every run of spaces within the text. */
function trimmedRight(text: string): string {
  let end = text.length
  while (end > 0 && ' \t\n\v\f\r'.includes(text.charAt(end - 1))) end -= 1
  return text.slice(0, end)
}
