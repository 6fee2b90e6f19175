import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, test } from 'node:test'
import { AnswerTooLarge, boundedFetch } from './bounded-fetch.ts'

const chunk = Buffer.alloc(64 * 1024, ' ')
let streamed = 0
const server = createServer((request, response) => {
  if (request.url === '/silent') return response.write('{')
  if (request.url === '/largest') return response.end(Buffer.alloc(1024 * 1024, '1'))
  const fill = (): void => {
    while (!response.destroyed) {
      streamed += chunk.length
      if (!response.write(chunk)) break
    }
  }
  response.on('drain', fill)
  return fill()
})
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
after(() => {
  server.closeAllConnections()
  server.close()
})

const soon = { signal: AbortSignal.timeout(20_000) }

test('an answer without an end is cut off after a mebibyte', async () => {
  const closed = new Promise((resolve) => {
    server.once('connection', (socket) => socket.once('close', resolve))
  })
  await assert.rejects(boundedFetch(`${base}/endless`, soon), AnswerTooLarge)
  await closed
  assert.ok(streamed < 32 * 1024 * 1024, `${streamed} bytes were taken`)
})

test('an answer of a mebibyte is read', async () => {
  const response = await boundedFetch(`${base}/largest`, soon)
  assert.equal(response.status, 200)
  assert.equal((await response.text()).length, 1024 * 1024)
})

test('an answer that stops half way ends with the time that it has', async () => {
  const signal = AbortSignal.timeout(200)
  await assert.rejects(boundedFetch(`${base}/silent`, { signal }), { name: 'TimeoutError' })
})
