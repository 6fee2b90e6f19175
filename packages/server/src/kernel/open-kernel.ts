import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { awsJson, awsQuery, SigningKeyCache } from '@bartizan/wire'
import { pino } from 'pino'
import type { Config } from '../config.ts'
import { callAs } from './acting.ts'
import { systemClock } from './clock.ts'
import { SessionCache } from './identity/session-token.ts'
import { ids } from './ids.ts'
import type { Kernel } from './kernel.ts'
import { WrittenBehind } from './last-used.ts'
import { routerOf } from './router.ts'
import { Runtimes } from './runtime.ts'
import { ServiceMetrics, type MetricMinute } from './service-metrics.ts'
import { ServiceRegistry, type ServiceEntry } from './service-registry.ts'
import { serviceContext, settle } from './settle.ts'
import { openStore } from './store/open-store.ts'
import { openRootKey, secretBox } from './store/sealed.ts'
import { WriteConflict } from './store/store.ts'
import { TaskRunner } from './task-runner.ts'
import { beginWork } from './unit-of-work.ts'

/** A kernel with what only the composition root does to it. */
export interface OpenedKernel extends Kernel {
  readonly writtenBehind: WrittenBehind
  readonly tasks: TaskRunner
  /** Says where the server answers, once it does. */
  answersAt(endpoint: string): void
  /** Writes what is owed and closes the store and everything beside it. */
  close(): Promise<void>
}

const keyFiles = ['root.key', 'root.key.sealed']

/** Opens the store and everything that requests and jobs share. Throws when it cannot. */
export async function openKernel(
  config: Config,
  entries: readonly ServiceEntry[],
): Promise<OpenedKernel> {
  const log = pino({ name: 'bartizan', level: config.logLevel })
  const { box, store } = await openSealedStore(config)
  const clock = systemClock()
  const writtenBehind = new WrittenBehind(store, clock)
  const anyJson = awsJson('1.1', '')
  const anyQuery = awsQuery({ version: '', xmlNamespace: '' })
  const folders = foldersOf(config)
  const services = new ServiceRegistry(entries)
  const { tlsCertificateFile, nitroRootsFile } = config
  const certificate = tlsCertificateFile && readFileSync(tlsCertificateFile, 'utf8')
  const nitroRoots = nitroRootsFile && readFileSync(nitroRootsFile, 'utf8')
  let endpoint = ''
  const kernel: OpenedKernel = {
    store,
    box,
    clock,
    signingKeys: new SigningKeyCache(),
    sessions: new SessionCache(box),
    ids,
    log,
    services,
    router: routerOf(services),
    lastUsed: writtenBehind,
    writtenBehind,
    development: config.mode === 'development',
    mail: { url: config.smtpUrl, from: config.mailFrom },
    databaseEndpoints: { file: config.rdsEndpointsFile, account: config.accountId },
    listeners: { host: config.listenerHost, ports: config.listenerPorts },
    waf: wafSettings(config),
    runtimes: new Runtimes((name) => ({
      kernel,
      folder: () => folders.of(name),
    })),
    serviceMetrics: new ServiceMetrics(clock, (minutes) => deliverMetrics(kernel, minutes)),
    assumedRoles: new Map(),
    endpoint: () => config.publicUrl ?? endpoint,
    publicUrl: config.publicUrl,
    listensOn: config.host,
    // A certificate is good for the public name, hardly for the loopback address.
    localEndpoint: () => (certificate && config.publicUrl ? config.publicUrl : endpoint),
    certificate,
    nitroRoots,
    callAs: (place, actor, call) => callAs(kernel, place, actor, call),
    isConflict: (error) => error instanceof WriteConflict,
    protocolOf: (family) => (family === 'json' ? anyJson : anyQuery),
    get tasks() {
      return tasks
    },
    answersAt(address) {
      endpoint = address
    },
    async close() {
      await kernel.serviceMetrics.flush()
      await kernel.runtimes.stop()
      await writtenBehind.flush()
      await store.close()
      folders.remove()
    },
  }
  const tasks = new TaskRunner(kernel)
  return kernel
}

function wafSettings(config: Config): Kernel['waf'] {
  return {
    geoDatabase: config.geoDatabase,
    asnDatabase: config.asnDatabase,
    bodyLimit: config.wafBodyLimit,
    logSink: config.wafLogSink,
    logSinkKey: config.wafLogSinkKey,
  }
}

async function openSealedStore(config: Config) {
  const inMemory = config.dataDir === ':memory:'
  const passphrase = config.rootKeyPassphrase
  const database = join(config.dataDir, 'bartizan.db')
  if (existsSync(database) && !keyFiles.some((name) => existsSync(join(config.rootKeyDir, name)))) {
    throw new Error(`${database} is sealed under a root key that is not in ${config.rootKeyDir}`)
  }
  const rootKey = inMemory
    ? Buffer.from(ids.secret(32), 'base64')
    : openRootKey({ dataDir: config.rootKeyDir, ...(passphrase && { passphrase }) })
  const box = secretBox(rootKey)
  const store = await openStore(
    config.databaseUrl
      ? { kind: 'postgres', url: config.databaseUrl }
      : { kind: 'sqlite', path: inMemory ? ':memory:' : database },
    box,
  )
  return { box, store }
}

/** The runtimes' folders: under the data directory, or temporary where the store is in memory. */
function foldersOf({ dataDir }: Config) {
  let temporary: string | undefined
  return {
    of(name: string): string {
      if (dataDir === ':memory:') temporary ??= mkdtempSync(join(tmpdir(), 'bartizan-'))
      const folder = join(temporary ?? dataDir, name)
      mkdirSync(folder, { recursive: true, mode: 0o700 })
      return folder
    },
    remove(): void {
      if (temporary !== undefined) rmSync(temporary, { recursive: true, force: true })
      temporary = undefined
    },
  }
}

/** Hands the services' metrics to CloudWatch, place by place. */
async function deliverMetrics(kernel: Kernel, minutes: readonly MetricMinute[]): Promise<void> {
  const sink = (await kernel.services.load('cloudwatch'))?.metricSink
  if (!sink) return
  const places = Map.groupBy(minutes, ({ account, region }) => `${account}/${region}`)
  for (const group of places.values()) {
    const [first] = group
    if (!first) continue
    const { account, region } = first
    const work = beginWork(kernel.store, account, region)
    await sink.onMetrics(
      group,
      serviceContext(kernel, { account, region, service: 'cloudwatch' }, work),
    )
    await settle(kernel, work, [])
  }
}
