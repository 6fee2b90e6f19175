import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http'
import { connect as connectHttp2 } from 'node:http2'
import type { AddressInfo, Socket } from 'node:net'
import { after, before, describe, test } from 'node:test'
import { connect as connectTls } from 'node:tls'
import type { HttpRequest } from '@bartizan/waf'
import { systemClock } from '../kernel/clock.ts'
import { Origin } from './origin.ts'
import { openRig, talk, type Rig } from './rig.fixture.ts'
import { otherCertificate, shopCertificate } from './testdata/certificates.ts'

const tls = {
  certificates: [
    { ...shopCertificate, names: ['shop.example'] },
    { ...otherCertificate, names: ['*.other.example'] },
  ],
  options: { minVersion: 'TLSv1.2' },
} as const

/** Asks over HTTP/2. */
async function askHttp2(
  port: number,
  headers: Record<string, string>,
  body?: string,
): Promise<{ status: number; text: string; trailers: object }> {
  const session = connectHttp2(`https://127.0.0.1:${port}`, {
    ca: shopCertificate.cert,
    servername: 'shop.example',
  })
  const stream = session.request(
    { ':authority': 'shop.example', ...headers },
    { endStream: body === undefined },
  )
  if (body !== undefined) stream.end(body)
  let text = ''
  let trailers = {}
  stream.on('data', (chunk: Buffer) => (text += chunk.toString()))
  stream.on('trailers', (fields: object) => (trailers = fields))
  const [answer] = (await once(stream, 'response')) as [Record<string, unknown>]
  await once(stream, 'end')
  session.close()
  return { status: Number(answer[':status']), text, trailers }
}

/** A target that is asked by a function of the test's. */
async function openTarget(answer: (message: IncomingMessage, response: ServerResponse) => void) {
  const server = createServer(answer)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return { server, origin: new Origin({ host: '127.0.0.1', port, isTls: false }) }
}

describe('an entrance that speaks TLS', () => {
  let rig: Rig
  before(async () => {
    rig = await openRig({ protocol: 'HTTPS', port: 443, tls, offersHttp2: true, forwardsTls: true })
  })
  after(() => rig.close())

  const named = (servername: string): Promise<string> =>
    new Promise((resolve, reject) => {
      const socket = connectTls({
        port: rig.port,
        host: '127.0.0.1',
        servername,
        rejectUnauthorized: false,
      })
      socket.on('secureConnect', () => {
        resolve(socket.getPeerCertificate().subject.CN?.toString() ?? '')
        socket.destroy()
      })
      socket.on('error', reject)
    })

  test('shows the certificate of the name that a client asks for, else the first', async () => {
    assert.equal(await named('shop.example'), 'shop.example')
    assert.equal(await named('www.other.example'), 'other.example')
    assert.equal(await named('unknown.example'), 'shop.example')
  })

  test('speaks HTTP/2 to clients that can, and HTTP/1.1 to targets', async () => {
    rig.received.length = 0
    const { status, text } = await askHttp2(
      rig.port,
      { ':method': 'POST', ':path': '/x?y' },
      'hello',
    )
    assert.deepEqual([status, text], [200, 'ok'])
    const [got] = rig.received
    assert.deepEqual([got?.method, got?.url, got?.body], ['POST', '/x?y', 'hello'])
    const fields = got?.rawHeaders ?? []
    const of = (name: string) => fields[fields.findIndex((each) => each.toLowerCase() === name) + 1]
    assert.equal(of('host'), 'shop.example')
    assert.equal(of('x-forwarded-proto'), 'https')
    assert.equal(of('x-forwarded-port'), '443')
    assert.equal(of('x-amzn-tls-version'), 'TLSv1.3')
  })

  test('a GET of HTTP/2 without a body has none at the target', async () => {
    rig.received.length = 0
    assert.equal((await askHttp2(rig.port, { ':path': '/plain' })).status, 200)
    assert.equal(
      rig.received[0]?.rawHeaders.some((each) => /^transfer-encoding$/i.test(each)),
      false,
    )
  })

  test('an HTTP/2 request whose path or host smuggles is refused', async () => {
    rig.received.length = 0
    for (const headers of [
      { ':path': '/a b' },
      { ':path': '/a#b' },
      { ':path': 'x' },
      { ':path': '/', ':authority': 'a b' },
      { ':path': '/', transfer_encoding: 'chunked' },
    ]) {
      const status = await askHttp2(rig.port, headers).then(
        (answer) => answer.status,
        () => 400,
      )
      assert.equal(status, 400, JSON.stringify(headers))
    }
    assert.deepEqual(rig.received, [])
  })

  test('a client of HTTP/1.1 is served on the same port', async () => {
    const socket = connectTls({
      port: rig.port,
      host: '127.0.0.1',
      servername: 'shop.example',
      ca: shopCertificate.cert,
    })
    socket.write('GET / HTTP/1.1\r\nHost: shop.example\r\nConnection: close\r\n\r\n')
    let text = ''
    socket.on('data', (chunk: Buffer) => (text += chunk.toString()))
    await once(socket, 'close')
    assert.match(text, /^HTTP\/1\.1 200 OK/)
  })

  test('a chunk extension is refused over TLS too', async () => {
    rig.received.length = 0
    const socket = connectTls({
      port: rig.port,
      host: '127.0.0.1',
      servername: 'shop.example',
      ca: shopCertificate.cert,
    })
    socket.write(
      'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1;x\r\na\r\n0\r\n\r\n',
    )
    let text = ''
    socket.on('data', (chunk: Buffer) => (text += chunk.toString()))
    await once(socket, 'close')
    assert.match(text, /^HTTP\/1\.1 400 /)
    assert.deepEqual(rig.received, [])
  })
})

describe('an entrance', () => {
  let rig: Rig
  before(async () => {
    rig = await openRig()
  })
  after(() => rig.close())

  test('answers 502 where the target is not there, and 503 where the router says so', async () => {
    const origin = new Origin({ host: '127.0.0.1', port: 1, isTls: false })
    rig.apply({ route: () => ({ kind: 'forward', origin }) })
    const answer = await talk(rig.port, 'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')
    assert.match(answer, /^HTTP\/1\.1 502 Bad Gateway\r\nServer: awselb\/2\.0\r\n/)
    assert.match(answer, /<center><h1>502 Bad Gateway<\/h1><\/center>/)
  })

  test('answers 504 where the target takes longer than the idle timeout', async () => {
    const { server, origin } = await openTarget(() => {})
    rig.apply({ route: () => ({ kind: 'forward', origin }), idleTimeoutMs: 200 })
    assert.match(
      await talk(rig.port, 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'),
      /^HTTP\/1\.1 504 Gateway Time-?out\r\n/,
    )
    server.closeAllConnections()
    server.close()
  })

  test('closes connections on which nothing moves', async () => {
    rig.apply({ idleTimeoutMs: 200 })
    assert.equal(await talk(rig.port), '')
    assert.match(await talk(rig.port, 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'), /^HTTP\/1\.1 200 OK/)
  })

  test('passes bodies on as they come, both ways', async () => {
    const { server, origin } = await openTarget((message, response) => {
      response.flushHeaders()
      message.on('data', (chunk: Buffer) => response.write(chunk.toString().toUpperCase()))
      message.on('end', () => response.end())
    })
    rig.apply({ route: () => ({ kind: 'forward', origin }) })
    const asked = request({ port: rig.port, method: 'POST', host: '127.0.0.1' })
    asked.write('one')
    const [answer] = (await once(asked, 'response')) as [IncomingMessage]
    const [first] = (await once(answer, 'data')) as [Buffer]
    assert.equal(first.toString(), 'ONE')
    asked.write('two')
    const [second] = (await once(answer, 'data')) as [Buffer]
    assert.equal(second.toString(), 'TWO')
    asked.end()
    answer.resume()
    await once(answer, 'end')
    server.close()
  })

  test('holds a sender back whose target does not read', async () => {
    const { server, origin } = await openTarget((message) => void message.pause())
    rig.apply({ route: () => ({ kind: 'forward', origin }) })
    const asked = request({ port: rig.port, method: 'POST', host: '127.0.0.1', agent: false })
    asked.on('error', () => {})
    const chunk = Buffer.alloc(1 << 20)
    const clock = systemClock()
    let isHeld = false
    for (let count = 0; count < 64 && !isHeld; count++) {
      const written = new Promise<boolean>((resolve) => asked.write(chunk, () => resolve(false)))
      const late = new Promise<boolean>((resolve) => clock.after(500, () => resolve(true)))
      isHeld = await Promise.race([written, late])
    }
    assert.equal(isHeld, true)
    asked.destroy()
    server.closeAllConnections()
    server.close()
  })

  test('says 100 Continue itself and takes the expectation away', async () => {
    rig.received.length = 0
    rig.apply({})
    const answer = await talk(
      rig.port,
      'POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\nConnection: close\r\n\r\n',
      'hello',
    )
    assert.match(answer, /^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 OK/)
    assert.equal(rig.received[0]?.rawHeaders.includes('Expect'), false)
  })

  test('carries WebSocket connections', async () => {
    const { server, origin } = await openTarget((_message, response) => response.end())
    server.on('upgrade', (_message: IncomingMessage, socket: Socket) => {
      socket.write(
        'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: x\r\n\r\n',
      )
      socket.on('data', (chunk: Buffer) => socket.write(chunk.toString().toUpperCase()))
    })
    rig.apply({ route: () => ({ kind: 'forward', origin }) })
    const asked = request({
      port: rig.port,
      host: '127.0.0.1',
      headers: { Connection: 'Upgrade', Upgrade: 'websocket', 'Sec-WebSocket-Key': 'x' },
    })
    asked.end()
    const [answer, socket] = (await once(asked, 'upgrade')) as [IncomingMessage, Socket]
    assert.equal(answer.headers['sec-websocket-accept'], 'x')
    socket.write('hello')
    const [echoed] = (await once(socket, 'data')) as [Buffer]
    assert.equal(echoed.toString(), 'HELLO')
    socket.destroy()
    server.closeAllConnections()
    server.close()
  })

  test('a WebSocket handshake that is blocked never reaches the target', async () => {
    rig.received.length = 0
    const gate = {
      bodyLimit: 8192,
      inspect: () => ({ verdict: { action: 'BLOCK' as const, insertedHeaders: [] } }),
    }
    rig.apply({ inspection: { guard: { gate: () => gate }, failsOpen: false } })
    const answer = await talk(
      rig.port,
      'GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
    )
    assert.match(answer, /^HTTP\/1\.1 403 Forbidden/)
    assert.deepEqual(rig.received, [])
  })
})

describe('inspection', () => {
  let rig: Rig
  const seen: HttpRequest[] = []
  const limit = 8_192
  const gate = {
    bodyLimit: limit,
    inspect(asked: HttpRequest) {
      seen.push(asked)
      const isBad = asked.target.includes('bad') || Buffer.from(asked.body).includes('evil')
      if (!isBad) {
        return {
          verdict: {
            action: 'ALLOW' as const,
            insertedHeaders: [['x-amzn-waf-note', 'seen']] as const,
          },
        }
      }
      return {
        verdict: { action: 'BLOCK' as const, insertedHeaders: [] },
        answer: { status: 418, headers: ['X-Rule', 'r'], body: 'no' },
      }
    },
  }
  before(async () => {
    rig = await openRig({ inspection: { guard: { gate: () => gate }, failsOpen: false } })
  })
  after(() => rig.close())

  const post = (body: string, path = '/'): Promise<string> =>
    talk(
      rig.port,
      `POST ${path} HTTP/1.1\r\nHost: a\r\nX-ODD: \xe9\r\nConnection: close\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    )

  test('sees names, values and bytes as they were sent', async () => {
    seen.length = 0
    assert.match(await post('hello', '/p?q=%41'), /^HTTP\/1\.1 200 OK/)
    const [asked] = seen
    assert.equal(asked?.target, '/p?q=%41')
    assert.equal(asked.httpVersion, 'HTTP/1.1')
    assert.deepEqual(asked.headers[1], ['X-ODD', '\xe9'])
    assert.equal(Buffer.from(asked.body).toString(), 'hello')
    assert.equal(asked.bodyTruncated, false)
    assert.equal(asked.clientIp, '127.0.0.1')
    assert.ok(rig.received.at(-1)?.rawHeaders.includes('x-amzn-waf-note'))
  })

  test('a blocked request gets the answer, and its target nothing', async () => {
    rig.received.length = 0
    const answer = await post('evil')
    assert.match(answer, /^HTTP\/1\.1 418 /)
    assert.match(answer, /X-Rule: r/)
    assert.deepEqual(rig.received, [])
  })

  test('a body longer than the limit is judged by its beginning and goes on whole', async () => {
    seen.length = 0
    rig.received.length = 0
    const body = 'x'.repeat(1_000_000)
    assert.match(await post(body), /^HTTP\/1\.1 200 OK/)
    assert.equal(seen[0]?.body.length, limit)
    assert.equal(seen[0].bodyTruncated, true)
    assert.equal(rig.received[0]?.body.length, body.length)
  })

  test('a chunked body is held back until it was judged', async () => {
    rig.received.length = 0
    const head =
      'POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n'
    assert.match(
      await talk(rig.port, head, '2\r\nev\r\n', '2\r\nil\r\n', '0\r\n\r\n'),
      /^HTTP\/1\.1 418 /,
    )
    assert.deepEqual(rig.received, [])
    assert.match(await talk(rig.port, head, '2\r\nok\r\n', '0\r\n\r\n'), /^HTTP\/1\.1 200 /)
    assert.deepEqual(
      rig.received.map(({ body }) => body),
      ['ok'],
    )
  })

  test('where the web ACL cannot be asked, the setting decides: closed unless told otherwise', async () => {
    rig.received.length = 0
    const guard = { gate: () => Promise.reject(new Error('not to be read')) }
    rig.apply({ inspection: { guard, failsOpen: false } })
    assert.match(await post('hello'), /^HTTP\/1\.1 500 /)
    assert.deepEqual(rig.received, [])
    rig.apply({ inspection: { guard, failsOpen: true } })
    assert.match(await post('hello'), /^HTTP\/1\.1 200 OK/)
  })
})
