import assert from 'node:assert/strict'
import { test } from 'node:test'
import { claimOf } from './claims.ts'
import { openStore } from './store/open-store.ts'
import { secretBox } from './store/sealed.ts'
import { WriteConflict } from './store/store.ts'
import { beginWork } from './unit-of-work.ts'

test('of two units of work with one claim the later conflicts, unless it makes nothing', async () => {
  const store = await openStore(
    { kind: 'sqlite', path: ':memory:' },
    secretBox(Buffer.alloc(32, 1)),
  )
  const [first, second, reader] = [0, 1, 2].map(() => beginWork(store, '111122223333', 'us-east-1'))
  assert.ok(first && second && reader)
  const commit = async (work: typeof first) => store.commit({ ...(await work.batch()), audit: [] })
  const claims = [await claimOf(first.store, 'one'), await claimOf(second.store, 'one')]
  await claimOf(reader.store, 'one')
  for (const claim of claims) claim()
  await commit(first)
  await assert.rejects(commit(second), WriteConflict)
  await commit(reader)
  await store.close()
})
