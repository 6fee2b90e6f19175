import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { request as httpRequest } from 'node:http'
import { connect } from 'node:net'
import { after, before, describe, test } from 'node:test'
import type { Verdict } from '../verdict.ts'
import {
  honoApplication,
  startExpress,
  startFastify,
  startHono,
  testedWebAcl,
  type StartApplication,
  type TestApplication,
} from './applications.fixture.ts'

const webAcl = testedWebAcl()
const frameworks: Readonly<Record<string, StartApplication>> = {
  Express: startExpress,
  Fastify: startFastify,
  Hono: startHono,
}

for (const [name, start] of Object.entries(frameworks)) {
  describe(`the middleware of ${name}`, () => {
    const verdicts: Verdict[] = []
    let nowMs = 1_700_000_000_000
    let application: TestApplication
    before(async () => {
      const onVerdict = (verdict: Verdict): void => void verdicts.push(verdict)
      application = await start({ webAcl, now: () => nowMs, onVerdict })
    })
    after(() => application.close())
    const json = (value: unknown): RequestInit => ({
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(value),
    })
    const echoed = async (response: Response) => (await response.json()) as Echo

    test('an injection in the query is answered with 403, an ordinary query goes on', async () => {
      const attack = encodeURIComponent("1' UNION SELECT password FROM users--")
      const refused = await fetch(`${application.url}/echo?id=${attack}`)
      assert.equal(refused.status, 403)
      assert.match(await refused.text(), /403 Forbidden/)
      assert.equal(verdicts.at(-1)?.terminatingRuleId, 'AWSManagedRulesSQLiRuleSet')
      const passed = await fetch(`${application.url}/echo?id=1`)
      assert.equal(passed.status, 200)
    })

    test('an injection in a JSON body is refused, and the application reads an ordinary one', async () => {
      const attack = json({ user: "admin' OR 1=1 -- " })
      assert.equal((await fetch(`${application.url}/echo`, attack)).status, 403)
      const order = { items: [{ name: "O'Neill", count: 2 }], note: 'Grüße' }
      const passed = await fetch(`${application.url}/echo`, json(order))
      assert.equal(passed.status, 200)
      assert.deepEqual((await echoed(passed)).body, order)
    })

    test('a body in pieces is inspected whole', async () => {
      const text = JSON.stringify({ user: "admin' OR 1=1 -- " })
      const pieces = [text.slice(0, 12), text.slice(12, 20), text.slice(20)]
      assert.equal((await inPieces(application.port, '/echo', pieces)).status, 403)
      const fine = await inPieces(application.port, '/echo', ['{"a":', '[1,2', ']}'])
      assert.equal(fine.status, 200)
      assert.deepEqual((JSON.parse(fine.text) as Echo).body, { a: [1, 2] })
    })

    test('bodies around the limit reach the application byte for byte', async () => {
      for (const size of [0, 1, 65_535, 65_536, 65_537, 131_072, 3_000_000]) {
        const body = randomBytes(size)
        const headers = { 'content-type': 'application/octet-stream' }
        const response = await fetch(`${application.url}/upload`, { method: 'POST', headers, body })
        assert.equal(response.status, 200, `${size}`)
        const sum = createHash('sha256').update(body).digest('hex')
        assert.equal(await response.text(), sum, `${size}`)
      }
    })

    test('an upload without a length passes while it comes', async () => {
      const pieces = Array.from({ length: 40 }, () => randomBytes(10_000))
      const { status, text } = await inPieces(application.port, '/upload', pieces)
      assert.equal(status, 200)
      assert.equal(text, createHash('sha256').update(Buffer.concat(pieces)).digest('hex'))
    })

    test('an empty body that says nothing of its length is an empty body', async () => {
      const { status, text } = await inPieces(application.port, '/upload', [])
      assert.equal(status, 200)
      assert.equal(text, createHash('sha256').digest('hex'))
    })

    test('a custom response is sent with its status, headers and body', async () => {
      const response = await fetch(`${application.url}/teapot`)
      assert.equal(response.status, 418)
      assert.equal(response.headers.get('x-kettle'), 'on')
      assert.match(response.headers.get('content-type') ?? '', /^application\/json/)
      assert.deepEqual(await response.json(), { short: 'and stout' })
    })

    test('a challenge is told by its header', async () => {
      const response = await fetch(`${application.url}/challenged`)
      assert.equal(response.status, 202)
      assert.equal(response.headers.get('x-amzn-waf-action'), 'challenge')
    })

    test('headers that a counting rule inserts take the place of those that a client made up', async () => {
      const headers = { 'X-Amzn-Waf-Seen': 'made up' }
      const { seen, raw } = await echoed(await fetch(`${application.url}/echo`, { headers }))
      assert.equal(seen, 'yes')
      assert.ok(!raw.includes('made up'))
      assert.deepEqual(
        verdicts.at(-1)?.nonTerminatingMatchingRules.map(({ ruleId }) => ruleId),
        ['counted'],
      )
    })

    test('a rate is kept within the window', async () => {
      const statuses = []
      for (let index = 0; index < 12; index++) {
        statuses.push((await fetch(`${application.url}/limited`)).status)
      }
      assert.deepEqual(statuses, [...Array<number>(10).fill(404), 403, 403])
      nowMs += 60_000
      assert.equal((await fetch(`${application.url}/limited`)).status, 404)
    })

    test('a client that goes away while its body is read ahead leaves the application in order', async () => {
      const socket = connect(application.port, '127.0.0.1')
      await once(socket, 'connect')
      const head = 'POST /echo HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n'
      socket.end(`${head}Content-Length: 500\r\n\r\n{"a"`)
      socket.resume()
      await once(socket, 'close')
      assert.equal((await fetch(`${application.url}/echo`)).status, 200)
    })
  })
}

describe('the middleware of Hono elsewhere than on Node', () => {
  const application = honoApplication({ webAcl, clientIp: () => '192.0.2.1' })

  test('attacks are refused and bodies are left whole', async () => {
    const attack = encodeURIComponent("1' UNION SELECT password FROM users--")
    assert.equal((await application.request(`http://example.com/echo?id=${attack}`)).status, 403)
    const post = (value: unknown) =>
      application.request('http://example.com/echo', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(value),
      })
    assert.equal((await post({ user: "admin' OR 1=1 -- " })).status, 403)
    const passed = await post({ a: 1 })
    assert.equal(passed.status, 200)
    const { body, seen } = (await passed.json()) as Echo
    assert.deepEqual({ body, seen }, { body: { a: 1 }, seen: 'yes' })
    const upload = randomBytes(300_000)
    const response = await application.request('http://example.com/upload', {
      method: 'POST',
      body: upload,
    })
    assert.equal(await response.text(), createHash('sha256').update(upload).digest('hex'))
  })

  test('a client whose address nobody tells is not let in', async () => {
    assert.equal((await honoApplication({ webAcl }).request('/echo')).status, 500)
  })
})

interface Echo {
  readonly body: unknown
  readonly seen: string | undefined
  readonly raw: readonly string[]
}

/** Posts a body in chunks, each of which is sent before the next. */
async function inPieces(
  port: number,
  path: string,
  pieces: readonly (string | Buffer)[],
): Promise<{ readonly status: number; readonly text: string }> {
  const type = path === '/echo' ? 'application/json' : 'application/octet-stream'
  const headers = { 'content-type': type, 'transfer-encoding': 'chunked' }
  const sent = httpRequest({ port, host: '127.0.0.1', path, method: 'POST', headers, agent: false })
  sent.flushHeaders()
  for (const piece of pieces) {
    await new Promise<void>((resolve) => void sent.write(piece, () => resolve()))
    await new Promise<void>((resolve) => void setImmediate(resolve))
  }
  const [response] = await Promise.all([once(sent, 'response'), sent.end()])
  const chunks: Buffer[] = []
  for await (const chunk of response[0]) chunks.push(chunk as Buffer)
  return { status: response[0].statusCode, text: Buffer.concat(chunks).toString() }
}
