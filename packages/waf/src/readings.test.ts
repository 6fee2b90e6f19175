import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { characterMarks } from './inspected-value.ts'
import { marksOf, readings } from './readings.ts'
import { percentDecoded, unicodeText } from './text/percent.ts'

const layered: readonly (readonly [text: string, lastForm: string])[] = [
  ['%3Cscript%3E', '<script>'],
  ['%253Cscript%253E', '<script>'],
  ['%25253Cb%25253E', '<b>'],
  ['%u003cscript%u003E', '<script>'],
  ['1%2527+or+1', "1' or 1"],
  ['%c0%ae%c0%ae%c0%afetc', '../etc'],
  ['%e0%80%ae%e0%80%ae/etc', '../etc'],
  ['%f0%80%80%af', '/'],
  ['&lt;script&gt;', '<script>'],
  ['&amp;lt;b&amp;gt;', '<b>'],
  ['&#60;b&#x3e;', '<b>'],
  ['&#0000060b', '<b'],
  ['<b>&#106;s</b>', '<b>js</b>'],
  ['java&Tab;script&colon;', 'java\tscript:'],
  ['\\u003cb\\u003e', '<b>'],
  ['\\x3cb\\x3e', '<b>'],
  ['\\u{3c}b', '<b'],
  ['\\74b', '<b'],
  ['%5Cu003cb', '<b'],
  ['%26lt%3Bb', '<b'],
  ['＜script＞', '<script>'],
  ['1ʼ or 1', "1' or 1"],
  ['+ADw-script+AD4-', '<script>'],
  ['PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==', '<script>alert(1)</script>'],
  ['Li4vLi4vZXRjL3Bhc3N3ZA', '../../etc/passwd'],
]

const once: readonly string[] = [
  '',
  'plain text, nothing else',
  '100% sure',
  'Tom & Jerry &copy; 2024 &nbsp;&eacute; a &amp; b',
  'l’école — “so”',
  'd41d8cd98f00b204e9800998ecf8427e',
  'administrators2',
  'C:\\Users\\me',
  'a+b=c',
  'naïve café 日本語',
  'T-shirt + ADAPTER',
  '<p>Use &lt;b&gt; &amp; &#39;&quot;</p>',
]

describe('readings of a text', () => {
  test('layers are taken off one by one', () => {
    for (const [text, lastForm] of layered) {
      const { forms } = readings(text)
      assert.equal(forms[0], text)
      assert.equal(forms.at(-1), lastForm, text)
    }
    assert.equal(layered.length, 25)
  })

  test('a text with nothing to decode has one form', () => {
    for (const text of once) assert.deepEqual(readings(text).forms, [text])
    assert.equal(once.length, 12)
  })

  test('marks say which characters occur in any form', () => {
    assert.equal(marksOf('abc'), 0)
    assert.equal(marksOf('a1'), characterMarks.digit)
    assert.equal(marksOf('a..b'), characterMarks.dot)
    assert.equal(marksOf('a.b.c'), 0)
    assert.equal(marksOf('a--'), characterMarks.hash)
    assert.equal(marksOf('a-b-'), 0)
    assert.equal(marksOf('/*'), characterMarks.slash | characterMarks.hash)
    assert.equal(marksOf('é'), characterMarks.wide)
    assert.ok(readings('%253c').marks & characterMarks.angle)
    assert.ok(readings('＇').marks & characterMarks.quote)
  })

  test('any text can be read, in five forms at most, the first being itself', () => {
    const pieces = fc.constantFrom(...'%u0041c0af&lt;#x\\3 +ADw-＜é', '%3c', '&lt;', '\\u003c')
    const encoded = fc.array(pieces, { maxLength: 20 }).map((texts) => texts.join(''))
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'grapheme' }), encoded), (text) => {
        const { forms, marks } = readings(text)
        assert.ok(forms.length >= 1 && forms.length <= 5)
        assert.equal(forms[0], text)
        assert.equal(
          marks,
          forms.reduce((all, form) => all | marksOf(form), 0),
        )
      }),
      { numRuns: 500 },
    )
  })

  test('percent-encoding any text once and decoding it gives the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        for (const long of [text, text + 'x'.repeat(200)]) {
          assert.equal(percentDecoded(encodeURIComponent(long), true), long)
        }
        assert.equal(unicodeText(Buffer.from(text).toString('latin1')), text)
      }),
    )
  })
})
