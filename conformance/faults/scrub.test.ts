import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { CreateKeyCommand, DescribeKeyCommand, KMSClient } from '@aws-sdk/client-kms'
import { administrator, clientConfig, root, startServerProcess } from './server-process.ts'

const scratch = mkdtempSync(join(tmpdir(), 'bartizan-scrub-'))
const dataDir = join(scratch, 'data')
const database = join(dataDir, 'bartizan.db')
const keyIds: string[] = []
let sound = Buffer.alloc(0)

before(async () => {
  const server = await startServerProcess({ dataDir })
  const kms = new KMSClient(clientConfig(server))
  for (let index = 0; index < 30; index++) {
    const { KeyMetadata } = await kms.send(new CreateKeyCommand({ Description: `key ${index}` }))
    keyIds.push(KeyMetadata?.KeyId ?? '')
  }
  kms.destroy()
  await server.stop('SIGTERM')
  sound = readFileSync(database)
})

after(() => rmSync(scratch, { recursive: true, force: true }))

/** Starts the server on the database as it is now, and runs `bartizan scrub` against it. */
async function scrub(ask: (kms: KMSClient) => Promise<unknown> = async () => {}) {
  const server = await startServerProcess({ dataDir })
  try {
    const kms = new KMSClient(clientConfig(server))
    await ask(kms)
    kms.destroy()
    const child = spawn(
      process.execPath,
      [join(root, 'packages/cli/bin/bartizan.mjs'), 'scrub', '--endpoint', server.endpoint],
      {
        env: {
          ...process.env,
          BARTIZAN_ADMIN_ACCESS_KEY_ID: administrator.accessKeyId,
          BARTIZAN_ADMIN_SECRET_ACCESS_KEY: administrator.secretAccessKey,
        },
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    )
    let output = ''
    child.stdout.on('data', (text: Buffer) => (output += text.toString()))
    const [code] = await once(child, 'close')
    return { code, output }
  } finally {
    await server.stop('SIGTERM')
  }
}

test('a sound store is found sound', async () => {
  const { code, output } = await scrub()
  assert.match(output, /^\d+ rows and \d+ audit records read, 0 damaged\n$/)
  assert.equal(code, 0)
})

test('a key that reads as absent because a byte of its row’s key was flipped is found', async () => {
  const keyId = keyIds[7] ?? ''
  const file = Buffer.from(sound)
  const column = Buffer.from(`/us-east-1${keyId}`)
  const at = file.indexOf(Buffer.concat([Buffer.from('kms.keys000000000000'), column]))
  assert.ok(at > 0, 'the row is in the file')
  const flipped = at + 'kms.keys000000000000'.length + column.length - 1
  file[flipped] = (file[flipped] ?? 0) ^ 1
  writeFileSync(database, file)
  const { code, output } = await scrub(async (kms) => {
    await assert.rejects(kms.send(new DescribeKeyCommand({ KeyId: keyId })), {
      name: 'NotFoundException',
    })
  })
  assert.match(output, new RegExp(`damaged: row ${keyId.slice(0, -1)}. of kms.keys`))
  assert.equal(code, 1)
})

test('flipped bytes anywhere in the rows are found, however many', async (t) => {
  const rounds = 4
  let started = 0
  for (let round = 0; round < rounds; round++) {
    const file = Buffer.from(sound)
    for (let flip = 0; flip < 20; flip++) {
      const at = file.indexOf(keyIds[flip] ?? '?') + Math.floor(Math.random() * 36)
      file[at] = (file[at] ?? 0) ^ (1 << Math.floor(Math.random() * 7))
    }
    writeFileSync(database, file)
    const { code, output } = await scrub()
    assert.equal(code, 1, output)
    assert.match(output, /, [1-9]\d* damaged/)
    started++
  }
  t.diagnostic(`${started} damaged stores were scrubbed`)
  assert.equal(started, rounds)
})
