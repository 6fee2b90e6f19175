import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { startTestServer, type TestServer } from '@bartizan/testkit'
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
    for (;;) {
      try {
        const rows = await query(bartizan, instance, chief, 'SELECT id FROM kept')
        assert.deepEqual(rows, [{ id: 1 }])
        return
      } catch (error) {
        if (!/ECONNREFUSED|ECONNRESET|starting up|not yet accepting|terminated/.test(String(error)))
          throw error
        await new Promise(setImmediate)
      }
    }
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
