import { Doors } from '../../dataplane/doors.ts'
import { Follower, type Place } from '../../dataplane/follower.ts'
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

/** What carries the traffic of this node's load balancers. */
export class Plane {
  readonly #host: RuntimeHost
  readonly #doors: Doors
  readonly #follower: Follower
  readonly #groups = new Map<string, LiveGroup>()
  readonly #guards = new Map<string, Promise<WebAclGuard>>()
  readonly #stickiness: Stickiness
  readonly #health: HealthMonitor
  readonly #metrics: LoadMetrics
  readonly #shown = new Map<string, readonly EndpointFact[]>()

  constructor(host: RuntimeHost) {
    const { kernel } = host
    this.#host = host
    this.#stickiness = new Stickiness(kernel.box, () => kernel.clock.now())
    this.#health = new HealthMonitor(kernel.clock)
    this.#metrics = new LoadMetrics(kernel)
    this.#doors = new Doors(kernel)
    this.#follower = new Follower(kernel, places, (known) => this.#refreshAll(known))
  }

  /** Opens what an earlier process had open. */
  resume = (): Promise<void> => this.#follower.resume()

  /** Opens a port for a listener that is being made: its own, or another one if that cannot be had. */
  reserve = (listener: string, port: number): Promise<number> => this.#doors.reserve(listener, port)

  /** Whether an address is the API's own, which nobody gets through a load balancer. */
  isOwnAddress = (host: string, port: number): boolean => this.#doors.isOwnAddress(host, port)

  /** Takes over what has been committed in a place. */
  changed = (place: Place): void => this.#follower.changed(place)

  /** Waits until what has been committed is served. */
  refresh = (): Promise<void> => this.#follower.refresh()

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

  async #refreshAll(known: readonly Place[]): Promise<void> {
    const used = new Set<string>()
    for (const place of known) await this.#refreshPlace(place, used)
    this.#doors.sweep()
    this.#health.watch([...this.#groups.values()].filter(({ arn }) => used.has(arn)))
  }

  async #refreshPlace(place: Place, used: Set<string>): Promise<void> {
    const rows = await rowsIn(this.#host.kernel.store, place)
    this.#refreshGroups(place, rows)
    const facts: EndpointFact[] = []
    for (const loadBalancer of rows.loadBalancers) {
      for (const listener of rows.listeners) {
        if (listener.loadBalancer !== loadBalancer.arn) continue
        const own = rows.rules.filter((rule) => rule.listener === listener.arn)
        for (const group of groupsOf(listener, own)) used.add(group)
        const parts = { loadBalancer, listener, rules: own }
        const url = await this.#serve(parts)
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

  async #serve(parts: ListenerParts): Promise<string> {
    const { arn, boundPort, protocol } = parts.listener
    const port = await this.#doors.serve(arn, boundPort, await this.#settings(parts))
    return `${protocol.toLowerCase()}://${parts.loadBalancer.dnsName}:${port}`
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

  /** Closes everything. */
  stop(): void {
    this.#follower.stop()
    this.#health.stop()
    this.#doors.stop()
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
