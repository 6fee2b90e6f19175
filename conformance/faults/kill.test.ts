import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { AcknowledgedWrites } from './acknowledged-writes.ts'
import { startServerProcess } from './server-process.ts'

const cycles = Number(process.env['BARTIZAN_KILL_CYCLES'] ?? 40)
const writers = 12
/** A server is killed after at most so many acknowledged writes. */
const longestBurst = 60

test(`nothing acknowledged is lost when the server is killed ${cycles} times amid concurrent writes`, async (t) => {
  const dataDir = mkdtempSync(join(tmpdir(), 'bartizan-kill-'))
  t.after(() => rmSync(dataDir, { recursive: true, force: true }))
  const writes = new AcknowledgedWrites()
  let verified = 0
  let kills = 0
  let server = await startServerProcess({ dataDir })
  try {
    while (kills < cycles) {
      const last = 1 + Math.floor(Math.random() * longestBurst)
      const alive = server
      let acknowledged = 0
      let ended: ReturnType<typeof server.stop> | undefined
      const burst = writes.burst(server, writers, () => {
        acknowledged++
        if (acknowledged === last) ended = alive.stop('SIGKILL')
      })
      await burst
      assert.ok(ended, `the server ended by itself:\n${server.output()}`)
      assert.equal((await ended).signal, 'SIGKILL')
      kills++
      server = await startServerProcess({ dataDir })
      verified += await writes.verifyLatest(server)
    }
    await writes.verifyAll(server)
    assert.equal((await server.stop('SIGTERM')).code, 0)
  } finally {
    await server.stop('SIGKILL')
  }
  t.diagnostic(`${kills} kills, ${writes.count} acknowledged writes, ${verified} things verified`)
  assert.equal(kills, cycles)
  assert.ok(writes.count >= cycles)
})
