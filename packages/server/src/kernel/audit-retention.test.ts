import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { IAM } from '@aws-sdk/client-iam'
import { startTestServer } from '@bartizan/testkit'
import { AuditRetention } from './audit-retention.ts'
import { systemClock } from './clock.ts'
import { openStore } from './store/open-store.ts'
import { secretBox } from './store/sealed.ts'
import type { Store } from './store/store.ts'
import { auditOf, batch } from './store/testdata/samples.ts'

const account = '111122223333'
let store: Store
before(async () => {
  store = await openStore({ kind: 'sqlite', path: ':memory:' }, secretBox(new Uint8Array(32)))
})
after(() => store.close())

const silent = { error: () => assert.fail('nothing may fail') }

test('five thousand old records go while other work goes on, and the younger stay', async () => {
  const clock = systemClock()
  const dated = (days: number) =>
    auditOf({ eventTime: new Date(clock.now().getTime() - days * 86_400_000).toISOString() })
  const audit = [
    ...Array.from({ length: 5_000 }, () => dated(91)),
    ...Array.from({ length: 10 }, () => dated(89)),
  ]
  await store.commit(batch([], { audit }))
  let steps = 0
  let turns = 0
  const counting = {
    pruneAudit: (step: Parameters<Store['pruneAudit']>[0]) => {
      steps++
      assert.ok(step.limit <= 1_000)
      return store.pruneAudit(step)
    },
  }
  const retention = new AuditRetention({ store: counting, clock, log: silent })
  let sweeping = true
  const removed = retention.sweep().finally(() => (sweeping = false))
  while (sweeping) {
    turns++
    await new Promise((turn) => setImmediate(turn))
  }
  assert.equal(await removed, 5_000)
  assert.ok(turns >= steps && steps > 5, `${turns} turns in ${steps} steps`)
  assert.equal((await store.lookupAudit({ account, limit: 100 })).length, 10)
  assert.equal(await retention.sweep(), 0)
  await retention.stop()
})

test('moving the clock past 90 days removes the records from the store', async (t) => {
  const bartizan = await startTestServer()
  t.after(() => bartizan.close())
  const iam = bartizan.client(IAM)
  await iam.createUser({ UserName: 'seen' })
  const names = async () => {
    const query = { account: bartizan.accountId, limit: 100 }
    const found = await bartizan.server.kernel.store.lookupAudit(query)
    return found.map(({ record }) => record.eventName)
  }
  await bartizan.advance('89d')
  assert.ok((await names()).includes('CreateUser'))
  await iam.listUsers({})
  await bartizan.advance('2d')
  const left = await names()
  assert.ok(!left.includes('CreateUser'))
  assert.ok(left.includes('ListUsers'))
})
