import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { TextTransformationType } from '@aws-sdk/client-wafv2'
import fc from 'fast-check'
import { transformations } from './index.ts'

const cases: readonly (readonly [name: string, text: string, transformed: string])[] = [
  ['NONE', 'A%20b', 'A%20b'],
  ['BASE64_DECODE', 'QUJD', 'ABC'],
  ['BASE64_DECODE', 'QUI=', 'AB'],
  ['BASE64_DECODE', 'not base64!', 'not base64!'],
  ['BASE64_DECODE_EXT', 'Q!U J\tD', 'ABC'],
  ['CMD_LINE', 'c"a"t^ C:\\T', 'cat c:t'],
  ['CMD_LINE', 'a,b;c', 'a b c'],
  ['CMD_LINE', 'CAT   /etc/passwd', 'cat/etc/passwd'],
  ['CMD_LINE', 'echo  (x)', 'echo(x)'],
  ['CMD_LINE_UNIX', "c'a't^x", 'cat^x'],
  ['CMD_LINE_WIN', 'TYPE^ C:\\boot.ini', 'type c:\\boot.ini'],
  ['COMPRESS_WHITE_SPACE', 'a \t\r\n\v\f\xa0b', 'a b'],
  ['CSS_DECODE', 'ja\\vascript', 'javascript'],
  ['CSS_DECODE', '\\3c script', '<script'],
  ['CSS_DECODE', '\\00ff1c x', '<x'],
  ['CSS_DECODE', 'a\\\nb', 'ab'],
  ['ESCAPE_SEQ_DECODE', 'a\\tb\\x41\\101\\q', 'a\tbAA\\q'],
  ['ESCAPE_SEQ_DECODE', "\\'\\\\\\?", "'\\?"],
  ['HEX_DECODE', '414243', 'ABC'],
  ['HEX_DECODE', '41424', '41424'],
  ['HTML_ENTITY_DECODE', '&lt;b&gt;&quot;&nbsp;', '<b>"\xa0'],
  ['HTML_ENTITY_DECODE', '&#60;&#x3C;&#60', '<<<'],
  ['HTML_ENTITY_DECODE', '&#8364;&unknown;', '\xe2\x82\xac&unknown;'],
  ['JS_DECODE', '\\u003cb\\x3e\\74\\n\\q', '<b><\nq'],
  ['JS_DECODE', '\\uff1cb\\u20ac', '<b\xac'],
  ['JS_DECODE_EXT', '\\u20ac\\uff1c', '\xe2\x82\xac<'],
  ['LOWERCASE', 'AbC\xc4', 'abc\xc4'],
  ['MD5', 'abc', Buffer.from('900150983cd24fb0d6963f7d28e17f72', 'hex').toString('latin1')],
  ['NORMALIZE_PATH', '/a//b/./c/../d', '/a/b/d'],
  ['NORMALIZE_PATH', '../a/../../b', '../../b'],
  ['NORMALIZE_PATH', '/../../etc/passwd', '/etc/passwd'],
  ['NORMALIZE_PATH', '/a/b/', '/a/b/'],
  ['NORMALIZE_PATH', '/a/b/..', '/a/'],
  ['NORMALIZE_PATH', '/', '/'],
  ['NORMALIZE_PATH_WIN', '\\a\\..\\b', '/b'],
  ['REMOVE_COMMENTS_CHAR', 'a/*b*/c--d#e', 'abcde'],
  ['REMOVE_NULLS', 'a\0b', 'ab'],
  ['REMOVE_WHITESPACE', ' a\tb ', 'ab'],
  ['REPLACE_COMMENTS', 'a/*x*//*y*/b', 'a  b'],
  ['REPLACE_COMMENTS', 'a/*open', 'a '],
  ['REPLACE_COMMENTS', 'a*/b', 'a*/b'],
  ['REPLACE_NULLS', 'a\0b', 'a b'],
  [
    'SHA256',
    'abc',
    Buffer.from('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad', 'hex').toString(
      'latin1',
    ),
  ],
  ['SQL_HEX_DECODE', 'x=0x414243', 'x=ABC'],
  ['TRIM', ' a b\t', 'a b'],
  ['TRIM_LEFT', ' a ', 'a '],
  ['TRIM_RIGHT', ' a ', ' a'],
  ['UPPERCASE', 'aBc', 'ABC'],
  ['URL_DECODE', 'a%20b+c%zz%', 'a b c%zz%'],
  ['URL_DECODE', '%u0041', '%u0041'],
  ['URL_DECODE_UNI', '%u0041%uff1c%u20ac%3c', 'A<\xac<'],
  ['UTF8_TO_UNICODE', 'a\xe2\x82\xacb\xff', 'a%u20acb\xff'],
]

describe('text transformations', () => {
  test('each does what its documentation says', () => {
    for (const [name, text, transformed] of cases) {
      assert.equal(transformations.get(name)?.(text), transformed, `${name} of ${text}`)
    }
    assert.equal(cases.length, 52)
    assert.equal(new Set(cases.map(([name]) => name)).size, 31)
  })

  test('every name of the API is known', () => {
    assert.deepEqual(
      [...transformations.keys()].toSorted(),
      Object.keys(TextTransformationType).toSorted(),
    )
  })

  test('no text makes one throw, and what comes out is a byte string', () => {
    const pieces = fc.constantFrom(
      '\\',
      '%',
      '&#x',
      '/*',
      '../',
      'u00',
      '0x',
      'ff',
      ' ',
      '\0',
      '\xff',
    )
    const texts = fc
      .array(fc.oneof(pieces, fc.string()))
      .map((parts) => Buffer.from(parts.join(''), 'utf8').toString('latin1'))
    fc.assert(
      fc.property(texts, fc.constantFrom(...transformations.values()), (text, transform) => {
        assert.doesNotMatch(transform(text), /[^\0-\xff]/)
      }),
      { numRuns: 2000 },
    )
  })

  test('64 KB of anything repeated is quick', () => {
    for (const unit of ['\\', '/*', '%', '&', ' ', '../', '0x4', '&#', '\\u', 'A', '\xe2\x82']) {
      const text = unit.repeat(65_536 / unit.length)
      for (const [name, transform] of transformations) {
        const before = process.cpuUsage()
        transform(text)
        const { user, system } = process.cpuUsage(before)
        assert.ok(user + system < 200_000, `${name} of ${unit}: ${user + system} us`)
      }
    }
  })
})
