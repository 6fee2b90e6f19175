import type { Config } from '../config.ts'
import type { AdministrationActions } from './administration.ts'
import type { AuditRetention } from './audit-retention.ts'
import { backUp } from './backup.ts'
import { createFirstTenant, createTenant, currentKeys, newCredentials } from './bootstrap.ts'
import type { Cancel } from './clock.ts'
import { parseDuration } from './duration.ts'
import { commonError } from './errors.ts'
import { accounts } from './identity/tables.ts'
import type { JobsRunner } from './jobs-runner.ts'
import type { Kernel } from './kernel.ts'
import type { WrittenBehind } from './last-used.ts'
import type { Metrics } from './metrics.ts'
import { saveOffset } from './moved-clock.ts'
import type { TaskRunner } from './task-runner.ts'

/** What the administration works on. */
export interface AdministrationDeps {
  readonly kernel: Kernel & {
    readonly writtenBehind: WrittenBehind
    readonly tasks: Pick<TaskRunner, 'settled'>
  }
  readonly config: Config
  readonly jobs: JobsRunner
  readonly retention: AuditRetention
  readonly metrics: Metrics
}

type Body = Readonly<Record<string, unknown>>

/** The operator's actions over `/_bartizan/…`. */
export function administrationActions(deps: AdministrationDeps): AdministrationActions {
  return {
    health: () => ({
      status: 'ok',
      now: deps.kernel.clock.now().toISOString(),
      mode: deps.config.mode,
      services: deps.kernel.services.entries.map(({ id }) => id),
    }),
    metrics: () => deps.metrics.text(),
    posts: {
      clock: { action: 'bartizan:AdvanceClock', run: (body) => advanceClock(deps, body) },
      reset: { action: 'bartizan:Reset', run: () => reset(deps) },
      scrub: { action: 'bartizan:Scrub', run: () => deps.kernel.store.scrub() },
      backup: { action: 'bartizan:Backup', run: (body) => backup(deps, body) },
      accounts: { action: 'bartizan:CreateAccount', run: (body) => createAccount(deps, body) },
    },
  }
}

function developmentOnly({ kernel }: AdministrationDeps, what: string): void {
  if (kernel.development) return
  throw commonError('AccessDeniedException', `${what} is refused in production mode`, 403)
}

async function advanceClock(deps: AdministrationDeps, body: Body): Promise<object> {
  developmentOnly(deps, 'moving the clock')
  const { kernel, jobs, retention } = deps
  const { store, clock } = kernel
  const byMs = parseDuration(body['advance'])
  const target = new Date(clock.now().getTime() + byMs)
  const offsetMs = clock.offsetMs + byMs
  await jobs.runDue(target, (due) => follow(kernel, due))
  await saveOffset(store, clock, Math.max(clock.offsetMs, offsetMs))
  await retention.sweep()
  return { now: clock.now().toISOString() }
}

/** The clock moves by no less at a time, since each move is a commit. */
const strideMs = 3_600_000

/** What takes longer is left behind. */
const patienceMs = 30_000

/**
 * Has the clock go along with the work of an advance, once what earlier work has set going is done:
 * what work brings about is then as new as the work is.
 */
async function follow(
  { store, clock, tasks }: AdministrationDeps['kernel'],
  due: Date,
): Promise<void> {
  const aheadMs = (): number => due.getTime() - clock.now().getTime()
  if (aheadMs() < strideMs) return
  let cancel: Cancel | undefined
  const patience = new Promise<void>((resolve) => {
    cancel = clock.after(patienceMs, resolve)
  })
  await Promise.race([tasks.settled(), patience])
  cancel?.()
  await saveOffset(store, clock, clock.offsetMs + aheadMs())
}

async function reset(deps: AdministrationDeps): Promise<object> {
  developmentOnly(deps, 'a reset')
  const { kernel, config } = deps
  const keys = await currentKeys(kernel.store, config.accountId)
  kernel.writtenBehind.clear()
  await kernel.runtimes.stop()
  await kernel.store.reset()
  kernel.clock.setOffset(0)
  const credentials = newCredentials(config.accountId, keys)
  await createFirstTenant(kernel.store, kernel.clock, credentials)
  return { now: kernel.clock.now().toISOString() }
}

async function backup({ kernel, config }: AdministrationDeps, body: Body): Promise<object> {
  return { path: await backUp(kernel, config, body['path']) }
}

async function createAccount({ kernel }: AdministrationDeps, body: Body): Promise<object> {
  const { name = 'account', accountId = randomAccountId(kernel) } = body
  const { email = `root@${String(accountId)}.bartizan.internal` } = body
  if (typeof name !== 'string' || !/^[\u0020-\u007E]{1,50}$/.test(name)) {
    throw commonError('ValidationException', 'name must be 1 to 50 printable characters', 400)
  }
  if (typeof email !== 'string' || !/^[^\s@]{1,64}@[^\s@]+\.[^\s@]+$/.test(email)) {
    throw commonError('ValidationException', 'email must be an e-mail address', 400)
  }
  if (typeof accountId !== 'string' || !/^\d{12}$/.test(accountId)) {
    throw commonError('ValidationException', 'accountId must be 12 digits', 400)
  }
  if (await kernel.store.get(accounts, '-', accountId)) {
    throw commonError('AlreadyExistsException', `account ${accountId} exists`, 409)
  }
  const credentials = newCredentials(accountId)
  await createTenant(kernel.store, kernel.clock, { ...credentials, name, email })
  return credentials
}

function randomAccountId({ ids }: Kernel): string {
  return ((BigInt(`0x${ids.hex(16)}`) % 900_000_000_000n) + 100_000_000_000n).toString()
}
