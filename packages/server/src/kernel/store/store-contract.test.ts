import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, beforeEach, describe, test } from 'node:test'
import { findPostgres, startPostgres } from '@bartizan/testkit'
import type { TestPostgres } from '@bartizan/testkit'
import { openStore } from './open-store.ts'
import type { StoreLocation } from './open-store.ts'
import { RootKeyError, secretBox } from './sealed.ts'
import { WriteConflict } from './store.ts'
import type { ListQuery, Store, Table } from './store.ts'
import { auditOf, batch, change, expectation, note, notes, put } from './testdata/samples.ts'
import type { NoteRow } from './testdata/samples.ts'

const rootKey = new Uint8Array(32).fill(7)
const box = secretBox(rootKey)

interface Place {
  readonly name: string
  readonly skip?: string | false
  readonly durable: boolean
  start(): Promise<StoreLocation>
  stop(): Promise<void>
}

function places(): Place[] {
  let directory = ''
  let server: TestPostgres | undefined
  return [
    {
      name: 'SQLite in memory',
      durable: false,
      start: async () => ({ kind: 'sqlite', path: ':memory:' }),
      stop: async () => {},
    },
    {
      name: 'SQLite in a file',
      durable: true,
      async start() {
        directory = mkdtempSync(join(tmpdir(), 'bartizan-store-'))
        return { kind: 'sqlite', path: join(directory, 'store.db') }
      },
      stop: async () => rmSync(directory, { recursive: true }),
    },
    {
      name: 'PostgreSQL',
      skip: findPostgres() === undefined && 'no PostgreSQL server programs on this machine',
      durable: true,
      async start() {
        server = await startPostgres()
        return { kind: 'postgres', url: server.url }
      },
      stop: async () => server?.stop(),
    },
  ]
}

async function keys(store: Store, query: ListQuery): Promise<string> {
  return (await store.list(notes, 'a', query)).map((row) => row.key).join()
}

for (const place of places()) {
  describe(place.name, { skip: place.skip ?? false }, () => {
    let location: StoreLocation
    let store: Store
    before(async () => {
      location = await place.start()
      store = await openStore(location, box)
    })
    after(async () => {
      await store?.close()
      await place.stop()
    })
    beforeEach(() => store.reset())

    test('a row is read back as it was written, frozen, the same object each time', async () => {
      assert.equal(await store.get(notes, 'a', 'k'), undefined)
      const value = { text: 'é\u0000"', secret: 'hush', tags: ['x'], due: '2026-01-01' }
      await store.commit(batch([change('k', 0, value)]))
      const row = await store.get(notes, 'a', 'k')
      assert.deepEqual(row?.value, value)
      assert.ok(Object.isFrozen(row?.value) && Object.isFrozen(row?.value.tags))
      assert.equal(await store.get(notes, 'a', 'k'), row)
      assert.equal((await store.list(notes, 'a', { index: 'tag', equals: 'x' }))[0], row)
      assert.equal(await store.get(notes, 'b', 'k'), undefined)
    })

    test('a version that is not the current one conflicts and changes nothing', async () => {
      await store.commit(batch([change('k', 0, note('one'))]))
      const first = await store.get(notes, 'a', 'k')
      assert.ok(first)
      await assert.rejects(store.commit(batch([change('k', 0, note('two'))])), WriteConflict)
      const wrong = batch([
        change('other', 0, note('x')),
        change('k', first.version + 1, undefined),
      ])
      await assert.rejects(store.commit(wrong), WriteConflict)
      assert.equal(await store.get(notes, 'a', 'other'), undefined)
      assert.equal(await store.get(notes, 'a', 'k'), first)
      await store.commit(batch([change('k', first.version, note('two'))]))
      assert.equal((await store.get(notes, 'a', 'k'))?.value.text, 'two')
    })

    test('a row that is made again does not reuse a version', async () => {
      await put(store, 'k', note('one'))
      const first = await store.get(notes, 'a', 'k')
      await put(store, 'k', undefined)
      assert.equal(await store.get(notes, 'a', 'k'), undefined)
      await put(store, 'k', note('one'))
      const second = await store.get(notes, 'a', 'k')
      assert.ok(first && second && second.version > first.version)
    })

    test('an expectation that no longer holds rejects the batch with its audit', async () => {
      await put(store, 'read', note('one'))
      const row = await store.get(notes, 'a', 'read')
      assert.ok(row)
      const held = batch([change('w1', 0, note('x'))], {
        expectations: [expectation('read', row.version), expectation('absent', 0)],
      })
      await store.commit(held)
      await put(store, 'read', note('two'))
      const stale = batch([change('w2', 0, note('x'))], {
        expectations: [expectation('read', row.version)],
        audit: [auditOf()],
      })
      await assert.rejects(store.commit(stale), WriteConflict)
      assert.equal(await store.get(notes, 'a', 'w2'), undefined)
      const audit = await store.lookupAudit({ account: '111122223333', limit: 10 })
      assert.equal(audit.length, 0)
    })

    test('of batches of one turn that conflict only the later ones are rejected', async () => {
      await put(store, 'gone', note('x'))
      const gone = await store.get(notes, 'a', 'gone')
      const outcomes = await Promise.allSettled([
        store.commit(batch([change('k', 0, note('first'))])),
        store.commit(batch([change('k', 0, note('second'))])),
        store.commit(batch([change('j', 0, note('third'))])),
        store.commit(batch([], { expectations: [expectation('j', 0)] })),
        store.commit(batch([change('gone', gone?.version ?? 0, undefined)])),
        store.commit(batch([change('gone', 0, note('again', 'new'))])),
      ])
      const states = outcomes.map((each) => each.status[0]).join('')
      assert.equal(states, 'frfrff')
      assert.equal((await store.get(notes, 'a', 'k'))?.value.text, 'first')
      assert.equal((await store.get(notes, 'a', 'gone'))?.value.text, 'again')
      assert.equal(await keys(store, { index: 'tag', equals: 'new' }), 'gone')
    })

    test('a batch that cannot be encoded is rejected alone', async () => {
      const bad = { text: 'x', tags: [], secret: 5 as unknown as string }
      const outcomes = await Promise.allSettled([
        store.commit(batch([change('bad', 0, bad)])),
        store.commit(batch([change('good', 0, note('x'))])),
      ])
      assert.deepEqual(
        outcomes.map((each) => each.status),
        ['rejected', 'fulfilled'],
      )
    })

    test('listings go by key, prefix, index and index order, with after and limit', async () => {
      const rows: [string, string[], string?][] = [
        ['p/1', ['red'], '2026-03'],
        ['p/2', ['red', 'blue'], '2026-01'],
        ['p/3', ['blue']],
        ['q/1', ['red', 'red'], '2026-02'],
        ['pö', []],
      ]
      const changes = rows.map(([key, tags, due]) =>
        change(key, 0, { text: key, tags, ...(due !== undefined && { due }) }),
      )
      await store.commit(batch(changes))
      const expected: [ListQuery, string][] = [
        [{}, 'p/1,p/2,p/3,pö,q/1'],
        [{ limit: 2 }, 'p/1,p/2'],
        [{ after: 'p/2' }, 'p/3,pö,q/1'],
        [{ prefix: 'p/' }, 'p/1,p/2,p/3'],
        [{ prefix: 'p/', after: 'p/1', limit: 1 }, 'p/2'],
        [{ prefix: 'z' }, ''],
        [{ index: 'tag', equals: 'red' }, 'p/1,p/2,q/1'],
        [{ index: 'tag', equals: 'red', after: 'p/1', limit: 1 }, 'p/2'],
        [{ index: 'tag', equals: 'green' }, ''],
        [{ index: 'due', upTo: '2026-02' }, 'p/2,q/1'],
        [{ index: 'due', upTo: '2026-9', limit: 2 }, 'p/2,q/1'],
        [{ index: 'due', from: '2026-02', upTo: '2026-9', limit: 1 }, 'q/1'],
        [{ index: 'due', upTo: '2026-9', limit: 1, descending: true }, 'p/1'],
        [{ index: 'due', upTo: '2026-9', descending: true }, 'p/1,q/1,p/2'],
        [{ prefix: 'p/', descending: true, limit: 1 }, 'p/3'],
      ]
      for (const [query, found] of expected) assert.equal(await keys(store, query), found)
      assert.equal(expected.length, 15)
      const late = { index: 'due', from: '2026-02', upTo: '9' }
      assert.equal(await store.count(notes, 'a', { prefix: 'p/' }), 3)
      assert.equal(await store.count(notes, 'a', late), 2)
      assert.deepEqual(await store.list(notes, 'b', {}), [])
    })

    test('rows of a table that is not kept in memory are read and changed like any', async () => {
      const table = { ...notes, uncached: true }
      const write = (value: NoteRow | undefined, expectedVersion: number) => {
        const each = {
          ...change('k', expectedVersion, value),
          table: table as unknown as Table<object>,
        }
        return store.commit(batch([each]))
      }
      assert.equal(await store.get(table, 'a', 'k'), undefined)
      await write(note('one'), 0)
      const first = await store.get(table, 'a', 'k')
      assert.equal(first?.value.text, 'one')
      assert.equal(store.peek(table, 'a', 'k'), undefined)
      await write(note('two'), first.version)
      assert.equal((await store.list(table, 'a', {}))[0]?.value.text, 'two')
      await assert.rejects(write(note('three'), first.version), WriteConflict)
      const second = await store.get(table, 'a', 'k')
      await write(undefined, second?.version ?? 0)
      assert.equal(await store.get(table, 'a', 'k'), undefined)
    })

    test('index entries follow their row through changes and deletion', async () => {
      await put(store, 'k', note('x', 'a', 'b'))
      await put(store, 'k', note('x', 'b', 'c'))
      assert.equal(await keys(store, { index: 'tag', equals: 'a' }), '')
      assert.equal(await keys(store, { index: 'tag', equals: 'b' }), 'k')
      assert.equal(await keys(store, { index: 'tag', equals: 'c' }), 'k')
      await put(store, 'k', undefined)
      assert.equal(await keys(store, { index: 'tag', equals: 'b' }), '')
      assert.equal(await keys(store, {}), '')
    })

    test('two hundred concurrent increments with retries lose none', async () => {
      await put(store, 'n', note('0'))
      const increment = async (): Promise<void> => {
        const row = await store.get(notes, 'a', 'n')
        const next = note(String(Number(row?.value.text) + 1))
        try {
          await store.commit(batch([change('n', row?.version ?? 0, next)]))
        } catch (error) {
          if (!(error instanceof WriteConflict)) throw error
          await increment()
        }
      }
      await Promise.all(Array.from({ length: 200 }, increment))
      assert.equal((await store.get(notes, 'a', 'n'))?.value.text, '200')
    })

    test('the audit log answers newest first by every attribute', async () => {
      const arn = 'arn:aws:kms:us-east-1:111122223333:key/k-1'
      const records = [
        auditOf({ eventID: '1', eventName: 'CreateKey', readOnly: false }),
        auditOf({ eventID: '2', eventTime: '2026-02-01T00:00:00Z', awsRegion: 'eu-west-1' }),
        auditOf({ eventID: '3', userIdentity: { type: 'Root' }, eventSource: 'iam.amazonaws.com' }),
        auditOf({ eventID: '4', resources: [{ ARN: arn, type: 'AWS::KMS::Key' }] }),
        auditOf({ eventID: '5', recipientAccountId: '444455556666' }),
        auditOf({
          eventID: '6',
          userIdentity: { type: 'AssumedRole', principalId: 'AROA:s\nReadOnly:x' },
        }),
      ]
      for (const record of records) await store.commit(batch([], { audit: [record] }))
      const find = async (query: object) => {
        const found = await store.lookupAudit({ account: '111122223333', limit: 10, ...query })
        return found.map((each) => each.record.eventID).join('')
      }
      const attribute = (name: string, value: string) => find({ attribute: { name, value } })
      assert.equal(await find({}), '64321')
      assert.equal(await find({ limit: 2 }), '64')
      assert.equal(await find({ region: 'eu-west-1' }), '2')
      assert.equal(await find({ from: Date.parse('2026-01-02') }), '2')
      assert.equal(await find({ to: Date.parse('2026-01-02') }), '6431')
      assert.equal(await attribute('EventId', '3'), '3')
      assert.equal(await attribute('EventName', 'CreateKey'), '1')
      assert.equal(await attribute('EventSource', 'iam.amazonaws.com'), '3')
      assert.equal(await attribute('ReadOnly', 'false'), '1')
      assert.equal(await attribute('ReadOnly', 'x'), '')
      assert.equal(await attribute('Username', 'root'), '3')
      assert.equal(await attribute('AccessKeyId', 'AKIAEXAMPLE'), '421')
      assert.equal(await attribute('ResourceType', 'AWS::KMS::Key'), '4')
      assert.equal(await attribute('ResourceName', arn), '4')
      assert.equal(await attribute('ResourceName', 'k-1'), '4')
      const all = await store.lookupAudit({ account: '111122223333', limit: 10 })
      assert.deepEqual(all[4]?.record, records[0])
      assert.equal(await find({ before: all[1]?.sequence }), '321')
    })

    test('a record that only mentions what is looked for is passed over, however many there are', async () => {
      const bait = { eventName: 'Wanted', readOnly: 'x', note: 'arn:aws:iam::1:user/ada' }
      for (let at = 0; at < 7; at++) {
        const records = [auditOf({ eventID: `w${at}`, eventName: 'Wanted' })]
        for (let i = 0; i < 9; i++) records.push(auditOf({ requestParameters: bait }))
        await store.commit(batch([], { audit: records }))
      }
      const find = async (query: object) => {
        const found = await store.lookupAudit({ account: '111122223333', limit: 4, ...query })
        return found.map((each) => each.record.eventID)
      }
      const attribute = { name: 'EventName', value: 'Wanted' }
      assert.deepEqual(await find({ attribute }), ['w6', 'w5', 'w4', 'w3'])
      assert.equal((await find({ attribute, limit: 50 })).length, 7)
      assert.deepEqual(await find({ attribute: { name: 'ResourceName', value: 'ada' } }), [])
      assert.deepEqual(await find({ attribute: { name: 'ReadOnly', value: '"x"' } }), [])
      assert.deepEqual(await find({ attribute: { name: 'Username', value: '\0' } }), [])
    })

    test('a reader of the audit log goes on from where it was, oldest first', async () => {
      const records = Array.from({ length: 5 }, (_, at) => auditOf({ eventID: `${at}` }))
      await store.commit(batch([], { audit: records }))
      const account = '111122223333'
      const seen: string[] = []
      let after = 0
      for (;;) {
        const page = await store.auditAfter({ account, after, limit: 2 })
        seen.push(...page.map(({ record }) => record.eventID))
        const last = page.at(-1)
        if (!last) break
        after = last.sequence
      }
      assert.deepEqual(seen.slice(-5), ['0', '1', '2', '3', '4'])
      assert.deepEqual(await store.auditAfter({ account: '999999999999', after: 0, limit: 2 }), [])
    })

    test('old audit records go step by step, and sequence numbers are never used again', async () => {
      const years = [2020, 2020, 2020, 2026, 2020, 2020, 2026, 2026, 2020]
      for (const [at, year] of years.entries()) {
        const record = auditOf({ eventID: `${at}`, eventTime: `${year}-01-01T00:00:00Z` })
        await store.commit(batch([], { audit: [record] }))
      }
      const left = async () => {
        const found = await store.lookupAudit({ account: '111122223333', limit: 20 })
        return found.map((each) => each.record.eventID).join('')
      }
      const olderThan = Date.parse('2025-01-01')
      const first = await store.pruneAudit({ olderThan, after: 0, limit: 4 })
      assert.equal(first.removed, 3)
      assert.equal(await left(), '876543')
      const second = await store.pruneAudit({ olderThan, after: first.last ?? 0, limit: 4 })
      assert.equal(second.removed, 2)
      const third = await store.pruneAudit({ olderThan, after: second.last ?? 0, limit: 4 })
      assert.equal(third.removed, 0, 'the newest stays')
      assert.equal(await left(), '8763')
      const [newest] = await store.lookupAudit({ account: '111122223333', limit: 1 })
      const later = { olderThan: Date.parse('2030-01-01'), after: 0, limit: 100 }
      assert.equal((await store.pruneAudit(later)).removed, 3)
      assert.deepEqual(await store.pruneAudit({ ...later, after: newest?.sequence ?? 0 }), {
        removed: 0,
        last: undefined,
      })
      await store.commit(batch([], { audit: [auditOf({ eventID: 'x' })] }))
      const [next] = await store.lookupAudit({ account: '111122223333', limit: 1 })
      assert.ok(next && newest && next.sequence > newest.sequence)
    })

    test('a record that is too large is kept within the limits', async () => {
      const requestParameters = { text: 'x'.repeat(200_000) }
      await store.commit(batch([], { audit: [auditOf({ requestParameters })] }))
      const [found] = await store.lookupAudit({ account: '111122223333', limit: 1 })
      assert.deepEqual(found?.record.requestParameters, {
        omitted: true,
        originalSize: 200_011,
        reason: 'requestParameters too large',
      })
    })

    test('a peek knows what get has read, what a commit wrote, and nothing else', async () => {
      assert.equal(store.peek(notes, 'a', 'k'), undefined)
      assert.equal(await store.get(notes, 'a', 'k'), undefined)
      assert.equal(store.peek(notes, 'a', 'k'), null)
      await put(store, 'k', note('x'))
      assert.equal(store.peek(notes, 'a', 'k'), await store.get(notes, 'a', 'k'))
      assert.equal(store.peek(notes, 'a', 'k')?.value.text, 'x')
      await put(store, 'k', undefined)
      assert.equal(store.peek(notes, 'a', 'k'), null)
    })

    test('the number of changes of a table grows with its own commits and with a reset', async () => {
      const counted = () => store.changesOf(notes)
      const unread = counted()
      await store.get(notes, 'a', 'k')
      assert.equal(counted(), unread)
      await put(store, 'k', note('x'))
      const one = counted()
      assert.ok(one > unread)
      await put(store, 'k', undefined)
      const two = counted()
      assert.ok(two > one)
      await store.reset()
      assert.ok(counted() > two)
      assert.equal(store.changesOf({ name: 'test.others' }), 0)
    })

    test('a scrub reads everything and finds a sound store sound, while writes go on', async () => {
      const changes = Array.from({ length: 1_200 }, (_, at) => change(`k${at}`, 0, note('é', 'x')))
      await store.commit(batch(changes, { audit: Array.from({ length: 7 }, () => auditOf()) }))
      const [report] = await Promise.all([store.scrub(), put(store, 'meanwhile', note('y'))])
      assert.deepEqual({ ...report, rows: 0 }, { rows: 0, records: 7, damaged: 0, damage: [] })
      assert.ok(report.rows >= 1_200)
      assert.equal((await store.scrub()).rows, 1_201)
    })

    test('reset leaves nothing and the store goes on', async () => {
      await store.commit(batch([change('k', 0, note('x', 'y'))], { audit: [auditOf()] }))
      await store.reset()
      assert.equal(await store.get(notes, 'a', 'k'), undefined)
      assert.equal(await keys(store, { index: 'tag', equals: 'y' }), '')
      assert.deepEqual(await store.lookupAudit({ account: '111122223333', limit: 1 }), [])
      await put(store, 'k', note('again'))
      assert.equal((await store.get(notes, 'a', 'k'))?.value.text, 'again')
    })

    test('an opened store has what was committed, and refuses another root key', async (t) => {
      if (!place.durable) return t.skip('nothing outlives a store in memory')
      const before = { text: 'x', secret: 'sesame', tags: ['kept'] }
      await put(store, 'k', before)
      const version = (await store.get(notes, 'a', 'k'))?.version ?? 0
      await store.close()
      await assert.rejects(store.commit(batch([])), /closed/)
      await assert.rejects(openStore(location, secretBox(new Uint8Array(32))), RootKeyError)
      store = await openStore(location, box)
      assert.deepEqual((await store.get(notes, 'a', 'k'))?.value, before)
      assert.equal(await keys(store, { index: 'tag', equals: 'kept' }), 'k')
      // The index entries of a row that is not cached are found too.
      await store.close()
      store = await openStore(location, box)
      await store.commit(batch([change('k', version, note('y', 'new'))]))
      assert.equal(await keys(store, { index: 'tag', equals: 'kept' }), '')
      assert.ok(((await store.get(notes, 'a', 'k'))?.version ?? 0) > version)
    })
  })
}
