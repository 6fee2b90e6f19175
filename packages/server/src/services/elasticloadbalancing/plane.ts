import type { Entrance } from '../../dataplane/entrance.ts'
import type { EntranceSettings } from '../../dataplane/settings.ts'
import type { Context } from '../../kernel/context.ts'
import { defineRuntime, type RuntimeHost } from '../../kernel/runtime.ts'
import { scopeOf, type Store, type Table } from '../../kernel/store/store.ts'
import { guardOf, type WebAclGuard } from '../../kernel/web-acl.ts'
import { HealthMonitor } from './health-monitor.ts'
import type { InvokeFunction } from './function-target.ts'
import { LiveGroup } from './live-group.ts'
import { settingsOf, type ListenerParts } from './listener-settings.ts'
import { LoadMetrics } from './load-metrics.ts'
import { openPort } from './ports.ts'
import { Stickiness } from './stickiness.ts'
import { groupsIn } from './actions.ts'
import {
  listeners,
  loadBalancers,
  places,
  rules,
  targetGroups,
  targets,
  type ListenerRow,
  type LoadBalancerRow,
  type RuleRow,
} from './store.ts'

/** An account in a Region. */
export interface Place {
  readonly account: string
  readonly region: string
}

/** A port in use, and whether a listener has it yet. */
interface Opened {
  readonly entrance: Entrance
  isAdopted: boolean
}

/** How long a port is held for a listener that is not committed, in milliseconds. */
const reservationMs = 30_000
/** How often another node's changes are looked for, in milliseconds. */
const lookMs = 1_000

/** What carries the traffic of this node's load balancers. */
export class Plane {
  readonly #host: RuntimeHost
  readonly #entrances = new Map<string, Opened>()
  readonly #groups = new Map<string, LiveGroup>()
  readonly #guards = new Map<string, Promise<WebAclGuard>>()
  readonly #stickiness: Stickiness
  readonly #health: HealthMonitor
  readonly #metrics: LoadMetrics
  readonly #known = new Map<string, Place>()
  readonly #shown = new Map<string, readonly EndpointFact[]>()
  #refreshing: Promise<void> | undefined
  #isDirty = false
  #isStopped = false

  constructor(host: RuntimeHost) {
    const { kernel } = host
    this.#host = host
    this.#stickiness = new Stickiness(kernel.box, () => kernel.clock.now())
    this.#health = new HealthMonitor(kernel.clock)
    this.#metrics = new LoadMetrics(kernel)
  }

  /** Opens what an earlier process had open. */
  async resume(): Promise<void> {
    const { store } = this.#host.kernel
    for (const { value } of await store.list(places, '-', {})) this.#know(value)
    await this.refresh()
    if (store.isShared) this.#lookAgain()
  }

  #lookAgain(): void {
    this.#host.kernel.clock.after(lookMs, () => {
      if (this.#isStopped) return
      const { log } = this.#host.kernel
      this.resume().catch((error: unknown) => {
        log.error({ err: error }, 'load balancers could not be looked at')
        this.#lookAgain()
      })
    })
  }

  #know({ account, region }: Place): void {
    this.#known.set(`${account}/${region}`, { account, region })
  }

  /** Opens a port for a listener that is being made: its own, or another one if that cannot be had. */
  async reserve(listener: string, port: number): Promise<number> {
    const opened = this.#entrances.get(`${listener} ${port}`)
    if (opened) return opened.entrance.port
    const entrance = await openPort(this.#host.kernel.listeners, port)
    const key = `${listener} ${entrance.port}`
    this.#entrances.set(key, { entrance, isAdopted: false })
    this.#host.kernel.clock.after(reservationMs, () => {
      if (this.#entrances.get(key)?.isAdopted === false) this.#close(key)
    })
    return entrance.port
  }

  /** Whether an address is the API's own, which nobody gets through a load balancer. */
  isOwnAddress(host: string, port: number): boolean {
    const own = URL.parse(this.#host.kernel.localEndpoint())
    const isLocal = host.startsWith('127.') || host === '::1' || host === own?.hostname
    return isLocal && Number(own?.port) === port
  }

  /** The state of a target by its checks. */
  healthOf(key: string) {
    const [group = ''] = key.split(' ')
    const target = this.#groups.get(group)?.targets.find((each) => each.key === key)
    return (
      target?.health.shown ?? {
        State: 'initial' as const,
        Reason: 'Elb.RegistrationInProgress' as const,
        Description: 'Target registration is in progress',
      }
    )
  }

  /** Where load balancers are reached on this machine. */
  endpoints(): readonly EndpointFact[] {
    return [...this.#shown.values()].flat()
  }

  /** Where a listener is reached. */
  endpointOf(listener: string): string | undefined {
    return this.endpoints().find((each) => each.listener === listener)?.url
  }

  /** Takes over what has been committed in a place. */
  changed(place: Place): void {
    this.#know(place)
    this.refresh().catch((error: unknown) => {
      this.#host.kernel.log.error({ err: error }, 'load balancers could not be changed')
    })
  }

  /** Reads everything again; while it does, further changes only have it done once more. */
  refresh(): Promise<void> {
    this.#isDirty = true
    this.#refreshing ??= this.#refreshAll().finally(() => {
      this.#refreshing = undefined
    })
    return this.#refreshing
  }

  async #refreshAll(): Promise<void> {
    while (this.#isDirty && !this.#isStopped) {
      this.#isDirty = false
      const used = new Set<string>()
      const open = new Set<string>()
      for (const place of this.#known.values()) await this.#refreshPlace(place, used, open)
      for (const [key, { isAdopted }] of this.#entrances) {
        if (isAdopted && !open.has(key)) this.#close(key)
      }
      this.#health.watch([...this.#groups.values()].filter(({ arn }) => used.has(arn)))
    }
  }

  async #refreshPlace(place: Place, used: Set<string>, open: Set<string>): Promise<void> {
    const rows = await rowsIn(this.#host.kernel.store, place)
    this.#refreshGroups(place, rows)
    const facts: EndpointFact[] = []
    for (const loadBalancer of rows.loadBalancers) {
      for (const listener of rows.listeners) {
        if (listener.loadBalancer !== loadBalancer.arn) continue
        const own = rows.rules.filter((rule) => rule.listener === listener.arn)
        for (const group of groupsOf(listener, own)) used.add(group)
        const parts = { loadBalancer, listener, rules: own }
        const key = `${listener.arn} ${listener.boundPort}`
        open.add(key)
        const url = await this.#serve(key, parts)
        facts.push({
          listener: listener.arn,
          loadBalancer: loadBalancer.arn,
          url,
          port: listener.port,
        })
      }
    }
    this.#shown.set(`${place.account}/${place.region}`, facts)
  }

  #refreshGroups(place: Place, rows: PlaceRows): void {
    const byGroup = Map.groupBy(rows.targets, ({ group }) => group)
    const nowMs = (): number => this.#host.kernel.clock.now().getTime()
    for (const row of rows.targetGroups) {
      let group = this.#groups.get(row.arn)
      if (!group) {
        const parts = { stickiness: this.#stickiness, invoke: this.#invoker(place), nowMs }
        this.#groups.set(row.arn, (group = new LiveGroup(row, parts)))
      }
      group.update(row, byGroup.get(row.arn) ?? [])
    }
    const prefix = `:elasticloadbalancing:${place.region}:${place.account}:`
    for (const [arn, group] of this.#groups) {
      if (!arn.includes(prefix) || rows.targetGroups.some((row) => row.arn === arn)) continue
      group.close()
      this.#groups.delete(arn)
    }
  }

  async #serve(key: string, parts: ListenerParts): Promise<string> {
    const { kernel } = this.#host
    let opened = this.#entrances.get(key)
    if (!opened) {
      const entrance = await openPort(kernel.listeners, parts.listener.boundPort)
      this.#entrances.set(key, (opened = { entrance, isAdopted: true }))
    }
    opened.isAdopted = true
    opened.entrance.apply(await this.#settings(parts))
    const scheme = parts.listener.protocol.toLowerCase()
    return `${scheme}://${parts.loadBalancer.dnsName}:${opened.entrance.port}`
  }

  /** What stands in front of a load balancer. */
  #guardOf({ arn, account, region }: LoadBalancerRow): Promise<WebAclGuard> {
    let guard = this.#guards.get(arn)
    if (!guard) {
      const sourceId = arn.replace(/^.*:loadbalancer\//, '')
      const resource = {
        arn,
        account,
        region,
        type: 'APPLICATION_LOAD_BALANCER',
        sourceId,
      } as const
      this.#guards.set(arn, (guard = guardOf(this.#host.kernel, resource)))
    }
    return guard
  }

  async #settings(parts: ListenerParts): Promise<EntranceSettings> {
    const guard = await this.#guardOf(parts.loadBalancer)
    const groupOf = (arn: string): LiveGroup | undefined => this.#groups.get(arn)
    return settingsOf(this.#host.kernel, parts, {
      routing: { groupOf, stickiness: this.#stickiness },
      observe: this.#metrics.observer(parts),
      guard,
    })
  }

  #invoker(place: Place): InvokeFunction {
    return async (sourceArn, functionArn, payload) => {
      const actor = { service: 'elasticloadbalancing.amazonaws.com', sourceArn }
      const output = await this.#host.kernel.callAs(place, actor, {
        service: 'lambda',
        operation: 'Invoke',
        input: { FunctionName: functionArn, Payload: payload },
      })
      const answered = output['Payload']
      return {
        payload: answered instanceof Uint8Array ? answered : new Uint8Array(),
        hasFailed: output['FunctionError'] !== undefined,
      }
    }
  }

  #close(key: string): void {
    this.#entrances.get(key)?.entrance.close()
    this.#entrances.delete(key)
  }

  /** Closes everything. */
  stop(): void {
    this.#isStopped = true
    this.#health.stop()
    for (const key of this.#entrances.keys()) this.#close(key)
    for (const group of this.#groups.values()) group.close()
  }
}

type PlaceRows = Awaited<ReturnType<typeof rowsIn>>

/** Everything there is in a place. */
async function rowsIn(store: Store, { account, region }: Place) {
  const scope = scopeOf('region', account, region)
  const all = async <T extends object>(table: Table<T>): Promise<T[]> =>
    (await store.list(table, scope, {})).map(({ value }) => value)
  return {
    loadBalancers: await all(loadBalancers),
    listeners: await all(listeners),
    rules: await all(rules),
    targetGroups: await all(targetGroups),
    targets: await all(targets),
  }
}

/** Where a listener is reached on this machine. */
export interface EndpointFact {
  readonly listener: string
  readonly loadBalancer: string
  readonly url: string
  /** The port that it was asked for. */
  readonly port: number
}

function groupsOf(listener: ListenerRow, own: readonly RuleRow[]): string[] {
  return [...groupsIn(listener.defaultActions), ...own.flatMap(({ actions }) => groupsIn(actions))]
}

/** The load balancers of a server. */
export const plane = defineRuntime(
  'elasticloadbalancing.plane',
  (host) => new Plane(host),
  (instance) => instance.stop(),
)

/** Has the traffic follow what a call changes, once that is committed. */
export function changed(ctx: Context): void {
  const { account, region } = ctx
  ctx.afterCommit(() => ctx.runtime(plane).changed({ account, region }))
}
