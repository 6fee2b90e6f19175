import { readFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import type { Config } from './config.ts'
import { ProxyListener } from './dataplane/proxies/listener.ts'
import { administrationActions } from './kernel/actions.ts'
import {
  administer,
  isAdministration,
  type AdministrationActions,
} from './kernel/administration.ts'
import { AuditRetention } from './kernel/audit-retention.ts'
import {
  createFirstTenant,
  ensureAdminKey,
  newCredentials,
  writeCredentials,
  type GivenKeys,
} from './kernel/bootstrap.ts'
import { awake } from './kernel/clock.ts'
import { forBrowser } from './kernel/browsers.ts'
import { answerCallback, isCallback } from './kernel/callback.ts'
import { defaultLimits, httpServer } from './kernel/http.ts'
import { accounts } from './kernel/identity/tables.ts'
import { JobsRunner } from './kernel/jobs-runner.ts'
import type { Kernel } from './kernel/kernel.ts'
import { serverMetrics } from './kernel/metrics.ts'
import { loadOffset } from './kernel/moved-clock.ts'
import { openKernel } from './kernel/open-kernel.ts'
import { serve } from './kernel/pipeline.ts'
import { takeUp } from './kernel/start-ups.ts'
import { serviceEntries } from './services/index.ts'

/** A server that answers. */
export interface RunningServer {
  readonly endpoint: string
  /** Where other proxies ask web ACLs, when they may. */
  readonly proxyEndpoint: string | undefined
  readonly credentialsFile: string
  readonly kernel: Kernel
  /** The operator's actions, as `/_bartizan/…` offers them. */
  readonly actions: AdministrationActions
  /** Resolves when no task runs and none is due. */
  settled(): Promise<void>
  /** Finishes what is under way, writes what is owed, and closes everything. */
  stop(): Promise<void>
}

/** Calls still under way after this long are cut off at a stop. */
const drainMs = 10_000
/** How often a stopping server looks for connections that have become idle. */
const idleSweepMs = 50

/** Composes and starts a server: config, store, services, listen. Throws when it cannot. */
export async function startServer(config: Config): Promise<RunningServer> {
  const kernel = await openKernel(config, serviceEntries)
  const { store, clock, log } = kernel
  const credentialsFile = join(config.dataDir, 'credentials')
  await firstStart(kernel, config, credentialsFile)
  await loadOffset(store, clock)
  const metrics = serverMetrics()
  const jobs = new JobsRunner(kernel)
  const retention = new AuditRetention(kernel)
  const actions = administrationActions({ kernel, config, jobs, retention, metrics })
  const access = { accountId: config.accountId, metricsToken: config.metricsToken }
  const server = httpServer(limitsOf(config), tlsOf(config), async (request) => {
    if (isCallback(request)) return answerCallback(kernel, request)
    if (isAdministration(request)) return administer(kernel, request, { access, actions })
    const startedMs = clock.monotonicMs()
    const { response, service, operation, code, principal } = await serve(kernel, request)
    const seconds = (clock.monotonicMs() - startedMs) / 1000
    metrics.observe({ service, operation, code, seconds })
    const { observe } = kernel.services.loaded(service) ?? {}
    observe?.(kernel, { request, response, code, principal, seconds }).catch((error: unknown) =>
      log.error({ err: error }, 'a request could not be noted'),
    )
    return request.headers['origin'] === undefined
      ? response
      : forBrowser(kernel, request, { service, response })
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(config.port, config.host, () => resolve())
  })
  const { port } = server.address() as AddressInfo
  const endpoint = `${config.tlsCertificateFile ? 'https' : 'http'}://${hostOf(config)}:${port}`
  kernel.answersAt(endpoint)
  const proxies = await openToProxies(kernel, config)
  await kernel.tasks.start()
  jobs.start()
  retention.start()
  takeUp(kernel).catch((error: unknown) => log.error({ err: error }, 'not all could be taken up'))
  log.info({ endpoint, credentialsFile, mode: config.mode }, 'bartizan is up')
  return {
    endpoint,
    proxyEndpoint: proxies?.endpoint,
    credentialsFile,
    kernel,
    actions,
    settled: () => kernel.tasks.settled(),
    stop: () =>
      awake(async () => {
        const closed = new Promise<void>((resolve) => server.close(() => resolve()))
        kernel.runtimes.prepareStop()
        let cancelSweep = (): void => {}
        // A connection whose call was under way is kept alive by its client once it has its answer.
        const closeIdle = (): void => {
          server.closeIdleConnections()
          cancelSweep = clock.after(idleSweepMs, closeIdle)
        }
        closeIdle()
        const cancel = clock.after(drainMs, () => server.closeAllConnections())
        await closed
        await proxies?.close()
        cancel()
        cancelSweep()
        await jobs.stop()
        await retention.stop()
        await kernel.tasks.stop()
        await kernel.close()
        log.info('bartizan has stopped')
      }),
  }
}

async function firstStart(kernel: Kernel, config: Config, file: string): Promise<void> {
  const { store, clock } = kernel
  const given = givenKeys(config)
  const { accountId } = config
  if (await store.get(accounts, '-', accountId)) {
    if (given.admin) await ensureAdminKey(store, clock, accountId, given.admin)
    return
  }
  const credentials = newCredentials(accountId, given)
  if (config.dataDir !== ':memory:') await writeCredentials(file, credentials)
  try {
    await createFirstTenant(store, clock, credentials)
  } catch (error) {
    // Another node on the same database may have been first.
    await store.fresh()
    if (!kernel.isConflict(error) || !(await store.get(accounts, '-', accountId))) throw error
  }
}

/** The keys the operator chose for the administrator, if any. */
function givenKeys({ adminAccessKeyId, adminSecretAccessKey }: Config): GivenKeys {
  return adminAccessKeyId && adminSecretAccessKey
    ? { admin: { accessKeyId: adminAccessKeyId, secretAccessKey: adminSecretAccessKey } }
    : {}
}

function limitsOf({ maxBodyBytes }: Config) {
  return { ...defaultLimits, maxBodyBytes }
}

async function openToProxies(
  kernel: Kernel,
  { wafAuthHost: host, wafAuthPort: port, wafAuthToken: token, accountId: account }: Config,
): Promise<{ readonly endpoint: string; close(): Promise<void> } | undefined> {
  if (port === undefined) return undefined
  const listener = await ProxyListener.open(kernel, { host, port, token, account })
  const endpoint = `http://${hostOf({ host })}:${listener.port}`
  kernel.log.info({ endpoint }, 'proxies may ask web ACLs')
  return { endpoint, close: () => listener.close() }
}

/** The host under which the server is reached on this machine: loopback where it listens on all addresses. */
function hostOf({ host }: Pick<Config, 'host'>): string {
  if (host === '0.0.0.0') return '127.0.0.1'
  if (host === '::') return '[::1]'
  return host.includes(':') ? `[${host}]` : host
}

function tlsOf({ tlsCertificateFile, tlsKeyFile }: Config) {
  if (!tlsCertificateFile || !tlsKeyFile) return undefined
  return { cert: readFileSync(tlsCertificateFile, 'utf8'), key: readFileSync(tlsKeyFile, 'utf8') }
}
