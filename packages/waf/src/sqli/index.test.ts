import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import fc from 'fast-check'
import { detectSqli } from './index.ts'

test('each of 207 attacks is read for what it is', () => {
  const rows = linesOf('attacks.tsv').map((line) => line.split('\t'))
  for (const [reason = '', text = ''] of rows) {
    assert.equal(detectSqli(text, 'LOW')?.reason, reason, text)
  }
  assert.equal(rows.length, 207)
})

test('none of 267 ordinary texts is taken for an attack', () => {
  const texts = linesOf('ordinary.txt').map((line) => line.replaceAll(String.raw`\n`, '\n'))
  for (const text of texts) assert.equal(detectSqli(text, 'LOW'), undefined, text)
  assert.equal(texts.length, 267)
})

test('HIGH takes whole statements and loose ends that LOW lets pass', () => {
  for (const text of ['select * from users', "x';", 'drop table users', 'version()', '1) or (x']) {
    assert.equal(detectSqli(text, 'LOW'), undefined, text)
    assert.ok(detectSqli(text, 'HIGH'), text)
  }
})

// No literal has a space within, and nothing tells words apart by case.
const attacks = [
  '1 or 1=1',
  "1' or '1'='1",
  '1" and 2>1 -- x',
  "x') or ('a'='a",
  '1 union select null,version()',
  "1' union all select 1,2 from users -- x",
  '1 ; drop table users',
  "1' ; waitfor delay '0:0:5' -- x",
  "1' and sleep(5) and '1'='1",
  '1 and ( select count(*) from information_schema.tables ) > 0',
  '1 order by 7',
  "1' having 1=1 -- x",
  '1 or case when 1=1 then 1 else 0 end = 1',
  "' or 'x' like 'x",
  '1 or 2 between 1 and 3',
]
const anAttack = fc.constantFrom(...attacks)
const whiteSpace = fc.constantFrom(
  ...Array.from('\t\n\v\f\r\u00a0\u3000\ufffd'),
  ...'  |/**/|/*x*/| /*!*/'.split('|'),
)

test('white space of any kind and comments for it change nothing', () => {
  fc.assert(
    fc.property(
      anAttack,
      fc.array(whiteSpace, { minLength: 1, maxLength: 4 }),
      (attack, spaces) => {
        const [code = '', tail] = attack.split(' -- ')
        let turn = 0
        const text = code.replaceAll(' ', () => spaces[turn++ % spaces.length] ?? ' ')
        assert.ok(detectSqli(tail === undefined ? text : `${text} -- ${tail}`, 'LOW'), text)
      },
    ),
  )
})

test('letters of any case, full width or with null bytes between change nothing', () => {
  const disguise = fc.constantFrom(
    (letter: string) => letter.toUpperCase(),
    (letter: string) => letter,
    (letter: string) => String.fromCharCode(letter.charCodeAt(0) + 0xfee0),
    (letter: string) => `\0${letter}`,
  )
  fc.assert(
    fc.property(
      anAttack,
      fc.array(disguise, { minLength: 1, maxLength: 9 }),
      (attack, disguises) => {
        let turn = 0
        const text = attack.replaceAll(/[a-z'=]/g, (letter) => {
          turn += 1
          return disguises[turn % disguises.length]?.(letter) ?? letter
        })
        assert.ok(detectSqli(text, 'LOW'), text)
      },
    ),
  )
})

test('a layer of percent escapes, versioned comments and broken keywords change nothing', () => {
  for (const attack of attacks) {
    const escaped = attack.replaceAll(
      /[^a-z0-9]/g,
      (mark) => `%${mark.charCodeAt(0).toString(16).padStart(2, '0')}`,
    )
    assert.ok(detectSqli(escaped, 'LOW'), escaped)
    const versioned = attack.replaceAll(/\b(or|and|union|select|having|like)\b/g, '/*!50000$1*/')
    assert.ok(detectSqli(versioned, 'LOW'), versioned)
    const broken = attack.replaceAll(
      /\b(union|select|having)\b/g,
      (word) => `${word.slice(0, 2)}/**/${word.slice(2)}`,
    )
    assert.ok(detectSqli(broken, 'LOW'), broken)
  }
})

const fragment = fc.constantFrom(
  ...Array.from('\'"`() #;,.=@[]{}\\%1a\n\0\u02bc\ud800'),
  ..."-- /* */ /*! || $$ q'[ 0x 1.e select union from or case when end in is not begin if".split(
    ' ',
  ),
  ...'with as over interval exec declare order by having waitfor between like'.split(' '),
)

test('no text makes it throw, and what LOW finds HIGH finds too', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 60 }),
    fc.array(fragment, { maxLength: 40 }).map((parts) => parts.join('')),
    fc.array(fragment, { maxLength: 40 }).map((parts) => parts.join(' ')),
  )
  fc.assert(
    fc.property(text, (value) => {
      if (detectSqli(value, 'LOW') !== undefined) assert.ok(detectSqli(value, 'HIGH'))
    }),
    { numRuns: 1_500 },
  )
})

test('64 KB take a few milliseconds whatever is repeated in them', () => {
  const size = 65_536
  const units = [
    ...Array.from('\'"(`) \\a\u02bc%'),
    ..."\\'|' |1 or (|a+|/*|/**/|u/**/n|q'[a,|[a,|%27|1.e|;select 1|case when 1 then |- |.a".split(
      '|',
    ),
    ...'with x as (|begin |@a,|x y (select |union select |{x |if (1=1) '.split('|'),
    '$a$||',
    '#a\n',
    "doesn't or ",
  ]
  for (const unit of units) {
    for (const start of ['', "1' or "]) {
      const text = start + unit.repeat(Math.ceil(size / unit.length))
      const spent = faster(() => detectSqli(text, 'HIGH'))
      assert.ok(spent < 50, `${spent} ms of ${JSON.stringify(start + unit)}`)
    }
  }
})

/** CPU time in milliseconds of the faster of two calls. */
function faster(call: () => unknown): number {
  const times = [0, 1].map(() => {
    const before = process.cpuUsage()
    call()
    const { user, system } = process.cpuUsage(before)
    return (user + system) / 1000
  })
  return Math.min(...times)
}

function linesOf(file: string): string[] {
  const text = readFileSync(new URL(`testdata/${file}`, import.meta.url), 'utf8')
  return text.split('\n').filter((line) => line !== '')
}
