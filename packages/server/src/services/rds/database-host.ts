import { hash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Cancel } from '../../kernel/clock.ts'
import { defineRuntime, type RuntimeHost } from '../../kernel/runtime.ts'
import { driverOf } from './engines/drivers.ts'
import {
  EngineError,
  type Changed,
  type Contact,
  type EngineDriver,
  type FirstUsers,
  type Introduction,
  type Installation,
  type ParameterFacts,
  type Site,
} from './engines/engine.ts'
import { EndpointList } from './endpoint-list.ts'
import { copyFolder } from './engines/folder-copy.ts'
import { compatible } from './engines/series.ts'
import { isFree, PortChoice } from './processes/ports.ts'
import { Launcher } from './processes/launcher.ts'
import { endLeftover, ServerProcess } from './processes/server-process.ts'
import { serverCertificate } from './server-certificate.ts'
import { authorities, databases, type AuthorityRow, type DatabaseRow } from './store.ts'

/** A database server that runs, or is to be started again. */
interface Running {
  readonly row: DatabaseRow
  readonly process: ServerProcess
  /** Set once it has answered. */
  readonly isUp: boolean
}

const greetPauseMs = 100
const greetLimitMs = 120_000
const portAttempts = 3
const firstPauseMs = 1_000
const longestPauseMs = 60_000
const firstUid = 1_910_000_000
const uids = 80_000_000

/** The database servers of this node: their files, their processes, and what is said to them. */
export class DatabaseHost {
  readonly #host: RuntimeHost
  readonly #running = new Map<string, Running>()
  readonly #lines = new Map<string, Promise<unknown>>()
  readonly #restarts = new Map<string, Cancel>()
  readonly #ports = new PortChoice()
  readonly #installations = new Map<string, Promise<readonly Installation[]>>()
  readonly #parameters = new Map<string, Promise<readonly ParameterFacts[]>>()
  /** Servers that run elsewhere, by the operator's list. */
  readonly endpoints: EndpointList
  #isStopping = false

  constructor(host: RuntimeHost) {
    this.#host = host
    this.endpoints = new EndpointList(host.kernel.databaseEndpoints)
    host.onStopping(() => {
      this.#isStopping = true
      for (const cancel of this.#restarts.values()) cancel()
    })
  }

  /** This node's name, as long as its data directory lasts. */
  node(): string {
    const file = join(this.#host.folder(), 'node')
    if (!existsSync(file)) writeFileSync(file, this.#host.kernel.ids.hex(16), { mode: 0o600 })
    return readFileSync(file, 'utf8')
  }

  /** The installations of an engine, the newest first. */
  installations(driver: EngineDriver): Promise<readonly Installation[]> {
    let found = this.#installations.get(driver.id)
    if (!found) this.#installations.set(driver.id, (found = driver.find(this.#sharedFolder())))
    return found
  }

  /** The parameters of an installation. */
  parameters(driver: EngineDriver, installation: Installation): Promise<readonly ParameterFacts[]> {
    const key = `${driver.id} ${installation.version}`
    let found = this.#parameters.get(key)
    if (!found)
      this.#parameters.set(key, (found = driver.parameters(installation, this.#sharedFolder())))
    return found
  }

  /** The address that clients are told, for a database of either kind of access. */
  address(isPublic: boolean): string {
    if (!isPublic) return '127.0.0.1'
    const { publicUrl, listensOn } = this.#host.kernel
    if (publicUrl !== undefined) return new URL(publicUrl).hostname
    return isWildcard(listensOn) ? '127.0.0.1' : listensOn
  }

  /** Whether a port can be listened on. */
  isPortFree(port: number): Promise<boolean> {
    return isFree(port)
  }

  /** Makes a new server's files and starts it; the port that it listens on. Goes on where it was interrupted. */
  create(row: DatabaseRow, content: FirstUsers | { readonly snapshot: string }): Promise<number> {
    return this.#inLine(row.id, async () => {
      const driver = driverOf(row)
      const site = await this.#site(row)
      const mark = join(site.folder, 'made')
      if (!existsSync(mark)) {
        await this.#end(row)
        if ('snapshot' in content)
          await driver.restore(site, this.#snapshotFolder(content.snapshot))
        else await driver.initialise(site, content)
        writeFileSync(mark, '', { mode: 0o600 })
      }
      return this.#start(row)
    })
  }

  /** Has a server run with what its row says; the port that it listens on. */
  run(row: DatabaseRow): Promise<number> {
    return this.#inLine(row.id, () => this.#start(row))
  }

  /** Stops a server and starts it with what its row says. */
  restart(row: DatabaseRow): Promise<number> {
    return this.#inLine(row.id, async () => {
      await this.#end(row)
      return this.#start(row)
    })
  }

  /** Has a running server take over what needs no restart; the names of what it refuses. */
  reload(row: DatabaseRow, changed: Changed): Promise<readonly string[]> {
    return this.#inLine(row.id, async () => {
      const driver = driverOf(row)
      const running = this.#running.get(row.id)
      if (!running) return []
      this.#running.set(row.id, { ...running, row })
      const site = await this.#site(row)
      await this.#configure(site, row)
      return driver.reload(await this.#contact(row), changed)
    })
  }

  /** Ends a server's process; its files stay. */
  halt(row: DatabaseRow): Promise<void> {
    return this.#inLine(row.id, () => this.#end(row))
  }

  /** Ends a server's process and removes its files. */
  remove(row: DatabaseRow): Promise<void> {
    return this.#inLine(row.id, async () => {
      await this.#end(row)
      rmSync(this.#folderOf(row.id), { recursive: true, force: true })
    })
  }

  /** Changes a user's password by what the engine keeps of it. */
  setPassword(row: DatabaseRow, username: string, verifier: string): Promise<void> {
    return this.#inLine(row.id, () =>
      this.#told(row, (driver, contact) => driver.setPassword(contact, username, verifier)),
    )
  }

  /** Asks a server that runs elsewhere who it is and whether it knows its master user. */
  introduce(row: DatabaseRow): Promise<Introduction> {
    return this.#told(row, (driver, contact) => driver.introduce(contact, row.masterUsername))
  }

  /** Logs in as a user. Rejects when the password is wrong. */
  async logIn(row: DatabaseRow, username: string, password: string): Promise<void> {
    await driverOf(row).logIn(await this.#contact(row), username, password)
  }

  /** Writes a server's content to a snapshot's files; a server that cannot be copied while it runs is stopped meanwhile. */
  snapshot(row: DatabaseRow, fileId: string): Promise<void> {
    return this.#inLine(row.id, async () => {
      const target = this.#snapshotFolder(fileId)
      rmSync(target, { recursive: true, force: true })
      mkdirSync(target, { recursive: true, mode: 0o700 })
      const driver = driverOf(row)
      const site = await this.#site(row)
      const isRunning = this.#running.get(row.id)?.process.hasEnded === false
      if (isRunning && driver.dump) {
        return driver.dump(site, await this.#contact(row), target)
      }
      await this.#end(row)
      await copyFolder(join(site.folder, 'data'), join(target, 'data'))
      if (isRunning) await this.#start(row)
      return undefined
    })
  }

  /** Writes what a server elsewhere holds to a snapshot's files, by the engine's own dump. */
  dump(row: DatabaseRow, fileId: string): Promise<void> {
    return this.#inLine(row.id, () => {
      const target = this.#snapshotFolder(fileId)
      rmSync(target, { recursive: true, force: true })
      mkdirSync(target, { recursive: true, mode: 0o700 })
      return this.#told(row, (driver, contact) => driver.dumps.write(contact, target))
    })
  }

  /** Puts a dump into a new server's database. */
  load(row: DatabaseRow, fileId: string, database: string | undefined): Promise<void> {
    return this.#inLine(row.id, async () => {
      const contact = await this.#contact(row)
      const into = { ...contact, database: database ?? contact.database }
      await driverOf(row).dumps.load(into, this.#snapshotFolder(fileId), row.masterUsername)
    })
  }

  removeSnapshot(fileId: string): void {
    rmSync(this.#snapshotFolder(fileId), { recursive: true, force: true })
  }

  /** Copies a snapshot's files. */
  copySnapshot(from: string, to: string): Promise<void> {
    return copyFolder(this.#snapshotFolder(from), this.#snapshotFolder(to))
  }

  /** The names of a server's log files and where they are. */
  logFolder(id: string): string {
    return join(this.#folderOf(id), 'log')
  }

  /** Starts every server of this node that is to run: those that another process left are ended first. */
  async resume(): Promise<void> {
    const rows = await this.#host.kernel.store.list(databases, '-', {})
    const node = this.node()
    const own = rows
      .map(({ value }) => value)
      .filter((row) => row.node === node && row.registered === undefined)
    await Promise.all(
      own.map(async (row) => {
        if (!row.isWanted || row.port === undefined) return this.halt(row)
        await this.run(row).catch((error: unknown) => this.#failed(row, error, firstPauseMs))
        return undefined
      }),
    )
  }

  async stop(): Promise<void> {
    this.#isStopping = true
    for (const cancel of this.#restarts.values()) cancel()
    await Promise.all(
      [...this.#running.values()].map(({ row }) => this.#inLine(row.id, () => this.#end(row))),
    )
  }

  /** What is done to one server is done one after another. */
  #inLine<T>(id: string, work: () => Promise<T>): Promise<T> {
    const before = this.#lines.get(id) ?? Promise.resolve()
    const done = before.catch(() => undefined).then(work)
    this.#lines.set(id, done)
    return done
  }

  async #start(row: DatabaseRow): Promise<number> {
    if (row.port !== undefined) return this.#startAt(row, row.port)
    for (let attempt = 1; ; attempt++) {
      const port = await this.#ports.choose(driverOf(row).defaultPort)
      try {
        return await this.#startAt(row, port)
      } catch (error) {
        // Whoever else is on this machine may take the port before the server does.
        if (attempt === portAttempts || (await isFree(port))) throw error
      } finally {
        this.#ports.release(port)
      }
    }
  }

  async #startAt(row: DatabaseRow, port: number): Promise<number> {
    const { clock, log } = this.#host.kernel
    const running = this.#running.get(row.id)
    if (running && !running.process.hasEnded) return running.row.port ?? port
    this.#restarts.get(row.id)?.()
    if (this.#isStopping) throw new Error('the server stops')
    const driver = driverOf(row)
    const site = await this.#site(row)
    await endLeftover(this.#pidFile(row.id), driver.stopSignal, clock)
    if (!(await isFree(port))) throw new EngineError(`port ${port} is taken`)
    const placed = { ...row, port }
    await this.#configure(site, placed)
    site.launcher.give(site.account)
    const endSignal = driver.stopSignal === 'SIGINT' ? 'INT' : 'TERM'
    const child = site.launcher.start(driver.serverCommand(site), site.account, endSignal)
    const server = new ServerProcess(child, this.#pidFile(row.id), () => this.#ended(row.id))
    this.#running.set(row.id, { row: placed, process: server, isUp: false })
    try {
      await this.#greeted(driver, placed, server)
    } catch (error) {
      this.#running.delete(row.id)
      await server.stop(driver.stopSignal, clock)
      throw error
    }
    this.#running.set(row.id, { row: placed, process: server, isUp: true })
    log.info({ database: row.identifier, port }, 'a database server is up')
    return port
  }

  /** Waits until a new process answers. */
  async #greeted(driver: EngineDriver, row: DatabaseRow, server: ServerProcess): Promise<void> {
    const { clock } = this.#host.kernel
    const contact = await this.#contact(row)
    const deadline = clock.monotonicMs() + greetLimitMs
    for (;;) {
      try {
        return await driver.greet(contact)
      } catch (error) {
        if (server.hasEnded) {
          throw new EngineError(`the database server did not start: ${server.complaints}`)
        }
        if (clock.monotonicMs() > deadline) throw error
      }
      await new Promise<void>((resolve) => clock.after(greetPauseMs, resolve))
    }
  }

  async #end(row: DatabaseRow): Promise<void> {
    const { clock } = this.#host.kernel
    const { stopSignal } = driverOf(row)
    this.#restarts.get(row.id)?.()
    const running = this.#running.get(row.id)
    this.#running.delete(row.id)
    await running?.process.stop(stopSignal, clock)
    await endLeftover(this.#pidFile(row.id), stopSignal, clock)
  }

  /** A server that ends by itself is started again. */
  #ended(id: string): void {
    const running = this.#running.get(id)
    if (!running?.isUp || this.#isStopping) return
    this.#running.delete(id)
    this.#failed(running.row, new EngineError(running.process.complaints), firstPauseMs)
  }

  #failed(row: DatabaseRow, error: unknown, pauseMs: number): void {
    const { clock, log } = this.#host.kernel
    if (this.#isStopping) return
    log.error(
      { err: error, database: row.identifier },
      'a database server ended; it is started again',
    )
    const again = (): void => {
      this.#restarts.delete(row.id)
      const next = Math.min(pauseMs * 2, longestPauseMs)
      this.run(row).catch((later: unknown) => this.#failed(row, later, next))
    }
    this.#restarts.set(row.id, clock.after(pauseMs, again))
  }

  async #site(row: DatabaseRow): Promise<Site> {
    const driver = driverOf(row)
    const found = await this.installations(driver)
    const installation = compatible(found, row.version)
    if (!installation) {
      throw new EngineError(`${driver.id} ${row.version} is no longer installed on this machine`)
    }
    const folder = this.#folderOf(row.id)
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    const launcher = new Launcher(folder, dirname(this.#host.folder()))
    const isRoot = process.getuid?.() === 0
    const own = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 }
    const account = isRoot ? { uid: row.uid, gid: row.uid } : own
    return { folder, installation, launcher, account }
  }

  async #configure(site: Site, row: DatabaseRow): Promise<void> {
    const driver = driverOf(row)
    const { listensOn, clock } = this.#host.kernel
    const { port = 0, parameters, isPublic } = row
    const names = [...new Set([this.address(isPublic), '127.0.0.1', '::1', 'localhost'])]
    const authority = await this.#authority()
    const shown = await serverCertificate(site.folder, { authority, names, now: clock.machine() })
    const host = isPublic && !isLoopback(listensOn) ? listensOn : '127.0.0.1'
    driver.configure(site, { port, host, parameters, ...shown })
    site.launcher.give(site.account)
  }

  async #authority(): Promise<AuthorityRow> {
    const row = await this.#host.kernel.store.get(authorities, '-', 'authority')
    if (!row) throw new Error('there is no certificate authority for databases')
    return row.value
  }

  /** Speaks to a server. What one elsewhere complains of is for the log: callers are told no more than that it does. */
  async #told<T>(
    row: DatabaseRow,
    work: (driver: EngineDriver, contact: Contact) => Promise<T>,
  ): Promise<T> {
    try {
      return await work(driverOf(row), await this.#contact(row))
    } catch (error) {
      if (row.registered === undefined) throw error
      this.#host.kernel.log.error({ err: error, database: row.registered }, 'a registered database')
      if (error instanceof EngineError) throw error
      throw new EngineError('the registered database cannot be reached as its administrator')
    }
  }

  async #contact(row: DatabaseRow): Promise<Contact> {
    if (row.registered !== undefined) return this.endpoints.contactOf(row.registered)
    const { port = 0, adminPassword } = row
    const { certificate } = await this.#authority()
    return {
      host: '127.0.0.1',
      port,
      administrator: 'rdsadmin',
      adminPassword,
      tls: { ca: certificate },
      database: 'postgres',
    }
  }

  #folderOf(id: string): string {
    return join(this.#host.folder(), id)
  }

  #snapshotFolder(fileId: string): string {
    return join(this.#host.folder(), 'snapshots', fileId)
  }

  #pidFile(id: string): string {
    return join(this.#host.folder(), `${id}.pid`)
  }

  /** Links to libraries, for programs that the server itself runs. */
  #sharedFolder(): string {
    return join(this.#host.folder(), 'libraries')
  }
}

/** A number for a database's user that no distribution gives out, ever the same for an id. */
export function uidOf(id: string): number {
  return firstUid + (Number.parseInt(hash('sha256', id).slice(0, 12), 16) % uids)
}

function isWildcard(host: string): boolean {
  return host === '0.0.0.0' || host === '::'
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host.startsWith('127.')
}

/** The node's database servers; they end with the server. */
export const databaseHost = defineRuntime(
  'rds.databases',
  (host) => new DatabaseHost(host),
  (host) => host.stop(),
)
