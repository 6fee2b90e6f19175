import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { CreateKeyCommand, DescribeKeyCommand, KMSClient } from '@aws-sdk/client-kms'
import { isAnswer } from './acknowledged-writes.ts'
import { exchange } from './raw-exchange.ts'
import { administrator, clientConfig, startServerProcess } from './server-process.ts'
import { kmsCall, signedBytes } from './signed-request.ts'

const bodyLimit = 100_000
/** Overdue requests are looked for every five seconds; a header may take fifteen. */
const headerCutMs = 40_000

test('a body above the limit is answered 413 and one at the limit is read', async (t) => {
  const server = await start(t, { BARTIZAN_MAX_BODY_BYTES: String(bodyLimit) })
  const signer = { port: server.port, credentials: administrator }
  const sized = async (length: number) => {
    const call = kmsCall('ListKeys', {})
    const bytes = await signedBytes({ ...call, body: '{}'.padEnd(length) }, signer)
    return (await exchange(server.port, bytes)).status
  }
  assert.equal(await sized(bodyLimit), 200)
  assert.equal(await sized(bodyLimit + 1), 413)
  assert.equal(await sized(100 * bodyLimit), 413)
  const chunked = 'POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n'
  const chunk = `${bodyLimit.toString(16)}\r\n${'x'.repeat(bodyLimit)}\r\n`
  assert.equal((await exchange(server.port, chunked + chunk.repeat(3))).status, 413)
  assert.equal(await sized(2), 200, 'the server goes on')
})

test('SIGTERM lets calls under way finish, refuses new ones and ends with code 0', async (t) => {
  const dataDir = mkdtempSync(join(tmpdir(), 'bartizan-drain-'))
  t.after(() => rmSync(dataDir, { recursive: true, force: true }))
  const server = await startServerProcess({ dataDir })
  const kms = new KMSClient(clientConfig(server))
  const signer = { port: server.port, credentials: administrator }
  await kms.send(new CreateKeyCommand({}))
  // Making an RSA key of 4096 bits takes long enough to be under way when the signal comes.
  const slow = kmsCall('CreateKey', { KeySpec: 'RSA_4096', KeyUsage: 'SIGN_VERIFY' })
  const bytes = await signedBytes(slow, signer)
  const quick = await signedBytes(kmsCall('ListKeys', {}), signer)
  const calls = await Promise.all(Array.from({ length: 8 }, () => keptAlive(server.port)))
  await Promise.all(calls.map((call) => call(quick)))
  const answers = Promise.all(calls.map((call) => call(bytes)))
  // An answered call on another connection shows that the server has read those before it.
  await kms.send(new CreateKeyCommand({}))
  const ended = server.stop('SIGTERM')
  const ids = (await answers).map((text) => {
    assert.match(text, /^HTTP\/1\.1 200 /)
    return /"KeyId":"([^"]+)"/.exec(text)?.[1]
  })
  assert.equal((await ended).code, 0)
  await assert.rejects(
    () => kms.send(new CreateKeyCommand({})),
    (error) => !isAnswer(error),
  )
  const again = await startServerProcess({ dataDir })
  t.after(() => again.stop('SIGKILL'))
  const after = new KMSClient(clientConfig(again))
  for (const KeyId of ids) {
    const { KeyMetadata } = await after.send(new DescribeKeyCommand({ KeyId }))
    assert.equal(KeyMetadata?.KeySpec, 'RSA_4096')
  }
  assert.equal(ids.length, 8)
})

test('senders of half a header are cut off while others are served', async (t) => {
  const server = await start(t, {})
  const kms = new KMSClient(clientConfig(server))
  const started = performance.now()
  const slow = Array.from({ length: 200 }, () => dribble(server.port))
  await kms.send(new CreateKeyCommand({}))
  const answers = await Promise.all(slow)
  const elapsed = performance.now() - started
  for (const text of answers) assert.match(text, /^(HTTP\/1\.1 408 |$)/)
  assert.ok(elapsed < headerCutMs, `cut off after ${Math.round(elapsed)} ms`)
  await kms.send(new CreateKeyCommand({}))
})

async function start(t: TestContext, environment: Readonly<Record<string, string>>) {
  const dataDir = mkdtempSync(join(tmpdir(), 'bartizan-limits-'))
  const server = await startServerProcess({ dataDir, environment })
  t.after(async () => {
    await server.stop('SIGKILL')
    rmSync(dataDir, { recursive: true, force: true })
  })
  return server
}

/** Opens a connection and returns a function that sends a call over it and resolves with the answer. */
function keptAlive(port: number): Promise<(bytes: Buffer) => Promise<string>> {
  return new Promise((connected, failed) => {
    const socket = connect(port, '127.0.0.1', () => connected(send))
    socket.on('error', failed)
    const send = (bytes: Buffer) =>
      new Promise<string>((resolve, reject) => {
        let text = ''
        const take = (chunk: Buffer) => {
          text += chunk.toString()
          if (!/\r\n\r\n\{.*\}$/s.test(text)) return
          socket.off('data', take)
          resolve(text)
        }
        socket.on('data', take)
        socket.once('close', () => reject(new Error(`closed after: ${text}`)))
        socket.write(bytes)
      })
  })
}

/** Opens a connection, sends half a header, and resolves with what came when the server closed it. */
function dribble(port: number): Promise<string> {
  return new Promise((resolve) => {
    let text = ''
    const socket = connect(port, '127.0.0.1', () => socket.write('POST / HTTP/1.1\r\nX-Slow: '))
    socket.on('data', (chunk: Buffer) => (text += chunk.toString()))
    socket.on('error', () => resolve(text))
    socket.on('close', () => resolve(text))
  })
}
