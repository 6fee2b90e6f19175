import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { KMSClient, ListKeysCommand } from '@aws-sdk/client-kms'
import { connectMemoryProbe, inspectorArguments } from './live-memory.ts'
import type { MemoryProbe } from './live-memory.ts'
import { malformedRequests } from './malformed-requests.ts'
import { exchange } from './raw-exchange.ts'
import { administrator, clientConfig, residentBytes, startServerProcess } from './server-process.ts'
import type { ServerProcess } from './server-process.ts'

const requestCount = Number(process.env['BARTIZAN_FAULT_REQUESTS'] ?? 10_000)
const senders = 16
/** After the first share of the requests caches and compiled code are in place. */
const warmUpShare = 0.3
const measured = requestCount - Math.floor(requestCount * warmUpShare)
/** Live memory may grow by caches that fill; half a kilobyte kept per request would be a leak. */
const liveLimit = Math.max(2 * 2 ** 20, measured * 512)
/** Resident memory is mostly V8's own choice of heap size, so its bound only catches native leaks. */
const residentLimit = 256 * 2 ** 20

const dataDir = mkdtempSync(join(tmpdir(), 'bartizan-malformed-'))
let server: ServerProcess
let probe: MemoryProbe

before(async () => {
  const environment = { BARTIZAN_LOG_LEVEL: 'warn' }
  server = await startServerProcess({ dataDir, environment, nodeArguments: inspectorArguments })
  probe = await connectMemoryProbe(server)
})

after(async () => {
  probe.close()
  await server.stop('SIGKILL')
  rmSync(dataDir, { recursive: true, force: true })
})

test(`${requestCount} malformed requests get 4xx or are cut off, and leave no trace in memory`, async (t) => {
  const kinds = Object.entries(malformedRequests)
  const signer = { port: server.port, credentials: administrator }
  const wrong = new Map<string, string>()
  const seen = new Map<string, number>()
  let sent = 0
  const send = async (last: number) => {
    while (sent < last) {
      const [kind, make] = kinds[sent++ % kinds.length] ?? assert.fail('there are kinds')
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
  const sendUpTo = (last: number) => Promise.all(Array.from({ length: senders }, () => send(last)))
  const memory = async () => ({
    live: await probe.liveBytes(),
    resident: residentBytes(server.pid),
  })
  await sendUpTo(requestCount - measured)
  const warm = await memory()
  await sendUpTo(requestCount)
  const { live, resident } = await memory()
  const grown = { live: live - warm.live, resident: resident - warm.resident }
  t.diagnostic(`live memory grew by ${mebibytes(grown.live)} to ${mebibytes(live)}`)
  t.diagnostic(`resident memory grew by ${mebibytes(grown.resident)} to ${mebibytes(resident)}`)
  for (const [outcome, count] of [...seen].sort()) t.diagnostic(`${outcome} (${count})`)
  assert.deepEqual(
    [...wrong].map(([outcome, example]) => `${outcome}\n${example}`),
    [],
  )
  assert.equal(sent, requestCount)
  assert.ok(grown.live < liveLimit, `live memory grew by ${grown.live} bytes`)
  assert.ok(grown.resident < residentLimit, `resident memory grew by ${grown.resident} bytes`)
  const kms = new KMSClient(clientConfig(server))
  assert.deepEqual((await kms.send(new ListKeysCommand({}))).Keys, [])
  assert.doesNotMatch(server.output(), /"level":[56]0/, 'the server logged an error')
})

function mebibytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(2)} MiB`
}

function show(bytes: Uint8Array | string): string {
  const text = typeof bytes === 'string' ? bytes : Buffer.from(bytes).toString('latin1')
  return text.length > 1_500 ? `${text.slice(0, 1_500)}… (${text.length})` : text
}
