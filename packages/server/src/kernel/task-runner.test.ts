import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import { startTestServer, type TestServer } from '@bartizan/testkit'
import type { Kernel } from './kernel.ts'
import { ServiceRegistry } from './service-registry.ts'
import { serviceContext, settle } from './settle.ts'
import { defineTable } from './store/store.ts'
import { TaskRunner } from './task-runner.ts'
import { tasksTable, type EnqueueOptions, type Task } from './tasks.ts'
import { beginWork } from './unit-of-work.ts'

interface Note {
  readonly text: string
}

const notes = defineTable<Note>({ name: 'test.notes', scope: 'region' })

const seen: string[] = []
let failures = 0

const note: Task<Note> = {
  name: 'test.note',
  run: (ctx, { text }, { number }) => {
    seen.push(`${text}/${number}`)
    ctx.store.table(notes).put(text, { text })
    if (failures-- > 0) throw new Error('this attempt fails, as the test wants')
    return Promise.resolve(undefined)
  },
}

const patient: Task<Note> = {
  name: 'test.patient',
  run: (ctx, { text }, { number }) => {
    seen.push(`${text}/${number}`)
    if (number > 1) return Promise.resolve(undefined)
    const retryAt = new Date(ctx.now.getTime() + 3_600_000)
    return Promise.resolve({ retryAt, payload: { text: `${text}!` } })
  },
}

let bartizan: TestServer
let kernel: Kernel
let runner: TaskRunner
before(async () => {
  bartizan = await startTestServer({ BARTIZAN_LOG_LEVEL: 'silent' })
  const service = await bartizan.server.kernel.services.load('kms')
  assert.ok(service)
  const load = () => Promise.resolve({ ...service, tasks: [note, patient] })
  const services = new ServiceRegistry([{ id: 'test', signingNames: [], isOpen: false, load }])
  kernel = {
    ...bartizan.server.kernel,
    services,
    get tasks() {
      return runner
    },
  }
})
beforeEach(async () => {
  seen.length = 0
  failures = 0
  await kernel.store.reset()
  runner = new TaskRunner(kernel)
})
after(() => bartizan.close())

const place = { account: '111122223333', region: 'eu-west-1', service: 'test' }

async function enqueue(task: Task<Note>, texts: readonly string[], options: EnqueueOptions = {}) {
  const work = beginWork(kernel.store, place.account, place.region)
  const ctx = serviceContext(kernel, place, work)
  for (const text of texts) ctx.enqueue(task, { text }, options)
  return settle(kernel, work, [])
}

const noted = async () => {
  const rows = await kernel.store.list(notes, `${place.account}/${place.region}`, {})
  return rows.map(({ key }) => key)
}

test('a task runs right after its commit, in its own place, and is gone then', async () => {
  await enqueue(note, ['a', 'b'])
  await runner.settled()
  assert.deepEqual(await noted(), ['a', 'b'])
  assert.deepEqual(await kernel.store.list(tasksTable, '-', {}), [])
})

test('what a unit of work enqueued is not run when the unit is not committed', async () => {
  const work = beginWork(kernel.store, place.account, place.region)
  serviceContext(kernel, place, work).enqueue(note, { text: 'never' })
  await runner.settled()
  assert.deepEqual(seen, [])
})

test('a failed task writes nothing and runs again later', async () => {
  failures = 1
  await enqueue(note, ['a'])
  await runner.settled()
  assert.deepEqual(seen, ['a/1'])
  assert.deepEqual(await noted(), [])
  kernel.clock.setOffset(kernel.clock.offsetMs + 2_000)
  await runner.settled()
  assert.deepEqual(seen, ['a/1', 'a/2'])
  assert.deepEqual(await noted(), ['a'])
})

test('a task that asks for it runs again at its time with its new payload', async () => {
  await enqueue(patient, ['a'])
  await runner.settled()
  assert.deepEqual(seen, ['a/1'])
  kernel.clock.setOffset(kernel.clock.offsetMs + 3_600_000)
  await runner.settled()
  assert.deepEqual(seen, ['a/1', 'a!/2'])
})

test('tasks of one order run one after another, and wait for one that is tried again', async () => {
  failures = 1
  await enqueue(note, ['a', 'b', 'c'], { order: 'line' })
  await enqueue(note, ['x'])
  await runner.settled()
  assert.deepEqual(seen, ['a/1', 'x/1'])
  kernel.clock.setOffset(kernel.clock.offsetMs + 2_000)
  await runner.settled()
  assert.deepEqual(seen, ['a/1', 'x/1', 'a/2', 'b/1', 'c/1'])
})

test('a task for later waits for its time', async () => {
  await enqueue(note, ['a'], { due: new Date(kernel.clock.now().getTime() + 60_000) })
  await runner.settled()
  assert.deepEqual(seen, [])
  kernel.clock.setOffset(kernel.clock.offsetMs + 61_000)
  await runner.settled()
  assert.deepEqual(seen, ['a/1'])
})

test('a new process takes over what an earlier one was handed and did not do, in order', async () => {
  const gone = runner
  await gone.stop()
  await enqueue(note, ['a', 'b'], { order: 'line' })
  await enqueue(note, ['c'])
  assert.deepEqual(seen, [])
  runner = new TaskRunner(kernel)
  await runner.start()
  await runner.settled()
  assert.equal(seen.toSorted().join(), 'a/1,b/1,c/1')
  const runs: readonly string[] = seen
  assert.ok(runs.indexOf('a/1') < runs.indexOf('b/1'))
  await runner.stop()
})

test('payloads are not readable in the store', async () => {
  await runner.stop()
  await enqueue(note, ['a secret text'])
  const copy = `${await import('node:os').then(({ tmpdir }) => tmpdir())}/tasks-${kernel.ids.hex(8)}.db`
  await kernel.store.backup(copy)
  const { readFileSync, rmSync } = await import('node:fs')
  const bytes = readFileSync(copy, 'latin1')
  rmSync(copy)
  assert.ok(bytes.includes('test.note'))
  assert.ok(!bytes.includes('a secret text'))
})
