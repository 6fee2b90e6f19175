import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { after, before, describe, test, type TestContext } from 'node:test'
import { CloudFormation } from '@aws-sdk/client-cloudformation'
import { CloudTrail } from '@aws-sdk/client-cloudtrail'
import { CloudWatchLogs } from '@aws-sdk/client-cloudwatch-logs'
import { RDS } from '@aws-sdk/client-rds'
import { SecretsManager } from '@aws-sdk/client-secrets-manager'
import { enginesHere, missingEngines, type Credentials, type Engine } from './databases.ts'
import { startServer, type Server } from './server.ts'

const pauseMs = 50
const rounds = 2
/** Longer than setSecret, testSecret and finishSecret take together on a slow machine. */
const longestGapMs = 10_000
const masterPassword = 'planted-Master-password-1'
const firstPassword = 'planted-First-password-1'
const stackName = 'rotation'

let server: Server
const dataDir = mkdtempSync(join(tmpdir(), 'bartizan-rotation-'))
/** Every password that was ever in a secret. */
const passwords = new Set([masterPassword, firstPassword])

function clientsOf({ endpoint, region, admin: credentials }: Server) {
  const config = { endpoint, region, credentials, maxAttempts: 1 }
  return {
    cloudformation: new CloudFormation(config),
    logs: new CloudWatchLogs(config),
    rds: new RDS(config),
    secrets: new SecretsManager(config),
    trail: new CloudTrail(config),
  }
}

async function until<T>(what: string, ask: () => Promise<T | undefined>, ms = 120_000): Promise<T> {
  for (const begun = performance.now(); performance.now() - begun < ms; await wait(pauseMs)) {
    const found = await ask()
    if (found !== undefined) return found
  }
  throw new Error(`${what}: not within ${ms} ms`)
}

/** One look at a secret and one log-in with it. */
interface Attempt {
  /** Before the secret was read, and after the log-in; epoch milliseconds. */
  readonly from: number
  readonly to: number
  readonly versionId: string
  readonly problem?: string
}

/** A client that reads a secret and logs in with it again and again. */
class Watcher {
  readonly attempts: Attempt[] = []
  readonly #secretId: string
  readonly #engine: Engine
  #isStopped = false
  #done = Promise.resolve()

  constructor(engine: Engine, secretId: string) {
    this.#engine = engine
    this.#secretId = secretId
  }

  start(): void {
    this.#done = this.#watch()
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    await this.#done
  }

  async #watch(): Promise<void> {
    const { secrets } = clientsOf(server)
    while (!this.#isStopped) {
      const from = Date.now()
      const { SecretString = '', VersionId = '' } = await secrets.getSecretValue({
        SecretId: this.#secretId,
      })
      const credentials = JSON.parse(SecretString) as Credentials
      passwords.add(credentials.password)
      const problem = await this.#engine.logIn(credentials)
      const attempt = { from, to: Date.now(), versionId: VersionId }
      this.attempts.push({ ...attempt, ...(problem !== undefined && { problem }) })
      await wait(pauseMs)
    }
  }
}

interface Rotated {
  readonly engine: Engine
  readonly users: 'single' | 'multi'
  readonly secretId: string
}

const rotated: readonly Rotated[] = enginesHere.flatMap((engine) => [
  { engine, users: 'single', secretId: `${engine.name}/single` },
  { engine, users: 'multi', secretId: `${engine.name}/multi` },
])

/** A superuser: the secret that it has, and what logs it in. */
interface Master {
  readonly arn: string
  readonly credentials: Credentials
}

const masters = new Map<string, Master>()

function masterOf({ name }: Engine): Master {
  const master = masters.get(name)
  assert.ok(master, `${name} has no superuser`)
  return master
}

/** Starts a server and makes its users, with a secret for each. */
async function newDatabase(engine: Engine): Promise<void> {
  const { rds, secrets } = clientsOf(server)
  const DBInstanceIdentifier = `rotated-${engine.name}`
  await rds.createDBInstance({
    DBInstanceIdentifier,
    Engine: engine.name,
    DBInstanceClass: 'db.t3.micro',
    AllocatedStorage: 20,
    MasterUsername: 'chief',
    ...(engine.hasManagedMaster
      ? { ManageMasterUserPassword: true }
      : { MasterUserPassword: masterPassword }),
    DBName: 'shop',
  })
  const { Endpoint, MasterUserSecret } = await until(`${engine.name} starts`, async () => {
    const { DBInstances = [] } = await rds.describeDBInstances({ DBInstanceIdentifier })
    return DBInstances[0]?.DBInstanceStatus === 'available' ? DBInstances[0] : undefined
  })
  const { Address: host = '', Port: port = 0 } = Endpoint ?? {}
  // Only over TLS, with the server's certificate verified.
  const common = { engine: engine.name, host, port, dbname: 'shop', ssl: true }
  const create = async (Name: string, value: object) => {
    const { ARN = '' } = await secrets.createSecret({ Name, SecretString: JSON.stringify(value) })
    return ARN
  }
  const own = { ...common, username: 'chief', password: masterPassword }
  const arn = MasterUserSecret?.SecretArn ?? (await create(`${engine.name}/master`, own))
  const credentials = { ...own, ...(await credentialsOf(arn, 'AWSCURRENT')) }
  passwords.add(credentials.password)
  masters.set(engine.name, { arn, credentials })
  for (const username of ['single', 'multi']) {
    await engine.newUser(credentials, { username, password: firstPassword })
    const user = { ...common, username, password: firstPassword }
    const isMulti = username === 'multi'
    await create(`${engine.name}/${username}`, isMulti ? { ...user, masterarn: arn } : user)
  }
}

/** A stack that has every user's secret rotated each day by the function that fits. */
function template(): string {
  const schedules = rotated.map(({ engine, users, secretId }) => {
    const RotationType = `${engine.label}${users === 'single' ? 'Single' : 'Multi'}User`
    const RotationLambdaName = `rotate-${engine.name}-${users}`
    return [
      `Schedule${engine.label}${users}`,
      {
        Type: 'AWS::SecretsManager::RotationSchedule',
        Properties: {
          SecretId: secretId,
          HostedRotationLambda: {
            RotationType,
            RotationLambdaName,
            ...(users === 'multi' && { SuperuserSecretArn: { Ref: `Master${engine.label}` } }),
          },
          RotationRules: { ScheduleExpression: 'rate(1 day)' },
          RotateImmediatelyOnUpdate: false,
        },
      },
    ] as const
  })
  const parameters = enginesHere.map(({ label }) => [`Master${label}`, { Type: 'String' }] as const)
  return JSON.stringify({
    Transform: 'AWS::SecretsManager-2024-09-16',
    Parameters: Object.fromEntries(parameters),
    Resources: Object.fromEntries(schedules),
  })
}

async function deploy(): Promise<void> {
  const { cloudformation, secrets } = clientsOf(server)
  const Parameters = enginesHere.map((engine) => ({
    ParameterKey: `Master${engine.label}`,
    ParameterValue: masterOf(engine).arn,
  }))
  await cloudformation.createStack({
    StackName: stackName,
    TemplateBody: template(),
    Parameters,
    Capabilities: ['CAPABILITY_IAM', 'CAPABILITY_AUTO_EXPAND'],
  })
  await until('the stack', async () => {
    const { Stacks = [] } = await cloudformation.describeStacks({ StackName: stackName })
    const status = Stacks[0]?.StackStatus ?? ''
    assert.match(status, /^CREATE_(IN_PROGRESS|COMPLETE)$/, await stackProblems())
    return status === 'CREATE_COMPLETE' ? status : undefined
  })
  // Each function is tried out on a version that goes again.
  for (const { secretId } of rotated) {
    await until(`the test of ${secretId}`, async () => {
      const { VersionIdsToStages = {} } = await secrets.describeSecret({ SecretId: secretId })
      return Object.keys(VersionIdsToStages).length === 1 ? true : undefined
    })
  }
}

async function stackProblems(): Promise<string> {
  const { cloudformation } = clientsOf(server)
  const { StackEvents = [] } = await cloudformation.describeStackEvents({ StackName: stackName })
  return StackEvents.map((event) => event.ResourceStatusReason ?? '').join('\n')
}

async function currentVersion(secretId: string): Promise<string> {
  const { secrets } = clientsOf(server)
  const { VersionIdsToStages = {} } = await secrets.describeSecret({ SecretId: secretId })
  const found = Object.entries(VersionIdsToStages)
  return found.find(([, stages]) => stages?.includes('AWSCURRENT'))?.[0] ?? ''
}

async function credentialsOf(secretId: string, VersionStage: string): Promise<Credentials> {
  const { secrets } = clientsOf(server)
  const { SecretString = '' } = await secrets.getSecretValue({ SecretId: secretId, VersionStage })
  return JSON.parse(SecretString) as Credentials
}

/** A day passes, and every secret has its next version in force. */
async function rotateAll(): Promise<void> {
  const before = await Promise.all(rotated.map(({ secretId }) => currentVersion(secretId)))
  await server.bartizan('clock', 'advance', '25h')
  for (const [index, { secretId }] of rotated.entries()) {
    await until(`the rotation of ${secretId}`, async () =>
      (await currentVersion(secretId)) === before[index] ? undefined : true,
    )
  }
}

/** When a function began setSecret and ended finishSecret, for each version, by its own log; epoch milliseconds. */
async function exchanges(functionName: string): Promise<Map<string, { from: number; to: number }>> {
  const { logs } = clientsOf(server)
  const { events = [] } = await logs.filterLogEvents({
    logGroupName: `/aws/lambda/${functionName}`,
  })
  const found = new Map<string, { from: number; to: number }>()
  for (const { message = '' } of events) {
    const [, time = '', step, state, version = ''] =
      /^(\S+)\s.*(setSecret|finishSecret): (begins|done) for version (\S+)/.exec(message) ?? []
    const known = found.get(version) ?? { from: 0, to: 0 }
    if (step === 'setSecret' && state === 'begins') {
      found.set(version, { ...known, from: Date.parse(time) })
    }
    if (step === 'finishSecret' && state === 'done') {
      found.set(version, { ...known, to: Date.parse(time) })
    }
  }
  return found
}

function textsUnder(folder: string): Map<string, Buffer> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
  return new Map(
    files
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .map((path) => [path, readFileSync(path)]),
  )
}

describe('rotation of real databases’ users', () => {
  before(async () => {
    server = await startServer({ dataDir, env: { BARTIZAN_LOG_LEVEL: 'info' } })
    await Promise.all(enginesHere.map(newDatabase))
    await deploy()
  })
  after(async () => {
    await server.stop()
    rmSync(dataDir, { recursive: true, force: true })
  })

  for (const { label } of missingEngines) {
    test(`rotation of ${label} users`, { skip: `${label} is not installed` }, () => {})
  }

  test(`${rounds} rotations on schedule, while clients log in every ${pauseMs} ms`, async (t) => {
    const watched = rotated.map((each) => ({
      ...each,
      watcher: new Watcher(each.engine, each.secretId),
    }))
    for (const { watcher } of watched) watcher.start()
    const superseded: { engine: Engine; users: string; old: Credentials }[] = []
    for (let round = 0; round < rounds; round++) {
      for (const { engine, users, secretId } of rotated) {
        superseded.push({ engine, users, old: await credentialsOf(secretId, 'AWSCURRENT') })
      }
      await rotateAll()
    }
    await wait(4 * pauseMs)
    for (const { watcher } of watched) await watcher.stop()
    for (const { engine, users, watcher } of watched) await judge(t, { engine, users, watcher })
    // Of two users who take turns, the one before last has a new password only after two rotations.
    const last = superseded.filter(
      ({ users }, index) => users === 'single' || index < (rounds - 1) * rotated.length,
    )
    for (const { engine, old } of last)
      assert.match((await engine.logIn(old)) ?? '', engine.refusal)
  })

  test('a server killed in the midst of setSecret goes on with the rotation when it is back', async () => {
    const [{ engine, secretId }] = rotated as [Rotated]
    const { credentials: master } = masterOf(engine)
    const before = await currentVersion(secretId)
    const release = await engine.holdUser(master, 'single')
    // Moving the clock lasts as long as the rotations that become due.
    const advanced = server.tryBartizan('clock', 'advance', '25h')
    await until('setSecret waits for the database', () => engine.isWaiting(master))
    process.kill(server.pid, 'SIGKILL')
    await Promise.all([advanced, release()])
    await server.stop()
    server = await startServer({ dataDir, env: { BARTIZAN_LOG_LEVEL: 'info' } })
    await until('the database is back', async () =>
      (await engine.logIn(master)) === undefined ? true : undefined,
    )
    // A step that ran before the database was back has failed, and is tried again after a minute.
    await server.bartizan('clock', 'advance', '2m')
    await until('the rotation ends', async () =>
      (await currentVersion(secretId)) === before ? undefined : true,
    )
    const [now, old] = await Promise.all(
      ['AWSCURRENT', 'AWSPREVIOUS'].map((label) => credentialsOf(secretId, label)),
    )
    assert.ok(now && old)
    passwords.add(now.password)
    assert.equal(await engine.logIn(now), undefined)
    assert.match((await engine.logIn(old)) ?? '', engine.refusal)
  })

  test('no password is in a log, an event, an error or a file of the server', async () => {
    assert.ok(passwords.size > rounds * rotated.length, `${passwords.size} passwords`)
    const texts = new Map<string, Buffer>([['the log', Buffer.from(server.log())]])
    const { logs, trail } = clientsOf(server)
    for (const { engine, users } of rotated) {
      const logGroupName = `/aws/lambda/rotate-${engine.name}-${users}`
      const { events = [] } = await logs.filterLogEvents({ logGroupName })
      assert.ok(events.length > 0)
      texts.set(logGroupName, Buffer.from(JSON.stringify(events)))
    }
    let NextToken: string | undefined
    do {
      const page = await trail.lookupEvents({ MaxResults: 50, ...(NextToken && { NextToken }) })
      texts.set(`the event history, ${NextToken ?? 'first'}`, Buffer.from(JSON.stringify(page)))
      NextToken = page.NextToken
    } while (NextToken !== undefined)
    for (const [path, bytes] of textsUnder(dataDir)) texts.set(path, bytes)
    for (const password of passwords) {
      for (const [where, bytes] of texts) {
        assert.ok(!bytes.includes(password), `a password is in ${where}`)
        const encoded = Buffer.from(password).toString('base64').slice(0, -4)
        assert.ok(!bytes.includes(encoded), `a password is in ${where}, in Base64`)
      }
    }
  })
})

/** No failure at all with two users; with one, only between setSecret and finishSecret, and not for long. */
async function judge(
  t: TestContext,
  { engine, users, watcher }: { engine: Engine; users: string; watcher: Watcher },
): Promise<void> {
  const { attempts } = watcher
  const versions = new Set(attempts.map(({ versionId }) => versionId))
  assert.equal(versions.size, rounds + 1, `${engine.name}: versions seen`)
  const failures = attempts.filter(({ problem }) => problem !== undefined)
  const said = `${engine.name}, ${users}: ${attempts.length} log-ins, ${failures.length} refused`
  if (users === 'multi') {
    t.diagnostic(said)
    assert.deepEqual(failures, [])
    return
  }
  const spans = [...(await exchanges(`rotate-${engine.name}-${users}`)).values()]
  assert.equal(spans.length, rounds)
  const gaps = spans.map(({ from, to }) => to - from)
  t.diagnostic(`${said}; setSecret to finishSecret ${gaps.join(', ')} ms`)
  for (const { from, to, problem = '' } of failures) {
    assert.match(problem, engine.refusal)
    const isWithin = spans.some((span) => to >= span.from && from <= span.to)
    assert.ok(isWithin, `${engine.name}: refused from ${from} to ${to}, ${JSON.stringify(spans)}`)
  }
  for (const gap of gaps) assert.ok(gap > 0 && gap < longestGapMs, `a gap of ${gap} ms`)
}
