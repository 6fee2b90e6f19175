import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { readings } from '../readings.ts'
import { detectXss } from './detect-xss.ts'
import { attacks, ordinary } from './testdata/cases.ts'

function isXss(text: string): boolean {
  return readings(text).forms.some((form) => detectXss(form) !== undefined)
}

/** Payloads whose every spelling below means the same to a browser. */
const bases: readonly string[] = [
  '<script>steal(document.cookie)</script>',
  '<img src="p.png" onerror="go(1)">',
  '<svg onload="go(1)">',
  '<a href="javascript:go(1)">x</a>',
  '<iframe srcdoc="<script>go(1)</script>">',
  '<details open ontoggle="go(1)">',
]

describe('detection of cross-site scripting', () => {
  for (const [place, texts] of Object.entries(attacks)) {
    test(`scripts are found: ${place}`, () => {
      assert.deepEqual(
        texts.filter((text) => !isXss(text)),
        [],
      )
    })
  }

  for (const [kind, texts] of Object.entries(ordinary)) {
    test(`what is ordinary passes: ${kind}`, () => {
      assert.deepEqual(
        texts.filter((text) => isXss(text)),
        [],
      )
    })
  }

  test('the tables are whole', () => {
    const count = (table: Readonly<Record<string, readonly string[]>>) =>
      Object.values(table).reduce((sum, texts) => sum + texts.length, 0)
    assert.deepEqual([count(attacks), count(ordinary)], [121, 83])
  })

  test('case, space, entities and percent escapes change no verdict', () => {
    const evasion = fc.constantFrom<(text: string) => string>(
      (text) => text,
      (text) => text.toUpperCase(),
      (text) => [...text].map((c, index) => (index % 2 ? c.toUpperCase() : c)).join(''),
      (text) => text.replaceAll(' ', '\t'),
      (text) => text.replaceAll(' ', '/\n'),
      (text) => text.replaceAll(' ', '\f \r'),
      (text) => text.replaceAll('javascript:', 'java\tscr\nipt:'),
      (text) => text.replaceAll('javascript:', 'java&#x73;cript&colon;'),
      (text) => text.replace(/(?<="[^"]*)go(?=[^"]*")/, '&#103;o'),
      (text) => `">${text}`,
      (text) => `'/>${text}`,
      (text) => `words before ${text} and after`,
      (text) => `</title></textarea>--><x>${text}`,
      (text) => text.replace(/>$/, ''),
    )
    const wrapping = fc.constantFrom<(text: string) => string>(
      (text) => text,
      (text) => encodeURIComponent(text),
      (text) => encodeURIComponent(encodeURIComponent(text)),
      (text) => text.replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;'),
      (text) => text.replaceAll('<', '\\u003c'),
      (text) => Buffer.from(text).toString('base64'),
      (text) => text.replaceAll('<', '＜'),
    )
    let runs = 0
    fc.assert(
      fc.property(
        fc.constantFrom(...bases),
        fc.array(evasion, { minLength: 1, maxLength: 3 }),
        wrapping,
        (base, evasions, wrap) => {
          runs += 1
          const text = wrap(evasions.reduce((sofar, evade) => evade(sofar), base))
          assert.ok(isXss(text), text)
        },
      ),
      { numRuns: 1500 },
    )
    assert.ok(runs >= 1500)
  })

  test('no text throws, and none takes long', () => {
    const pieces = fc.constantFrom(
      ...'<>"\'`=/()[]{}:;&!-+\\ \n\0ax',
      '<script>',
      '</script>',
      '<style>',
      '<!--',
      'javascript:',
      ' onload=',
      'alert',
      '{{',
      '&#x',
      'data:',
    )
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 60 }), (texts) => {
        detectXss(texts.join(''))
      }),
      { numRuns: 2000 },
    )
    for (const piece of [
      '<',
      '<a ',
      '"',
      "'+",
      '{{',
      'on=',
      '<a b="',
      'javascript',
      '[[',
      '(((',
      '-->',
      '&#',
      'a=b,',
      '= ',
      "x'y",
    ]) {
      const long = piece.repeat(Math.ceil(65_536 / piece.length))
      const before = process.cpuUsage()
      detectXss(long)
      const { user, system } = process.cpuUsage(before)
      assert.ok((user + system) / 1000 < 250, `${piece} took ${(user + system) / 1000} ms`)
    }
  })
})
