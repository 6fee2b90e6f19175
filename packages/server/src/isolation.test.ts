import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { after, before, test } from 'node:test'
import { compileConstraints } from '@bartizan/wire'
import { startTestServer, type TestServer } from '@bartizan/testkit'
import { NormalizedSchema } from '@smithy/core/schema'
import { Loot, plantings, type Planting } from './isolation.fixture.ts'
import type { Principal } from './kernel/context.ts'
import { AwsError } from './kernel/errors.ts'
import { execute } from './kernel/pipeline.ts'
import type { Operation, Service } from './kernel/service.ts'
import type { Change, Store } from './kernel/store/store.ts'
import { join } from './services/organizations/isolation.fixture.ts'

const rounds = 8

/** Whose an access key is, AWS answers to anybody. */
const tellsByDesign = new Set(['sts:GetAccessKeyInfo'])

let bartizan: TestServer
let services: readonly Service[]
const loot = new Loot()
before(async () => {
  bartizan = await startTestServer({ BARTIZAN_LOG_LEVEL: 'silent' })
  services = await bartizan.server.kernel.services.loadAll()
  for (const { id } of [...services].sort((a, b) => order(a) - order(b))) {
    const plant = plantings[id] ?? (await plantingIn(id))
    assert.ok(plant, `isolation.fixture.ts plants nothing for ${id}`)
    loot.planter = id
    await plant(bartizan, loot)
  }
  loot.secrets.add(bartizan.accountId)
})
after(() => bartizan.close())

/** What the service's own folder plants. */
async function plantingIn(id: string): Promise<Planting | undefined> {
  const fixture = new URL(`./services/${id}/isolation.fixture.ts`, import.meta.url)
  if (!existsSync(fixture)) return undefined
  const { plant } = (await import(fixture.href)) as { plant: Planting }
  return plant
}

/** Others name what IAM makes. */
function order({ id }: Service): number {
  return id === 'iam' ? 0 : 1
}

function adminOf(accountId: string): Principal {
  return {
    kind: 'user',
    accountId,
    arn: `arn:aws:iam::${accountId}:user/admin`,
    principalId: 'AIDASTRANGER00000001',
    userName: 'admin',
  }
}

function rootOf(accountId: string): Principal {
  const arn = `arn:aws:iam::${accountId}:root`
  return { kind: 'root', accountId, arn, principalId: accountId }
}

const strangers = [
  { who: 'another account’s administrator', principalOf: adminOf },
  { who: 'another account’s root user', principalOf: rootOf },
]

for (const { who, principalOf } of strangers) {
  test(`no operation tells or changes anything of another account to ${who}`, async () => {
    const seen = { calls: 0, answered: 0, operations: 0, unready: [] as string[] }
    for (const service of services) {
      for (const operation of Object.values(service.operations)) {
        // A new stranger each time, so that nothing it is told can be what it stored before.
        const { accountId } = await bartizan.createAccount()
        const outcomes = await rob(service, operation, principalOf(accountId))
        seen.operations++
        seen.calls += outcomes.length
        seen.answered += outcomes.filter(({ answered }) => answered).length
        if (outcomes.every(({ invalid }) => invalid)) seen.unready.push(label(service, operation))
      }
    }
    assert.equal(seen.calls, seen.operations * rounds)
    assert.deepEqual(seen.unready, [], 'every operation gets past its constraints in some round')
    assert.ok(seen.operations >= 540, `${seen.operations} operations`)
    assert.ok(seen.answered > 450, `${seen.answered} calls were answered`)
  })
}

/** What a member account is told of its organization, and that it may leave it. */
const openToMembers = new Set([
  'organizations:DescribeOrganization',
  'organizations:ListHandshakesForAccount',
  'organizations:LeaveOrganization',
])

test('no operation tells or changes anything of another account to one of the same organization', async () => {
  let calls = 0
  for (const service of services) {
    const guest = await bartizan.createAccount()
    await join(bartizan, guest)
    const given: string[] = []
    for (const operation of Object.values(service.operations)) {
      if (openToMembers.has(label(service, operation))) continue
      const principal = adminOf(guest.accountId)
      calls += (await rob(service, operation, principal, given)).length
    }
  }
  assert.ok(calls > 530 * rounds, `${calls} calls`)
})

test('no operation of Organizations tells or changes anything to whoever manages another one', async () => {
  const service = services.find(({ id }) => id === 'organizations')
  const create = service?.operations['CreateOrganization']
  assert.ok(service && create)
  let answered = 0
  for (const operation of Object.values(service.operations)) {
    const { accountId } = await bartizan.createAccount()
    const principal = adminOf(accountId)
    await attempt({ service, operation: create, input: {}, principal })
    const outcomes = await rob(service, operation, principal)
    answered += outcomes.filter((outcome) => outcome.answered).length
  }
  assert.ok(answered > 20, `${answered} calls were answered`)
})

/** What IAM lets every signed call do, and what refuses each part of a batch in its answer. */
const needNoPermission = new Set([
  'sts:GetCallerIdentity',
  'sts:GetSessionToken',
  's3:DeleteObjects',
])

test('no operation answers a user of the account itself without permissions', async () => {
  const answered = new Set<string>()
  const nobody = { ...adminOf(bartizan.accountId), userName: 'nobody' }
  const principal = { ...nobody, arn: `arn:aws:iam::${bartizan.accountId}:user/nobody` }
  for (const service of services) {
    for (const operation of Object.values(service.operations)) {
      for (let round = 0; round < rounds; round++) {
        const input = inputOf(service, operation, round)
        const outcome = await attempt({ service, operation, input, principal })
        assert.deepEqual(outcome.changed, [], label(service, operation))
        if (outcome.answered) answered.add(label(service, operation))
      }
    }
  }
  assert.deepEqual(
    [...answered].filter((each) => !needNoPermission.has(each)),
    [],
  )
})

test('the same calls tell and change much when the owner makes them', async () => {
  const told = new Set<string>()
  const changed = new Set<string>()
  for (const { service, operation } of inGentleOrder()) {
    for (const round of [0, 1, 5, 7]) {
      const input = inputOf(service, operation, round)
      const principal = rootOf(bartizan.accountId)
      const outcome = await attempt({ service, operation, input, principal })
      const said = outcome.told.join('\n')
      const given = textsOf(input).join('\n')
      const tells = [...loot.secrets].some((each) => said.includes(each) && !given.includes(each))
      if (outcome.answered && tells) told.add(label(service, operation))
      if (outcome.changed.length > 0) changed.add(label(service, operation))
    }
  }
  assert.ok(told.size >= 120, `${told.size} operations told: ${[...told].join(' ')}`)
  assert.ok(changed.size >= 120, `${changed.size} operations changed: ${[...changed].join(' ')}`)
})

/** Every operation: those that read first, and those that take away last. */
function inGentleOrder(): { service: Service; operation: Operation }[] {
  const rank = (name: string): number => {
    if (/^(Get|List|Describe|Head|Lookup|Filter)/.test(name)) return 0
    return /^(Delete|Remove|Purge|Close|Schedule|Untag|Disable|Cancel|Detach)/.test(name) ? 2 : 1
  }
  return services
    .flatMap((service) =>
      Object.values(service.operations).map((operation) => ({ service, operation })),
    )
    .sort((a, b) => rank(a.operation.name) - rank(b.operation.name))
}

/** Tries an operation with the owner's identifiers; `given` is what the caller may know by now. */
async function rob(
  service: Service,
  operation: Operation,
  principal: Principal,
  given: string[] = [],
) {
  const outcomes: Awaited<ReturnType<typeof attempt>>[] = []
  for (let round = 0; round < rounds; round++) {
    const input = inputOf(service, operation, round)
    given.push(...textsOf(input))
    const outcome = await attempt({ service, operation, input, principal })
    const name = label(service, operation)
    assert.deepEqual(outcome.changed, [], `${name} changed the owner’s rows`)
    if (!tellsByDesign.has(name)) assertSilent(name, given.join('\n'), outcome.told.join('\n'))
    outcomes.push(outcome)
  }
  return outcomes
}

function label({ id }: Service, { name }: Operation): string {
  return `${id}:${name}`
}

interface Attempt {
  readonly service: Service
  readonly operation: Operation
  readonly input: Record<string, unknown>
  readonly principal: Principal
}

async function attempt({ service, operation, input, principal }: Attempt) {
  const { kernel } = bartizan.server
  const watched = new Watched(kernel.store, bartizan.accountId)
  const caller = {
    principal,
    region: 'us-east-1',
    sourceIp: '127.0.0.1',
    userAgent: 'stranger',
    secureTransport: false,
    now: kernel.clock.now(),
    endpoint: bartizan.endpoint,
  }
  const requestId = kernel.ids.uuid()
  const run = { caller, service, operation, input, requestId }
  try {
    const output = await execute({ ...kernel, store: watched.store }, run)
    const told = [...textsOf(output), ...(await streamed(output))]
    return { answered: true, invalid: false, told, changed: watched.changed }
  } catch (error) {
    if (!(error instanceof AwsError))
      throw new Error(`${label(service, operation)} broke`, { cause: error })
    const invalid = /^\d+ validation errors? detected/.test(error.message)
    const told = [error.message, ...textsOf(error.fields)]
    return { answered: false, invalid, told, changed: watched.changed }
  }
}

/** What an answer streams, such as an object. */
async function streamed(output: object): Promise<string[]> {
  const streams = Object.values(output).filter((value) => value instanceof Readable)
  return Promise.all(streams.map((stream) => text(stream)))
}

/** A store that notes which rows of the owner a commit touches. */
class Watched {
  readonly changed: string[] = []
  readonly store: Store
  constructor(store: Store, owner: string) {
    this.store = {
      isShared: store.isShared,
      fresh: () => store.fresh(),
      get: (table, scope, key) => store.get(table, scope, key),
      peek: (table, scope, key) => store.peek(table, scope, key),
      changesOf: (table) => store.changesOf(table),
      list: (table, scope, query) => store.list(table, scope, query),
      count: (table, scope, query) => store.count(table, scope, query),
      lookupAudit: (query) => store.lookupAudit(query),
      auditAfter: (range) => store.auditAfter(range),
      pruneAudit: (step) => store.pruneAudit(step),
      scrub: () => store.scrub(),
      reset: () => store.reset(),
      backup: (path) => store.backup(path),
      close: () => store.close(),
      commit: async (batch) => {
        for (const change of batch.changes) {
          if (await touches(store, change, owner)) {
            this.changed.push(`${change.table.name} ${change.scope} ${change.key}`)
          }
        }
        return store.commit(batch)
      },
    }
  }
}

async function touches(store: Store, change: Change, owner: string): Promise<boolean> {
  if (change.scope.startsWith(owner)) return true
  if (change.scope !== '-') return false
  const before = await store.get(change.table, change.scope, change.key)
  return change.key.includes(owner) || JSON.stringify(before?.value ?? '').includes(owner)
}

function assertSilent(name: string, given: string, told: string): void {
  for (const secret of loot.secrets) {
    if (!told.includes(secret) || given.includes(secret)) continue
    assert.fail(`${name} told ${secret}: ${told.slice(0, 600)}`)
  }
}

/** Every text and blob (base64) in a value, decoded where a text is URL-encoded as IAM's policies are. */
function textsOf(value: unknown): string[] {
  if (typeof value === 'string') return [value, decoded(value)]
  if (value instanceof Uint8Array) {
    return [Buffer.from(value).toString('base64'), Buffer.from(value).toString('latin1')]
  }
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, entry]) => [key, ...textsOf(entry)])
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

const samples = [
  'sample-name',
  '123456',
  '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}',
  'arn:aws:iam::444455556666:role/sample',
  'alias/sample',
  'Sample-Pass-word-1',
  '/',
  'v1',
  'sample.amazonaws.com',
  'https://sample.example.com',
  'a'.repeat(40),
  'AKIASAMPLE0000000001',
  'kms:Encrypt',
  'lambda:InvokeFunction',
  'lambda:GetLayerVersion',
  'sample@example.com',
  'us-west-2',
  '444455556666',
] as const

/** An input full of the owner's identifiers; whatever the constraints refuse is replaced by something valid. */
function inputOf(service: Service, operation: Operation, round: number): Record<string, unknown> {
  const { validate } = compileConstraints(service.constraints, operation.schema)
  const schema = NormalizedSchema.of(
    operation.schema[4] as Parameters<typeof NormalizedSchema.of>[0],
  )
  const input = structOf(schema, { service: service.id, round })
  const tried = new Map<string, number>()
  for (;;) {
    const [failure] = validate(input)?.split('; Value ') ?? []
    const path = failure && / at '([^']+)'/.exec(failure)?.[1]
    if (!failure || !path) return input
    const count = tried.get(path) ?? 0
    tried.set(path, count + 1)
    const allowed = /enum value set: \[([^\]]+)\]/.exec(failure)?.[1]?.split(', ')
    const pool: readonly unknown[] = allowed
      ? rotated(allowed.filter(isCheap), round)
      : [...lootFor(service, path), ...rotated(samples, round), ...numbers]
    if (count > pool.length + samples.length) return input
    place(schema, input, { path: path.split('.'), sample: pool[count % pool.length] })
  }
}

/** What was planted for the member at a constraint's path. */
function lootFor({ id }: Service, path: string): readonly unknown[] {
  const name = path.split('.').at(-1) ?? ''
  return loot.of(id, name.charAt(0).toUpperCase() + name.slice(1), 'text')
}

/** Key pairs of RSA take seconds to make. */
function isCheap(value: string): boolean {
  return !/^RSA_\d+$/.test(value)
}

interface Placement {
  readonly path: readonly string[]
  readonly sample: unknown
}

/** Puts a sample where a constraint's path (`tags.1.member.tagKey`) points. */
function place(schema: NormalizedSchema, into: object, { path, sample }: Placement): void {
  const [step = '', ...rest] = path
  for (const [name, member] of schema.structIterator()) {
    if (name.toLowerCase() !== step.toLowerCase()) continue
    const within: unknown = Object.entries(into).find(([key]) => key === name)?.[1]
    const inner = rest[1] === 'member' ? rest.slice(2) : rest
    const held: unknown = Array.isArray(within) ? within[0] : within
    const item = member.isListSchema() ? member.getValueSchema() : member
    if (inner.length > 0 && item.isStructSchema() && typeof held === 'object' && held !== null) {
      place(item, held, { path: inner, sample })
    } else if (member.isTimestampSchema()) Object.assign(into, { [name]: timeFor(name) })
    else Object.assign(into, { [name]: shaped(member, sample) })
  }
}

/** Ranges begin before they end. */
function timeFor(name: string): Date {
  return new Date(name.startsWith('End') ? '2026-01-01T01:00:00Z' : '2026-01-01T00:00:00Z')
}

const numbers = [1, 60, 900, 3600, 7, 90]

function rotated<T>(list: readonly T[], by: number): T[] {
  const start = by % list.length
  return [...list.slice(start), ...list.slice(0, start)]
}

function shaped(member: NormalizedSchema, sample: unknown): unknown {
  if (member.isListSchema()) return [shaped(member.getValueSchema(), sample)]
  if (member.isStructSchema()) return {}
  if (member.isBlobSchema()) return Buffer.from(String(sample))
  if (member.isBooleanSchema()) return true
  if (member.isStringSchema()) return String(sample)
  return sample
}

/** Whose identifiers go into an input, and which of them. */
interface Choice {
  readonly service: string
  readonly round: number
}

/** In the later rounds some members are missing, as some exclude each other. */
function isLeftOut(name: string, round: number): boolean {
  const sum = [...name].reduce((total, letter) => total + letter.charCodeAt(0), 0)
  return round >= rounds / 2 && (sum + round) % 3 === 0
}

function structOf(schema: NormalizedSchema, choice: Choice, depth = 0): Record<string, unknown> {
  const built: Record<string, unknown> = {}
  for (const [name, member] of schema.structIterator()) {
    if (name === 'DryRun' || isLeftOut(name, choice.round)) continue
    const value = valueOf(member, name, choice, depth)
    if (value !== undefined) built[name] = value
  }
  return built
}

function valueOf(member: NormalizedSchema, name: string, choice: Choice, depth: number): unknown {
  if (member.isListSchema()) {
    const entry = valueOf(member.getValueSchema(), name.replace(/s$/, ''), choice, depth + 1)
    const same = entry ?? valueOf(member.getValueSchema(), name, choice, depth + 1)
    return same === undefined ? undefined : [same]
  }
  if (member.isStructSchema()) {
    const built = depth < 3 ? structOf(member, choice, depth + 1) : {}
    return Object.keys(built).length > 0 ? built : undefined
  }
  const { service, round } = choice
  const found = loot.of(service, name, member.isBlobSchema() ? 'bytes' : 'text')
  return found.length > 0 ? found[round % found.length] : undefined
}
