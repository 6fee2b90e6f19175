import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openStore } from './store/open-store.ts'
import { secretBox } from './store/sealed.ts'
import { defineTable, WriteConflict, type Store } from './store/store.ts'
import { beginWork, type Work } from './unit-of-work.ts'

interface Row {
  readonly group: string
  readonly n: number
}

const rows = defineTable<Row>({
  name: 'test.rows',
  scope: 'region',
  indexes: { group: (row) => row.group },
})

const memory = (): Promise<Store> =>
  openStore({ kind: 'sqlite', path: ':memory:' }, secretBox(Buffer.alloc(32, 1)))

const commit = async (store: Store, work: Work): Promise<void> =>
  store.commit({ ...(await work.batch()), audit: [] })

test('a unit of work reads its own writes before anybody else sees them', async () => {
  const store = await memory()
  const work = beginWork(store, '111122223333', 'us-east-1')
  const view = work.store.table(rows)
  view.put('a', { group: 'x', n: 1 })
  view.put('b', { group: 'y', n: 2 })
  assert.deepEqual(await view.get('a'), { group: 'x', n: 1 })
  const listed = await view.list({ index: 'group', equals: 'y' })
  assert.deepEqual(
    listed.map(({ key }) => key),
    ['b'],
  )
  const other = beginWork(store, '111122223333', 'us-east-1')
  assert.equal(await other.store.table(rows).get('a'), undefined)
  await commit(store, work)
  assert.equal((await other.store.table(rows).list()).length, 2)
  await store.close()
})

test('a listing shows stored rows with the own writes and deletions over them', async () => {
  const store = await memory()
  const first = beginWork(store, '1', 'r')
  for (const key of ['a', 'b', 'c', 'd']) first.store.table(rows).put(key, { group: 'x', n: 0 })
  await commit(store, first)
  const work = beginWork(store, '1', 'r')
  const view = work.store.table(rows)
  view.delete('a')
  view.put('bb', { group: 'x', n: 1 })
  view.put('c', { group: 'moved', n: 1 })
  const keys = async (query: Parameters<typeof view.list>[0]): Promise<string[]> =>
    (await view.list(query)).map(({ key }) => key)
  assert.deepEqual(await keys({ index: 'group', equals: 'x' }), ['b', 'bb', 'd'])
  assert.deepEqual(await keys({ limit: 2 }), ['b', 'bb'])
  assert.deepEqual(await keys({ after: 'b', limit: 2 }), ['bb', 'c'])
  assert.deepEqual(await keys({ prefix: 'b' }), ['b', 'bb'])
  await store.close()
})

test('a write based on a row that changed meanwhile is refused whole', async () => {
  const store = await memory()
  const setUp = beginWork(store, '1', 'r')
  setUp.store.table(rows).put('guard', { group: 'x', n: 0 })
  await commit(store, setUp)
  const slow = beginWork(store, '1', 'r')
  await slow.store.table(rows).get('guard')
  slow.store.table(rows).put('other', { group: 'x', n: 1 })
  const quick = beginWork(store, '1', 'r')
  await quick.store.table(rows).get('guard')
  quick.store.table(rows).put('guard', { group: 'x', n: 1 })
  await commit(store, quick)
  await assert.rejects(commit(store, slow), WriteConflict)
  assert.equal(await store.get(rows, '1/r', 'other'), undefined)
  await store.close()
})

test("another account's or Region's rows are out of reach unless asked for by name", async () => {
  const store = await memory()
  const owner = beginWork(store, '1', 'r')
  owner.store.table(rows).put('a', { group: 'x', n: 0 })
  await commit(store, owner)
  const stranger = beginWork(store, '2', 'r')
  assert.equal(await stranger.store.table(rows).get('a'), undefined)
  assert.deepEqual(await stranger.store.table(rows).list(), [])
  assert.equal(
    await stranger.store.at({ region: 's', account: '1' }).table(rows).get('a'),
    undefined,
  )
  assert.notEqual(await stranger.store.at({ account: '1' }).table(rows).get('a'), undefined)
  await store.close()
})

test('a unit that writes nothing commits nothing and expects nothing', async () => {
  const store = await memory()
  const work = beginWork(store, '1', 'r')
  await work.store.table(rows).get('a')
  work.store.table(rows).delete('never-there')
  assert.deepEqual((await work.batch()).changes, [])
  await store.close()
})
