import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { KMSClient, ListKeysCommand } from '@aws-sdk/client-kms'
import { malformedRequests } from './malformed-requests.ts'
import { exchange } from './raw-exchange.ts'
import { administrator, clientConfig, residentBytes, startServerProcess } from './server-process.ts'
import type { ServerProcess } from './server-process.ts'

const requestCount = Number(process.env['BARTIZAN_FAULT_REQUESTS'] ?? 10_000)
const senders = 16
/** After the first share of the requests the process has the memory that it needs. */
const warmUpShare = 0.3
const growthLimit = 48 * 2 ** 20

const dataDir = mkdtempSync(join(tmpdir(), 'bartizan-malformed-'))
let server: ServerProcess

before(async () => {
  server = await startServerProcess({ dataDir, environment: { BARTIZAN_LOG_LEVEL: 'warn' } })
})

after(async () => {
  await server.stop('SIGKILL')
  rmSync(dataDir, { recursive: true, force: true })
})

test(`${requestCount} malformed requests get 4xx or are cut off, and leave no trace in memory`, async (t) => {
  const kinds = Object.entries(malformedRequests)
  const signer = { port: server.port, credentials: administrator }
  const wrong = new Map<string, string>()
  const seen = new Map<string, number>()
  let sent = 0
  let warm = 0
  const send = async () => {
    while (sent < requestCount) {
      const [kind, make] = kinds[sent++ % kinds.length] ?? assert.fail('there are kinds')
      if (sent === Math.floor(requestCount * warmUpShare)) warm = residentBytes(server.pid)
      const { bytes, farewell } = await make(signer)
      const { status, text, hung } = await exchange(server.port, bytes, farewell)
      const outcome = `${kind}: ${hung ? 'hung' : (status ?? 'closed')}`
      seen.set(outcome, (seen.get(outcome) ?? 0) + 1)
      const fine = status === undefined ? !hung : status >= 400 && status <= 499
      if (!fine && !wrong.has(outcome)) {
        wrong.set(outcome, `${show(bytes)}\n=> ${text}`)
      }
    }
  }
  await Promise.all(Array.from({ length: senders }, send))
  const grown = residentBytes(server.pid) - warm
  t.diagnostic(`memory grew by ${(grown / 2 ** 20).toFixed(1)} MiB over the last requests`)
  for (const [outcome, count] of [...seen].sort()) t.diagnostic(`${outcome} (${count})`)
  assert.deepEqual(
    [...wrong].map(([outcome, example]) => `${outcome}\n${example}`),
    [],
  )
  assert.equal(sent, requestCount)
  assert.ok(grown < growthLimit, `memory grew by ${grown} bytes`)
  const kms = new KMSClient(clientConfig(server))
  assert.deepEqual((await kms.send(new ListKeysCommand({}))).Keys, [])
  assert.doesNotMatch(server.output(), /"level":[56]0/, 'the server logged an error')
})

function show(bytes: Uint8Array | string): string {
  const text = typeof bytes === 'string' ? bytes : Buffer.from(bytes).toString('latin1')
  return text.length > 1_500 ? `${text.slice(0, 1_500)}… (${text.length})` : text
}
