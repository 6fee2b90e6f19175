import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import { startTestServer, type TestServer } from '@bartizan/testkit'
import type { Job } from './jobs.ts'
import { dueJobs, dueKey, type DueJobRow } from './due-jobs.ts'
import { JobsRunner } from './jobs-runner.ts'
import type { Kernel } from './kernel.ts'
import { defineTable } from './store/store.ts'
import { ServiceRegistry } from './service-registry.ts'
import { beginWork } from './unit-of-work.ts'

const done = defineTable<{ readonly at: readonly string[] }>({ name: 'test.done', scope: 'region' })
const start = Date.parse('2030-01-01T00:00:00Z')
const at = (minutes: number): Date => new Date(start + minutes * 60_000)

/** Notes when it ran, and comes again after ten minutes while the subject says so. */
const note: Job = {
  name: 'test.note',
  run: async (ctx, subject) => {
    const view = ctx.store.table(done)
    const earlier = (await view.get(subject))?.at ?? []
    view.put(subject, { at: [...earlier, ctx.now.toISOString()] })
    if (subject === 'again') {
      ctx.schedule.at(note, subject, new Date(ctx.now.getTime() + 600_000))
    }
    ctx.audit.serviceEvent({ name: 'Noted', details: { subject } })
  },
}

let failures = 0
const fail: Job = {
  name: 'test.fail',
  run: async (ctx) => {
    ctx.store.table(done).put('fail', { at: [ctx.now.toISOString()] })
    if (++failures === 1) throw new Error('the first attempt fails, as this test wants')
  },
}

let bartizan: TestServer
let kernel: Kernel
before(async () => {
  bartizan = await startTestServer({ BARTIZAN_LOG_LEVEL: 'silent' })
  const service = await bartizan.server.kernel.services.load('kms')
  assert.ok(service)
  const load = () => Promise.resolve({ ...service, jobs: [note, fail] })
  const services = new ServiceRegistry([{ id: 'test', signingNames: [], isOpen: false, load }])
  kernel = { ...bartizan.server.kernel, services }
})
beforeEach(() => kernel.store.reset())
after(() => bartizan.close())

async function schedule(job: string, subject: string, due: Date): Promise<void> {
  const place = { account: '111122223333', region: 'eu-west-1' }
  const row: DueJobRow = { job, ...place, subject, due: due.toISOString(), attempts: 0 }
  const work = beginWork(kernel.store, row.account, row.region)
  work.store.table(dueJobs).put(dueKey(row), row)
  await kernel.store.commit({ ...(await work.batch()), audit: [] })
}

const ran = async (subject: string): Promise<readonly string[]> =>
  (await kernel.store.get(done, '111122223333/eu-west-1', subject))?.value.at ?? []

test('work runs once its time has come, in its own account and Region, and is on record', async () => {
  await schedule('test.note', 'once', at(5))
  const runner = new JobsRunner(kernel)
  await runner.runDue(at(4))
  assert.deepEqual(await ran('once'), [])
  await runner.runDue(at(60))
  await runner.runDue(at(120))
  assert.deepEqual(await ran('once'), [at(5).toISOString()])
  const log = await kernel.store.lookupAudit({ account: '111122223333', limit: 10 })
  assert.deepEqual(
    log.map(({ record }) => [record.eventName, record.eventType, record.awsRegion]),
    [['Noted', 'AwsServiceEvent', 'eu-west-1']],
  )
})

test('work that schedules itself again runs as often as the time allows, each at its due time', async () => {
  await schedule('test.note', 'again', at(0))
  await new JobsRunner(kernel).runDue(at(35))
  assert.deepEqual(
    await ran('again'),
    [0, 10, 20, 30].map((minutes) => at(minutes).toISOString()),
  )
})

test('work that fails leaves nothing behind and is tried again', async () => {
  failures = 0
  await schedule('test.fail', 'x', at(1))
  const runner = new JobsRunner(kernel)
  await runner.runDue(at(1))
  assert.deepEqual(await ran('fail'), [])
  await runner.runDue(at(2))
  assert.equal(failures, 2)
  assert.equal((await ran('fail')).length, 1)
})

test('two nodes at one store do a piece of work once', async () => {
  const subjects = Array.from({ length: 20 }, (_, index) => `s${index}`)
  for (const subject of subjects) await schedule('test.note', subject, at(1))
  const nodes = [new JobsRunner(kernel), new JobsRunner(kernel)]
  await Promise.all(nodes.map((node) => node.runDue(at(10))))
  for (const subject of subjects) assert.equal((await ran(subject)).length, 1)
})
