import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { gzipSync, brotliCompressSync, deflateSync } from 'node:zlib'
import fc from 'fast-check'
import type { HttpRequest } from '../request.ts'
import { bodyValues } from './body-values.ts'

/** What a body says, name and text; names of fields as `#name`. */
function said(
  contentType: string,
  body: string | Uint8Array,
  headers: HttpRequest['headers'] = [],
) {
  const values = bodyValues({
    method: 'POST',
    target: '/',
    httpVersion: 'HTTP/1.1',
    headers: [['Content-Type', contentType], ...headers],
    body: typeof body === 'string' ? Buffer.from(body, 'latin1') : body,
    bodyTruncated: false,
    clientIp: '127.0.0.1',
  })
  return values.map(({ name, ofName, forms }) => (ofName ? `#${name}` : `${name}=${forms[0]}`))
}

const json = 'application/json'
const form = 'application/x-www-form-urlencoded'
const xml = 'text/xml'

const readings: readonly (readonly [
  contentType: string,
  body: string,
  values: readonly string[],
])[] = [
  [
    json,
    '{"a":"x","b":[1,"y",{"c/d":"z"}]}',
    ['#a', '/a=x', '#b', '/b/1=y', '#c/d', '/b/2/c~1d=z'],
  ],
  [json, '{"a":"x","a":"y"}', ['#a', '/a=x', '/a=y']],
  [json, '"only"', ['=only']],
  [json, '{"a":"\\u003cb\\u003e"}', ['#a', '/a=<b>']],
  [json, '{"a":"cut of', ['#a', '/a=cut of']],
  [json, '{"a":"x", b: "rest"}', ['#a', '/a=x', '=b: "rest"}']],
  [json, '{"a":1 /* hidden */}', ['#a', '=/* hidden */}']],
  [json, '{"a":"{\\"b\\":\\"c\\"}"}', ['#a', '#b', '/a/b=c']],
  [json, 'a=1&b=%27', ['#a', 'a=1', '#b', "b='"]],
  ['text/plain', '{"a":"x"}', ['#a', '/a=x']],
  ['text/plain', '[link](http://x) text', ['=[link](http://x) text']],
  ['text/plain', 'plain text', ['=plain text']],
  ['text/plain', '{"a":"x","b":"cut of', ['#a', '/a=x', '#b', '/b=cut of']],
  [form, '{"a":"x"}', ['#a', '/a=x']],
  ['application/x-ndjson', '{"a":"x"}\n{"b":"y"}\n', ['#a', '/a=x', '#b', '/1/b=y']],
  [form, 'a=x+y%20z&b=%C3%A9&c', ['#a', 'a=x y z', '#b', 'b=é', '#c']],
  [form, 'id=1%27/*&id=*/or', ['#id', "id=1'/*", 'id=*/or', "id=1'/*,*/or"]],
  [form, 'tag=a&tag=b', ['#tag', 'tag=a', 'tag=b']],
  [form, 'q={"x":"y"}', ['#q', '#x', 'q/x=y']],
  [`${form}; charset=ibm037`, '%89%84=%7d', ['#id', "id='"]],
  [`${json}; charset=utf-16le`, '{\0"\0a\0"\0:\0"\0x\0"\0}\0', ['#a', '/a=x']],
  [json, '\0{\0"\0a\0"\0:\0"\0x\0"\0}', ['#a', '/a=x']],
  ['', 'a=1&b=2', ['#a', 'a=1', '#b', 'b=2']],
  [
    xml,
    '<?xml version="1.0"?><a b="c &lt; d"><e>f</e></a>',
    ['#a', '#b', 'a@b=c < d', '#e', 'e=f'],
  ],
  [xml, '<a><![CDATA[<x>]]></a>', ['#a', 'a=<x>']],
  [
    xml,
    '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>',
    ['!DOCTYPE=<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>', '#a', 'a=&x;'],
  ],
  [xml, '<a onload="x()"/>', ['#a', '#onload', 'a@onload=x()', 'a=<a onload="x()"/>']],
  ['application/octet-stream', '<?xml version="1.0"?><a>b</a>', ['#a', 'a=b']],
  ['application/graphql', '{ user(id: "1\' or") { name } }', ["=1' or"]],
  [
    json,
    '{"query":"query Q($a: Int) { union(select: \\"x\\") { from } }","variables":{"a":"y"}}',
    ['#query', '/query=x', '#variables', '#a', '/variables/a=y'],
  ],
  [json, '{"query":"select * from users"}', ['#query', '/query=select * from users']],
  ['text/csv', 'id,"a ""b"""\n1,c d\n', ['=a "b"', '=1', '=c d']],
  [
    'application/octet-stream',
    '\xac\xed\0\x05sr\0\x11java.util.HashMap\x05',
    ['=\xac\xed\0\x05', '=java.util.HashMap'],
  ],
  ['image/png', '\x89PNG\r\n\x1a\n\0\0\0\rIHDR<script>alert(1)</script>\0\0\0\0', []],
]

const png = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
).toString('latin1')
/** A JPEG's beginning with EXIF text such as cameras and editors write, and noise for its pixels. */
const jpeg = `\xff\xd8\xff\xe1\0\x80Exif\0\0MM\0*\0\0\0\x08\0\x02\x01\x0f<?xpacket begin='\xef\xbb\xbf' id='W5M0'?><x:xmpmeta/>' or 1=1${Array.from({ length: 2000 }, (_, index) => String.fromCharCode((index * index * 31 + index) % 256)).join('')}`

function multipart(...parts: readonly string[]): string {
  return `${parts.map((part) => `--B\r\nContent-Disposition: form-data; ${part}\r\n`).join('')}--B--\r\n`
}

const parts: readonly (readonly [body: string, values: readonly string[]])[] = [
  [multipart('name="a"\r\n\r\nx'), ['#a', 'a=x']],
  [multipart('name="a"\r\n\r\n{"b":"c"}'), ['#a', '#b', 'a/b=c']],
  [
    multipart('name=a; filename="p.png"\r\nContent-Type: image/png\r\n\r\n' + png),
    ['#a', 'a.content-type=image/png', 'a.filename=p.png'],
  ],
  [
    multipart('name=a; filename="p.jpg"\r\nContent-Type: image/jpeg\r\n\r\n' + jpeg),
    ['#a', 'a.content-type=image/jpeg', 'a.filename=p.jpg'],
  ],
  [
    multipart('name="f"; filename="x.php"\r\n\r\n<?php system($_GET[0]);'),
    ['#f', 'f.filename=x.php', 'f=<?php system($_GET[0]);'],
  ],
  [
    multipart('name="f"; filename="x.gif"\r\nContent-Type: image/gif\r\n\r\nGIF89a;<?php echo 1;'),
    ['#f', 'f.content-type=image/gif', 'f.filename=x.gif', 'f=<?php echo 1;'],
  ],
  [
    multipart(`name="f"; filename="x.jpg"\r\n\r\n${jpeg}<?php eval(1);`),
    ['#f', 'f.filename=x.jpg', 'f=<?php eval(1);'],
  ],
  [
    multipart('name="f"; filename="main.py"\r\n\r\nimport os; os.system("ls")'),
    ['#f', 'f.filename=main.py'],
  ],
  [
    multipart('name="f"; filename="n.txt"\r\nContent-Type: text/plain\r\n\r\nsome text'),
    ['#f', 'f.content-type=text/plain', 'f.filename=n.txt', 'f=some text'],
  ],
  [
    multipart('name="f"; filename="p.svg"\r\n\r\n<svg onload=alert(1)>'),
    ['#f', 'f.filename=p.svg', 'f=<svg onload=alert(1)>'],
  ],
  [multipart(`name="f"; filename*=UTF-8''..%2fx\r\n\r\ny`), ['#f', 'f.filename=..%2fx', 'f=y']],
  [multipart('name="a"\r\nX-Odd: <b>\r\n\r\nx'), ['#a', 'x-odd=<b>', 'a=x']],
  [
    multipart('name="a"\r\nContent-Transfer-Encoding: base64\r\n\r\nPGI+'),
    ['#a', 'content-transfer-encoding=base64', 'a=<b>'],
  ],
  ['--B\nContent-Disposition: form-data; name="a"\n\nx\n--B--', ['#a', 'a=x']],
  ['--B\r\nContent-Disposition: form-data; name="a"\r\n\r\nunfinished', ['#a', 'a=unfinished']],
  [
    `before${'\r\n'}${multipart('name="a"\r\n\r\nx')}after`,
    ['=before\r\n', '#a', 'a=x', '=\r\nafter'],
  ],
]

describe('the values of a body', () => {
  test('a body is read as its type and its looks say', () => {
    for (const [contentType, body, values] of readings) {
      assert.deepEqual(said(contentType, body), values, `${contentType} ${body}`)
    }
    assert.equal(readings.length, 34)
  })

  test('multipart bodies are read part by part, files as what they are', () => {
    for (const [body, values] of parts) {
      assert.deepEqual(said('multipart/form-data; boundary=B', body), values, body)
    }
    assert.equal(parts.length, 16)
  })

  test('compressed bodies are read as what they hold', () => {
    const content = Buffer.from('{"a":"x"}')
    const packed = {
      gzip: gzipSync(content),
      br: brotliCompressSync(content),
      deflate: deflateSync(content),
    }
    for (const [encoding, body] of Object.entries(packed)) {
      assert.deepEqual(said(json, body, [['content-encoding', encoding]]), ['#a', '/a=x'], encoding)
    }
    const cut = gzipSync(Buffer.from(`{"a":"${'word '.repeat(2000)}${Math.PI}`)).subarray(0, -12)
    assert.match(said(json, cut, [['content-encoding', 'gzip']])[1] ?? '', /^\/a=word word/)
    const bomb = gzipSync(Buffer.alloc(5_000_000, 'a'))
    assert.match(said('text/plain', bomb, [['content-encoding', 'gzip']])[0] ?? '', /^=aaaa/)
  })

  test('no body of any type throws, and every letter of a JSON string is seen', () => {
    const types = [
      json,
      form,
      xml,
      'multipart/form-data; boundary=B',
      'text/csv',
      '',
      'application/octet-stream',
      'text/plain; charset=utf-7',
    ]
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc
        .string({
          unit: fc.constantFrom(...'<>{}[]":,=&\\/!-?\r\n\0aé', '--B', '<![CDATA[', '<!DOCTYPE'),
        })
        .map((text) => Buffer.from(text)),
    )
    fc.assert(
      fc.property(fc.constantFrom(...types), bytes, (type, body) => {
        said(type, body)
      }),
      { numRuns: 500 },
    )
    fc.assert(
      fc.property(fc.string({ minLength: 1, unit: 'grapheme' }), (text) => {
        const body = Buffer.from(JSON.stringify({ key: `x${text}` }))
        assert.ok(said(json, body).includes(`/key=x${text}`))
      }),
      { numRuns: 200 },
    )
  })
})
