import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, test } from 'node:test'
import { findPostgres, startPostgres } from '@bartizan/testkit'
import type { TestPostgres } from '@bartizan/testkit'
import { Client } from 'pg'
import { openStore } from './open-store.ts'
import { secretBox } from './sealed.ts'
import { CorruptRow, WriteConflict } from './store.ts'
import type { Store } from './store.ts'
import { auditOf, batch, change, note, notes, put } from './testdata/samples.ts'

const box = secretBox(new Uint8Array(32))
const skip = findPostgres() === undefined && 'no PostgreSQL server programs on this machine'

describe('nodes on one PostgreSQL', { skip }, () => {
  let server: TestPostgres
  let admin: Client
  let one: Store
  let two: Store
  before(async () => {
    server = await startPostgres()
    const location = { kind: 'postgres', url: server.url } as const
    // Both at once: one of them migrates, the other waits.
    ;[one, two] = await Promise.all([openStore(location, box), openStore(location, box)])
    admin = new Client(server.url)
    await admin.connect()
  })
  after(async () => {
    await admin?.end()
    await one?.close()
    await two?.close()
    await server?.stop()
  })
  beforeEach(async () => {
    await one.reset()
    await two.fresh()
  })

  const text = async (store: Store, key: string) => (await store.get(notes, 'a', key))?.value.text

  test('a scrub finds rows, records and index entries that are not what was written', async () => {
    for (const key of ['one', 'two', 'three']) await put(one, key, note('x', 'tagged'))
    await one.commit(batch([], { audit: [auditOf({ eventID: 'r1' }), auditOf()] }))
    assert.equal((await two.scrub()).damaged, 0)
    await admin.query("UPDATE bartizan.rows SET key = 'twp' WHERE key = 'two'")
    await admin.query("UPDATE bartizan.rows SET version = version + 1 WHERE key = 'three'")
    await admin.query("UPDATE bartizan.idx SET value = 'taggee' WHERE key = 'one'")
    await admin.query(`UPDATE bartizan.audit SET account = '9' WHERE doc LIKE '%"r1"%'`)
    const { rows, records, damaged, damage } = await two.scrub()
    assert.deepEqual([rows, records, damaged], [3, 2, 5])
    assert.match(
      [...damage].sort().join('; '),
      /^audit record \d+; entry of index tag for row one of test.notes in a; entry of index tag for row two of test.notes in a; row three of test.notes in a; row twp of test.notes in a$/,
    )
  })

  test('a node sees the writes, deletions and creations of another after fresh', async () => {
    const before = two.changesOf(notes)
    await put(one, 'k', note('one'))
    await two.fresh()
    assert.ok(two.changesOf(notes) > before)
    assert.equal(await text(two, 'k'), 'one')
    assert.equal(await text(two, 'new'), undefined)
    const unchanged = await two.get(notes, 'a', 'k')
    await put(one, 'other', note('x'))
    await two.fresh()
    assert.equal(await two.get(notes, 'a', 'k'), unchanged)
    await put(one, 'k', note('two'))
    await put(one, 'new', note('x'))
    await two.fresh()
    assert.equal(await text(two, 'k'), 'two')
    assert.equal(await text(two, 'new'), 'x')
    await put(one, 'k', undefined)
    await two.fresh()
    assert.equal(await text(two, 'k'), undefined)
    await one.reset()
    await two.fresh()
    assert.equal(await text(two, 'new'), undefined)
  })

  test('a stale node conflicts, and its index entries stay right when it wrote from a stale cache', async () => {
    await put(one, 'k', note('x', 'first'))
    await two.fresh()
    const stale = await two.get(notes, 'a', 'k')
    await put(one, 'k', note('y', 'second'))
    const late = batch([change('k', stale?.version ?? 0, note('z', 'third'))])
    await assert.rejects(two.commit(late), WriteConflict)
    const now = await one.get(notes, 'a', 'k')
    await two.commit(batch([change('k', now?.version ?? 0, note('z', 'third'))]))
    for (const [tag, count] of [
      ['first', 0],
      ['second', 0],
      ['third', 1],
    ] as const) {
      assert.equal((await one.list(notes, 'a', { index: 'tag', equals: tag })).length, count)
    }
  })

  test('two hundred concurrent increments from two nodes lose none', async () => {
    await put(one, 'n', note('0'))
    const increment = async (store: Store): Promise<void> => {
      await store.fresh()
      const row = await store.get(notes, 'a', 'n')
      const next = note(String(Number(row?.value.text) + 1))
      try {
        await store.commit(batch([change('n', row?.version ?? 0, next)], { audit: [auditOf()] }))
      } catch (error) {
        if (!(error instanceof WriteConflict)) throw error
        await increment(store)
      }
    }
    await Promise.all(Array.from({ length: 200 }, (_, i) => increment(i % 2 === 0 ? one : two)))
    await two.fresh()
    assert.equal(await text(two, 'n'), '200')
    const audit = await two.lookupAudit({ account: '111122223333', limit: 1000 })
    assert.equal(audit.length, 200)
  })

  test('a read after fresh is never older than what was committed before it', async () => {
    await put(one, 'n', note('0'))
    let committed = 0
    let reads = 0
    const writes = (async () => {
      for (let i = 1; i <= 150; i++) {
        await put(one, 'n', note(String(i)))
        committed = i
      }
    })()
    const reader = async () => {
      while (committed < 150) {
        const atLeast = committed
        await two.fresh()
        assert.ok(Number(await text(two, 'n')) >= atLeast)
        reads++
      }
    }
    await Promise.all([writes, reader(), reader(), reader()])
    assert.ok(reads > 10)
  })

  test('a node that was away longer than the change log reaches drops its cache', async () => {
    await put(one, 'k', note('one'))
    await two.fresh()
    assert.equal(await text(two, 'k'), 'one')
    await put(one, 'k', note('two'))
    await admin.query('DELETE FROM bartizan.changes')
    await admin.query('UPDATE bartizan.state SET pruned = seq')
    await two.fresh()
    assert.equal(await text(two, 'k'), 'two')
  })

  test('lost connections do not stop the store, and what can be retried is', async () => {
    await put(one, 'k', note('one'))
    const blocker = new Client(server.url)
    await blocker.connect()
    await blocker.query('BEGIN')
    await blocker.query('SELECT * FROM bartizan.state FOR UPDATE')
    const stuck = one.commit(batch([change('j', 0, note('x'))]))
    const waiting = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                     WHERE application_name = 'bartizan' AND wait_event_type = 'Lock'`
    while (((await admin.query(waiting)).rowCount ?? 0) === 0);
    await blocker.query('ROLLBACK')
    await stuck
    await blocker.end()
    await admin.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'bartizan'`,
    )
    await Promise.all([one.fresh(), two.fresh()])
    await put(one, 'i', note('later'))
    await two.fresh()
    assert.equal(await text(two, 'i'), 'later')
    assert.equal(await text(two, 'j'), 'x')
    assert.equal(await text(two, 'k'), 'one')
  })

  test('a commit whose connection is lost while it writes is an error, and nothing of it is there', async () => {
    await put(one, 'k', note('one'))
    const blocker = new Client(server.url)
    await blocker.connect()
    await blocker.query('BEGIN')
    await blocker.query('LOCK TABLE bartizan.audit IN EXCLUSIVE MODE')
    const outcome = assert.rejects(put(one, 'k', note('two'), auditOf()), /terminat/)
    const waiting = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                     WHERE application_name = 'bartizan' AND wait_event_type = 'Lock'`
    while (((await admin.query(waiting)).rowCount ?? 0) === 0);
    await outcome
    await blocker.query('ROLLBACK')
    await blocker.end()
    assert.equal(await text(one, 'k'), 'one')
    await put(one, 'k', note('three'))
    await two.fresh()
    assert.equal(await text(two, 'k'), 'three')
  })

  test('secrets are sealed in the tables and a changed row is reported', async () => {
    await put(one, 's', { text: 'x', secret: 'open-sesame', tags: [] })
    const { rows } = await admin.query<{ doc: string }>('SELECT doc FROM bartizan.rows')
    assert.equal(rows.length, 1)
    assert.doesNotMatch(rows[0]?.doc ?? '', /open-sesame/)
    await admin.query(`UPDATE bartizan.rows SET doc = replace(doc, '"x"', '"y"')`)
    await two.fresh()
    await assert.rejects(two.get(notes, 'a', 's'), CorruptRow)
  })

  test('a backup is refused with the way to make one', async () => {
    await assert.rejects(one.backup('/nowhere'), /pg_dump/)
  })
})
