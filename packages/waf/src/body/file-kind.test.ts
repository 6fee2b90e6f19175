import assert from 'node:assert/strict'
import { test } from 'node:test'
import { endsInFile } from './file-kind.ts'

const picture = Buffer.concat([
  Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
  Buffer.from(Array.from({ length: 4096 }, (_, index) => (index * 167 + 13) % 256)),
])
const type = 'multipart/form-data; boundary=XbX'
const part = (disposition: string): string =>
  `--XbX\r\nContent-Disposition: form-data; ${disposition}\r\n\r\n`

test('a body breaks off in a file where its last part is one, or it is one itself', () => {
  const text = Buffer.from('a'.repeat(4096))
  const file = Buffer.from(part('name="f"; filename="a.png"'))
  const field = Buffer.from(part('name="q"'))
  const cases: readonly (readonly [boolean, readonly Buffer[], string])[] = [
    [true, [picture], 'image/png'],
    [true, [picture], 'application/octet-stream'],
    [false, [text], 'application/octet-stream'],
    [false, [picture], 'application/x-www-form-urlencoded'],
    [false, [text], 'image/png'],
    [true, [file, picture], type],
    [false, [file, text], type],
    [false, [field, text], type],
    [false, [file, picture, Buffer.from('\r\n'), field, text], type],
    [false, [picture], type],
  ]
  for (const [expected, pieces, contentType] of cases) {
    assert.equal(endsInFile(Buffer.concat(pieces), contentType), expected, contentType)
  }
  assert.equal(cases.length, 10)
})
