import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { RDS, waitUntilDBInstanceAvailable } from '@aws-sdk/client-rds'
import { freePort, startTestServer, type TestServer } from '@bartizan/testkit'
import { instanceOf, isListening, newInstance, plain, query } from './servers.fixture.ts'

describe('database servers beside the server', () => {
  let dataDir: string
  let bartizan: TestServer
  const DBInstanceIdentifier = 'lasting'
  const chief = { user: 'chief', password: plain.MasterUserPassword }
  const start = () => startTestServer({ BARTIZAN_DATA_DIR: dataDir })
  before(async () => {
    dataDir = mkdtempSync(join(tmpdir(), 'bartizan-rds-'))
    bartizan = await start()
  })
  after(async () => {
    await bartizan.close()
    rmSync(dataDir, { recursive: true, force: true })
  })

  function pidFile(): string {
    const folder = join(dataDir, 'rds.databases')
    const name = readdirSync(folder).find((each) => each.endsWith('.pid'))
    assert.ok(name)
    return join(folder, name)
  }

  function pid(): number {
    return (JSON.parse(readFileSync(pidFile(), 'utf8')) as { pid: number }).pid
  }

  async function answers(): Promise<void> {
    const instance = await instanceOf(bartizan, DBInstanceIdentifier)
    const ask = () => query(bartizan, instance, chief, 'SELECT id FROM kept')
    assert.deepEqual(await whenUp(ask), [{ id: 1 }])
  }

  test('stop with the server and start with it, on the same port and with their data', async () => {
    const instance = await newInstance(bartizan, { DBInstanceIdentifier, Engine: 'postgres' })
    await query(bartizan, instance, chief, 'CREATE TABLE kept AS SELECT 1 AS id')
    await bartizan.close()
    assert.equal(await isListening(instance), false)
    assert.equal(existsSync(join(dataDir, 'rds.databases', 'node')), true)
    bartizan = await start()
    await answers()
    assert.deepEqual((await instanceOf(bartizan, DBInstanceIdentifier)).Endpoint, instance.Endpoint)
  })

  test(
    'run as a user of their own whose files nobody else can read',
    { skip: process.getuid?.() !== 0 && 'is not root' },
    () => {
      const status = readFileSync(`/proc/${pid()}/status`, 'utf8')
      const uid = Number(/^Uid:\s+(\d+)/m.exec(status)?.[1])
      assert.ok(uid >= 1_910_000_000, String(uid))
      assert.match(status, /^NoNewPrivs:\s+1$/m)
      const folder = pidFile().replace(/\.pid$/, '')
      for (const [name, mode] of [
        ['data', 0o700],
        ['conf', 0o700],
        ['conf/server.key', 0o600],
      ] as const) {
        const found = statSync(join(folder, name))
        assert.deepEqual([found.uid, found.mode & 0o777], [uid, mode], name)
      }
    },
  )

  test('are started again when they end by themselves', async () => {
    const before = pid()
    process.kill(before, 'SIGKILL')
    await answers()
    assert.notEqual(pid(), before)
  })
})

const program = `
  import { readConfig, startServer } from '@bartizan/server'
  const server = await startServer(readConfig({}, process.env))
  console.log('endpoint=' + server.endpoint)`

test('a database server ends with a server that is killed, and its data is there at the next start', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'bartizan-rds-'))
  const credentials = { accessKeyId: 'AKIATESTADMIN0000001', secretAccessKey: 'test-admin-secret' }
  const killed = spawn(process.execPath, ['--input-type=module', '-e', program], {
    cwd: import.meta.dirname,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      ...process.env,
      BARTIZAN_PORT: '0',
      BARTIZAN_DATA_DIR: dataDir,
      BARTIZAN_ACCOUNT_ID: '111122223333',
      BARTIZAN_LOG_LEVEL: 'silent',
      BARTIZAN_ADMIN_ACCESS_KEY_ID: credentials.accessKeyId,
      BARTIZAN_ADMIN_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    },
  })
  const endpoint = await new Promise<string>((resolve) => {
    killed.stdout.on('data', (chunk: Buffer) => {
      const found = /endpoint=(\S+)/.exec(chunk.toString())?.[1]
      if (found !== undefined) resolve(found)
    })
  })
  const client = new RDS({ endpoint, region: 'us-east-1', credentials })
  const DBInstanceIdentifier = 'bereft'
  const Port = await freePort()
  await client.createDBInstance({ ...plain, Port, DBInstanceIdentifier, Engine: 'postgres' })
  const wait = { client, minDelay: 1, maxDelay: 1, maxWaitTime: 120 }
  await waitUntilDBInstanceAvailable(wait, { DBInstanceIdentifier })
  const folder = join(dataDir, 'rds.databases')
  const pidFile = readdirSync(folder).find((name) => name.endsWith('.pid')) ?? ''
  const { pid } = JSON.parse(readFileSync(join(folder, pidFile), 'utf8')) as { pid: number }
  assert.ok(existsSync(`/proc/${pid}`))
  killed.kill('SIGKILL')
  while (existsSync(`/proc/${pid}`)) await new Promise(setImmediate)
  const next = await startTestServer({ BARTIZAN_DATA_DIR: dataDir })
  try {
    const login = { user: plain.MasterUsername, password: plain.MasterUserPassword }
    const instance = await instanceOf(next, DBInstanceIdentifier)
    assert.deepEqual(await whenUp(() => query(next, instance, login, 'SELECT 1 AS one')), [
      { one: 1 },
    ])
  } finally {
    await next.close()
    rmSync(dataDir, { recursive: true, force: true })
  }
})

/** What a query gives once the server takes it. */
async function whenUp<T>(ask: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await ask()
    } catch (error) {
      const passes = /ECONNREFUSED|ECONNRESET|starting up|not yet accepting|terminated/
      if (!passes.test(String(error))) throw error
      await new Promise(setImmediate)
    }
  }
}
