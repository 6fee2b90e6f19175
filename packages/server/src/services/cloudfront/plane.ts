import { join } from 'node:path'
import { Doors } from '../../dataplane/doors.ts'
import { Follower, type Place } from '../../dataplane/follower.ts'
import { Origin } from '../../dataplane/origin.ts'
import { traceSource } from '../../dataplane/trace-source.ts'
import type { EntranceSettings, ExchangeRecord } from '../../dataplane/settings.ts'
import type { Context } from '../../kernel/context.ts'
import type { Kernel } from '../../kernel/kernel.ts'
import { defineRuntime, type RuntimeHost } from '../../kernel/runtime.ts'
import { startUps } from '../../kernel/start-ups.ts'
import { scopeOf } from '../../kernel/store/store.ts'
import { guardOf, type WebAclGuard } from '../../kernel/web-acl.ts'
import { DiskCache } from './serving/disk-cache.ts'
import { distributionRouter } from './serving/distribution-router.ts'
import { frontAnswer } from './serving/front-answers.ts'
import { distributions, invalidations, places, type DistributionRow } from './store.ts'

const idleTimeoutMs = 60_000
const keepAliveMs = 3_600_000
const home = 'us-east-1'

/** What carries the traffic of this node's distributions: a port each. */
export class Plane {
  readonly #kernel: Kernel
  readonly #doors: Doors
  readonly #follower: Follower
  readonly #cache: DiskCache
  readonly #origins = new Map<string, Origin>()
  readonly #urls = new Map<string, string>()
  readonly #rows = new Map<string, DistributionRow>()
  readonly #guards = new Map<string, WebAclGuard>()
  readonly #invalidated = new Set<string>()

  constructor({ kernel, folder }: RuntimeHost) {
    this.#kernel = kernel
    this.#doors = new Doors(kernel)
    this.#cache = new DiskCache(join(folder(), 'objects'))
    this.#follower = new Follower(kernel, places, (known) => this.#refresh(known))
  }

  /** Opens what an earlier process had open. */
  resume = (): Promise<void> => this.#follower.resume()

  /** Opens a port for a distribution that is being made. */
  reserve = (id: string): Promise<number> => this.#doors.reserve(id, 0)

  /** Takes over what has been committed in a place. */
  changed = (place: Place): void => this.#follower.changed(place)

  /** Waits until what has been committed is served. */
  refresh = (): Promise<void> => this.#follower.refresh()

  /** Where a distribution is reached on this machine. */
  urlOf = (id: string): string | undefined => this.#urls.get(id)

  async #refresh(known: readonly Place[]): Promise<void> {
    for (const place of known) {
      const scope = scopeOf('account', place.account, place.region)
      for (const { value: row } of await this.#kernel.store.list(distributions, scope, {})) {
        this.#rows.set(row.id, row)
        const port = await this.#doors.serve(row.id, row.boundPort, await this.#settings(row))
        this.#urls.set(row.id, `http://${row.domainName}:${port}`)
      }
      for (const { key, value } of await this.#kernel.store.list(invalidations, scope, {})) {
        if (this.#invalidated.has(key)) continue
        this.#invalidated.add(key)
        this.#cache.invalidate(value.distributionId, value.batch.Paths?.Items ?? [])
      }
    }
    this.#doors.sweep()
  }

  async #settings(row: DistributionRow): Promise<EntranceSettings> {
    const { clock } = this.#kernel
    return {
      protocol: 'HTTP',
      port: 80,
      offersHttp2: false,
      idleTimeoutMs,
      keepAliveMs,
      dropsInvalidFields: false,
      isStrict: false,
      forwardedFor: 'append',
      forwardsClientPort: false,
      inspection: { guard: await this.#guardOf(row), failsOpen: false },
      route: distributionRouter(row, {
        cache: this.#cache,
        nowMs: () => clock.now().getTime(),
        originOf: (...address) => this.#originOf(...address),
        isOwnAddress: (host, port) => this.#doors.isOwnAddress(host, port),
      }),
      trace: traceSource(this.#kernel),
      ownAnswer: frontAnswer,
      observe: (record) => this.#count(row, record),
    }
  }

  async #guardOf({ id, arn, account }: DistributionRow): Promise<WebAclGuard> {
    let guard = this.#guards.get(id)
    if (!guard) {
      guard = await guardOf(this.#kernel, {
        arn,
        account,
        region: home,
        type: 'CLOUDFRONT',
        sourceId: id,
        ownWebAcl: () => this.#rows.get(id)?.config.WebACLId ?? '',
      })
      this.#guards.set(id, guard)
    }
    return guard
  }

  #originOf(host: string, port: number, isTls: boolean): Origin {
    const key = `${isTls}${host}:${port}`
    let origin = this.#origins.get(key)
    if (!origin) {
      origin = new Origin({ host, port, isTls })
      this.#origins.set(key, origin)
    }
    return origin
  }

  /** https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/programming-cloudwatch-metrics.html */
  #count({ id, account }: DistributionRow, record: ExchangeRecord): void {
    const { serviceMetrics } = this.#kernel
    const dimensions = { DistributionId: id, Region: 'Global' }
    const note = (name: string, value: number, unit: string): void =>
      serviceMetrics.note(
        { account, region: home },
        { namespace: 'AWS/CloudFront', name, value, unit, dimensions },
      )
    note('Requests', 1, 'None')
    note('BytesDownloaded', record.sentBytes, 'None')
    note('BytesUploaded', record.receivedBytes, 'None')
    note('4xxErrorRate', record.status >= 400 && record.status < 500 ? 100 : 0, 'Percent')
    note('5xxErrorRate', record.status >= 500 ? 100 : 0, 'Percent')
    note('TotalErrorRate', record.status >= 400 ? 100 : 0, 'Percent')
  }

  /** Closes everything. */
  stop(): void {
    this.#follower.stop()
    this.#doors.stop()
    for (const origin of this.#origins.values()) origin.close()
  }
}

/** The distributions of a server. */
export const plane = defineRuntime(
  'cloudfront.plane',
  (host) => new Plane(host),
  (instance) => instance.stop(),
)

/** Has the traffic follow what a call changes, once that is committed. */
export async function changed(ctx: Context): Promise<void> {
  const { account } = ctx
  const system = ctx.store.table(places)
  if (!(await system.get(account))) system.put(account, { account, region: home })
  const starts = ctx.store.table(startUps)
  if (!(await starts.get('cloudfront'))) starts.put('cloudfront', {})
  ctx.afterCommit(() => ctx.runtime(plane).changed({ account, region: home }))
}
