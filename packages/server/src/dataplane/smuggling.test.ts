import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { openRig, talk, type Rig } from './rig.fixture.ts'

const head = 'POST /a HTTP/1.1\r\nHost: shop.example\r\n'
const chunked = `${head}Transfer-Encoding: chunked\r\n\r\n`
const hidden = 'GET /admin HTTP/1.1\r\nHost: shop.example\r\n\r\n'
const get = (line: string): string => `GET / HTTP/1.1\r\nHost: shop.example\r\n${line}\r\n\r\n`

/** Requests that another server might read differently; with what is hidden behind them where something is. */
const refused: Readonly<Record<string, string>> = {
  'Content-Length and Transfer-Encoding': `${head}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${hidden}`,
  'Transfer-Encoding and Content-Length': `${head}Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n${hidden}`,
  'two equal Content-Length fields': `${head}Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello`,
  'two different Content-Length fields': `${head}Content-Length: 0\r\nContent-Length: ${hidden.length}\r\n\r\n${hidden}`,
  'a list of lengths': `${head}Content-Length: 5, 5\r\n\r\nhello`,
  'a length with a plus': `${head}Content-Length: +5\r\n\r\nhello`,
  'a negative length': `${head}Content-Length: -5\r\n\r\n`,
  'a hexadecimal length': `${head}Content-Length: 0x5\r\n\r\nhello`,
  'a length with an underscore': `${head}Content-Length: 1_0\r\n\r\nhellohello`,
  'an empty length': `${head}Content-Length: \r\n\r\n`,
  'a length of too many digits': `${head}Content-Length: 99999999999999999999999\r\n\r\n`,
  'a space before the colon of a length': `${head}Content-Length : 5\r\n\r\nhello`,
  'a space before the colon of an encoding': `${head}Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n${hidden}`,
  'a tab before the colon': `${head}Transfer-Encoding\t: chunked\r\n\r\n0\r\n\r\n`,
  'a folded field': `${head}X: a\r\n b\r\n\r\n`,
  'a folded encoding': `${head}Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n${hidden}`,
  'a fold with a tab': `${head}X: a\r\n\tb\r\n\r\n`,
  'a first field that is folded': `POST / HTTP/1.1\r\n Host: shop.example\r\n\r\n`,
  'a chunk extension': `${chunked}5;a=b\r\nhello\r\n0\r\n\r\n${hidden}`,
  'a chunk extension without a value': `${chunked}5;\r\nhello\r\n0\r\n\r\n`,
  'an extension of the last chunk': `${chunked}5\r\nhello\r\n0;a\r\n\r\n${hidden}`,
  'a bare line feed in a chunk extension': `${chunked}5;\nhello\r\n0\r\n\r\n`,
  'a chunk whose size ends with a bare line feed': `${chunked}5\nhello\r\n0\r\n\r\n`,
  'a chunk that ends with a bare line feed': `${chunked}5\r\nhello\n0\r\n\r\n`,
  'a blank after the size of a chunk': `${chunked}5 \r\nhello\r\n0\r\n\r\n`,
  'a chunk size with 0x': `${chunked}0x5\r\nhello\r\n0\r\n\r\n`,
  'a chunk size with a sign': `${chunked}+5\r\nhello\r\n0\r\n\r\n`,
  'a chunk size that overflows': `${chunked}10000000000000005\r\nhello\r\n0\r\n\r\n`,
  'a chunk size of very many zeros': `${chunked}00000000000000000000005\r\nhello\r\n0\r\n\r\n`,
  'a chunk longer than its size': `${chunked}3\r\nhello\r\n0\r\n\r\n`,
  'a bare line feed after the request line': 'GET / HTTP/1.1\nHost: shop.example\r\n\r\n',
  'a bare line feed after a field': 'GET / HTTP/1.1\r\nHost: shop.example\nX: y\r\n\r\n',
  'a bare line feed at the end of the head': 'GET / HTTP/1.1\r\nHost: shop.example\r\n\n',
  'a bare carriage return in a field': get('X: a\rY: b'),
  'a NUL in a value': get('X: a\0b'),
  'a NUL in a name': get('X\0: b'),
  'a NUL in the path': 'GET /\0 HTTP/1.1\r\nHost: shop.example\r\n\r\n',
  'a control character in a value': get('X: a\x01b'),
  'encoding identity': `${head}Transfer-Encoding: identity\r\n\r\n`,
  'an encoding that is none': `${head}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n`,
  'encoding chunked twice in one field': `${head}Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n`,
  'encoding chunked twice': `${head}Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
  'encodings gzip and chunked': `${head}Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n`,
  'encodings chunked and identity': `${head}Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n`,
  'an encoding in quotes': `${head}Transfer-Encoding: "chunked"\r\n\r\n0\r\n\r\n`,
  'an encoding with a parameter': `${head}Transfer-Encoding: chunked;q=1\r\n\r\n0\r\n\r\n`,
  'an encoding behind a vertical tab': `${head}Transfer-Encoding:\x0bchunked\r\n\r\n0\r\n\r\n`,
  'an encoding behind a NUL': `${head}Transfer-Encoding: \0chunked\r\n\r\n0\r\n\r\n`,
  'an encoding in HTTP/1.0': `POST / HTTP/1.0\r\nHost: shop.example\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${hidden}`,
  'an encoding with an underscore in its name': `${head}Transfer_Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n`,
  'a length with an underscore in its name': `${head}Content_Length: 5\r\n\r\n`,
  'a name with a space in it': get('Foo Bar: x'),
  'a line without a colon': get('foo'),
  'a field without a name': get(': x'),
  'two Host fields': get('Host: admin.example'),
  'no Host field': 'GET / HTTP/1.1\r\n\r\n',
  'a Host with a space': 'GET / HTTP/1.1\r\nHost: a b\r\n\r\n',
  'a Host with a path': 'GET / HTTP/1.1\r\nHost: a/b\r\n\r\n',
  'a Host with user information': 'GET / HTTP/1.1\r\nHost: a@b\r\n\r\n',
  'an absolute target of another host':
    'GET http://admin.example/x HTTP/1.1\r\nHost: shop.example\r\n\r\n',
  'a target that is no path': 'GET x HTTP/1.1\r\nHost: shop.example\r\n\r\n',
  'a target with a fragment': 'GET /#x HTTP/1.1\r\nHost: shop.example\r\n\r\n',
  'a target with a space': 'GET /a b HTTP/1.1\r\nHost: shop.example\r\n\r\n',
  'tabs instead of spaces': 'GET\t/ HTTP/1.1\r\nHost: shop.example\r\n\r\n',
  'version 2.0': 'GET / HTTP/2.0\r\nHost: shop.example\r\n\r\n',
  'version 1.2': 'GET / HTTP/1.2\r\nHost: shop.example\r\n\r\n',
  'version 0.9': 'GET /\r\n\r\n',
  'a method in lower case': 'get / HTTP/1.1\r\nHost: shop.example\r\n\r\n',
  'the preface of HTTP/2': 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
  'a length as a trailer': `${chunked}0\r\nContent-Length: 5\r\n\r\n`,
}

describe('requests that smuggle', () => {
  let rig: Rig
  before(async () => {
    rig = await openRig()
  })
  after(() => rig.close())

  for (const [name, bytes] of Object.entries(refused)) {
    test(`${name}: 400, the connection ends, and the target gets nothing`, async () => {
      rig.received.length = 0
      const answer = await talk(rig.port, bytes)
      assert.match(answer, /^HTTP\/1\.1 400 Bad Request\r\n/)
      assert.equal(answer.match(/HTTP\/1\.1 \d{3}/g)?.length, 1, answer)
      assert.deepEqual(rig.received, [])
    })
  }

  test('so many cases were tried', () => assert.equal(Object.keys(refused).length, 70))

  test('a chunk extension that comes later ends the connection, and the target never has the request whole', async () => {
    rig.received.length = 0
    await talk(rig.port, `${chunked}5\r\nhello\r\n`, `5;x\r\nworld\r\n0\r\n\r\n${hidden}`)
    assert.deepEqual(rig.received, [])
  })

  test('a chunked request that stands behind another in one packet is refused', async () => {
    rig.received.length = 0
    const answer = await talk(
      rig.port,
      `${get('X: y')}${chunked}5;x\r\nhello\r\n0\r\n\r\n${hidden}`,
    )
    assert.match(answer, /400 Bad Request/)
    assert.equal(
      rig.received.some(({ url }) => url === '/admin'),
      false,
    )
  })

  test('an upgrade to HTTP/2 is not passed on', async () => {
    rig.received.length = 0
    const upgrade = get(
      'Connection: Upgrade, HTTP2-Settings, close\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA',
    )
    assert.match(await talk(rig.port, upgrade), /^HTTP\/1\.1 200 OK/)
    const names = (rig.received[0]?.rawHeaders ?? []).map((each) => each.toLowerCase())
    for (const name of ['upgrade', 'http2-settings', 'h2c'])
      assert.equal(names.includes(name), false)
  })

  test('fields that Connection names go no further, but those that everyone needs do', async () => {
    rig.received.length = 0
    const answer = await talk(
      rig.port,
      get(
        'Connection: close, X-Secret, Cookie, X-Forwarded-For\r\nX-Secret: a\r\nCookie: b=c\r\nTE: trailers\r\nProxy-Connection: x\r\nKeep-Alive: 5',
      ),
    )
    assert.match(answer, /^HTTP\/1\.1 200 OK/)
    const fields = rig.received[0]?.rawHeaders ?? []
    assert.equal(fields.includes('X-Secret'), false)
    assert.equal(fields.includes('Cookie'), true)
    assert.equal(fields.includes('X-Forwarded-For'), true)
    for (const name of ['TE', 'Proxy-Connection', 'Keep-Alive'])
      assert.equal(fields.includes(name), false)
  })

  test('trailers that would change a request are dropped, others go on', async () => {
    rig.received.length = 0
    const body = `${head}Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX-Sum: 1\r\nAuthorization: x\r\n\r\n`
    assert.match(await talk(rig.port, body), /^HTTP\/1\.1 200 OK/)
    assert.deepEqual(rig.received[0]?.rawTrailers, ['X-Sum', '1'])
    assert.equal(rig.received[0]?.body, 'hello')
  })

  test('CONNECT and TRACE are not allowed', async () => {
    assert.match(
      await talk(rig.port, 'CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n'),
      /^HTTP\/1\.1 405 /,
    )
    assert.match(
      await talk(rig.port, 'TRACE / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n'),
      /^HTTP\/1\.1 405 /,
    )
  })

  test('an absolute target of the host itself is a path', async () => {
    rig.received.length = 0
    await talk(
      rig.port,
      'GET http://Shop.example/x?y HTTP/1.1\r\nHost: shop.example\r\nConnection: close\r\n\r\n',
    )
    assert.equal(rig.received[0]?.url, '/x?y')
  })

  test('a head that comes byte by byte is read, chunks as well', async () => {
    rig.received.length = 0
    const request = `${head}Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n`
    assert.match(await talk(rig.port, ...request), /^HTTP\/1\.1 200 OK/)
    assert.equal(rig.received[0]?.body, 'hello')
  })

  test('names that are not valid are dropped where that is set, and refused in the strictest mode', async () => {
    const odd = get('X_Odd: 1\r\nConnection: close')
    rig.received.length = 0
    rig.apply({ dropsInvalidFields: true })
    await talk(rig.port, odd)
    assert.equal(rig.received[0]?.rawHeaders.includes('X_Odd'), false)
    rig.apply({ isStrict: true })
    assert.match(await talk(rig.port, odd), /^HTTP\/1\.1 400 /)
    rig.apply({})
    await talk(rig.port, odd)
    assert.equal(rig.received[1]?.rawHeaders.includes('X_Odd'), true)
  })
})
