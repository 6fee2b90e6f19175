import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { AcknowledgedEvents } from './acknowledged-events.ts'
import { startServerProcess } from './server-process.ts'

const cycles = Number(process.env['BARTIZAN_EVENT_FAULT_CYCLES'] ?? 20)
const writers = 6
/** A server is killed after at most so many acknowledged calls. */
const longestBurst = 40

test(`no acknowledged event is lost when the server is killed ${cycles} times amid deliveries`, async (t) => {
  const dataDir = mkdtempSync(join(tmpdir(), 'bartizan-events-kill-'))
  t.after(() => rmSync(dataDir, { recursive: true, force: true }))
  const events = new AcknowledgedEvents()
  let server = await startServerProcess({ dataDir })
  try {
    await events.prepare(server)
    for (let kills = 0; kills < cycles; kills++) {
      const last = 1 + Math.floor(Math.random() * longestBurst)
      const alive = server
      let acknowledged = 0
      let ended: ReturnType<typeof server.stop> | undefined
      await events.burst(server, writers, () => {
        acknowledged++
        if (acknowledged === last) ended = alive.stop('SIGKILL')
      })
      assert.ok(ended, `the server ended by itself:\n${server.output()}`)
      assert.equal((await ended).signal, 'SIGKILL')
      server = await startServerProcess({ dataDir })
    }
    await events.drain(server)
    assert.equal((await server.stop('SIGTERM')).code, 0)
  } finally {
    await server.stop('SIGKILL')
  }
  t.diagnostic(
    `${cycles} kills, ${events.published} events acknowledged, ${events.received} messages until the last`,
  )
  assert.ok(events.published >= cycles)
  assert.ok(events.received >= events.published)
})
