import { Doors } from '../../dataplane/doors.ts'
import { Follower, type Place } from '../../dataplane/follower.ts'
import { Origin } from '../../dataplane/origin.ts'
import { traceSource } from '../../dataplane/trace-source.ts'
import type { EntranceSettings, ExchangeRecord } from '../../dataplane/settings.ts'
import type { Context } from '../../kernel/context.ts'
import type { Kernel } from '../../kernel/kernel.ts'
import { defineRuntime, type RuntimeHost } from '../../kernel/runtime.ts'
import { startUps } from '../../kernel/start-ups.ts'
import { guardOf, type WebAclGuard } from '../../kernel/web-acl.ts'
import { scopeOf } from '../../kernel/store/store.ts'
import { answerOfStatus } from './serving/gateway-answers.ts'
import { stagesGuard } from './serving/stages-guard.ts'
import { stageRouter, type RouterSurroundings, type ServedStage } from './serving/stage-router.ts'
import { gatewayArn } from './api-reference.ts'
import { deployments, places, restApis, stages, type RestApiRow, type StageRow } from './store.ts'

/** A client may keep a connection as long as API Gateway lets integrations take, and a little more. */
const idleTimeoutMs = 60_000
const keepAliveMs = 3_600_000

/** Where an API is reached on this machine; its stages are below. */
export function servedAt(region: string, { id, boundPort }: RestApiRow): string {
  return `http://${id}.execute-api.${region}.localhost:${boundPort}`
}

/** What carries the traffic of this node's REST APIs: a port each. */
export class Plane {
  readonly #kernel: Kernel
  readonly #doors: Doors
  readonly #follower: Follower
  readonly #origins = new Map<string, Origin>()
  readonly #urls = new Map<string, string>()
  readonly #guards = new Map<string, WebAclGuard>()

  constructor({ kernel }: RuntimeHost) {
    this.#kernel = kernel
    this.#doors = new Doors(kernel)
    this.#follower = new Follower(kernel, places, (known) => this.#refresh(known))
  }

  /** Opens what an earlier process had open. */
  resume = (): Promise<void> => this.#follower.resume()

  /** Opens a port for an API that is being made. */
  reserve = (apiId: string): Promise<number> => this.#doors.reserve(apiId, 0)

  /** Takes over what has been committed in a place. */
  changed = (place: Place): void => this.#follower.changed(place)

  /** Waits until what has been committed is served. */
  refresh = (): Promise<void> => this.#follower.refresh()

  /** Where an API is reached, once it is. */
  urlOf = (apiId: string): string | undefined => this.#urls.get(apiId)

  async #refresh(known: readonly Place[]): Promise<void> {
    for (const place of known) {
      const scope = scopeOf('region', place.account, place.region)
      for (const { value: api } of await this.#kernel.store.list(restApis, scope, {})) {
        const served = await this.#stagesOf(scope, api)
        const settings = await this.#settings(place, api, served)
        const port = await this.#doors.serve(api.id, api.boundPort, settings)
        this.#urls.set(api.id, servedAt(place.region, { ...api, boundPort: port }))
      }
    }
    this.#doors.sweep()
  }

  async #stagesOf(scope: string, api: RestApiRow): Promise<ServedStage[]> {
    const { store } = this.#kernel
    const served: ServedStage[] = []
    for (const { value: stage } of await store.list(stages, scope, { prefix: `${api.id}/` })) {
      const found = await store.get(deployments, scope, `${api.id}/${stage.deploymentId}`)
      if (found) served.push({ stage, deployment: found.value })
    }
    return served
  }

  async #settings(
    place: Place,
    api: RestApiRow,
    served: readonly ServedStage[],
  ): Promise<EntranceSettings> {
    const guards = new Map<string, WebAclGuard>()
    for (const { stage } of served) guards.set(stage.name, await this.#guardOf(place, stage))
    return {
      protocol: 'HTTP',
      port: 443,
      offersHttp2: false,
      idleTimeoutMs,
      keepAliveMs,
      dropsInvalidFields: false,
      isStrict: false,
      forwardedFor: 'append',
      forwardsClientPort: false,
      inspection: { guard: stagesGuard(guards), failsOpen: false },
      ownAnswer: answerOfStatus,
      route: stageRouter(api, served, this.#surroundings(place)),
      trace: traceSource(this.#kernel),
      observe: (record) => this.#count(place, api, record),
    }
  }

  async #guardOf(place: Place, { apiId, name }: StageRow): Promise<WebAclGuard> {
    const arn = gatewayArn(place.region, `/restapis/${apiId}/stages/${name}`)
    let guard = this.#guards.get(arn)
    if (!guard) {
      const sourceId = `${place.account}:${apiId}:${name}`
      guard = await guardOf(this.#kernel, { ...place, arn, type: 'API_GATEWAY', sourceId })
      this.#guards.set(arn, guard)
    }
    return guard
  }

  #surroundings(place: Place): RouterSurroundings {
    const { clock, ids } = this.#kernel
    return {
      ...place,
      now: () => clock.now(),
      requestId: () => ids.uuid(),
      originOf: (url) => this.#originOf(url),
      isOwnAddress: (host, port) => this.#doors.isOwnAddress(host, port),
      invoke: (sourceArn, functionArn, payload, timeoutMs) => {
        const called = this.#invoke(place, sourceArn, functionArn, payload)
        const late = new Promise<'timeout'>((resolve) => {
          const cancel = clock.after(timeoutMs, () => resolve('timeout'))
          called.then(cancel, cancel)
        })
        return Promise.race([called, late])
      },
    }
  }

  async #invoke(place: Place, sourceArn: string, FunctionName: string, Payload: Uint8Array) {
    const actor = { service: 'apigateway.amazonaws.com', sourceArn, sourceAccount: place.account }
    const output = await this.#kernel.callAs(place, actor, {
      service: 'lambda',
      operation: 'Invoke',
      input: { FunctionName, Payload },
    })
    const answered = output['Payload']
    return {
      payload: answered instanceof Uint8Array ? answered : new Uint8Array(),
      hasFailed: output['FunctionError'] !== undefined,
    }
  }

  #originOf({ protocol, hostname, port }: URL): Origin {
    const isTls = protocol === 'https:'
    const number = Number(port) || (isTls ? 443 : 80)
    const key = `${protocol}${hostname}:${number}`
    let origin = this.#origins.get(key)
    if (!origin) {
      const host = hostname.replace(/^\[|\]$/g, '')
      origin = new Origin({ host, port: number, isTls })
      this.#origins.set(key, origin)
    }
    return origin
  }

  /** https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-metrics-and-dimensions.html */
  #count(
    place: Place,
    api: RestApiRow,
    { status, target, responseMs, targetMs }: ExchangeRecord,
  ): void {
    const { serviceMetrics } = this.#kernel
    const [, stage = ''] = target.split(/[/?]/)
    const note = (name: string, value: number, unit: string): void => {
      for (const dimensions of [{ ApiName: api.name }, { ApiName: api.name, Stage: stage }]) {
        serviceMetrics.note(place, { namespace: 'AWS/ApiGateway', name, value, unit, dimensions })
      }
    }
    note('Count', 1, 'Count')
    note('4XXError', status >= 400 && status < 500 ? 1 : 0, 'Count')
    note('5XXError', status >= 500 ? 1 : 0, 'Count')
    if (targetMs >= 0) note('IntegrationLatency', targetMs, 'Milliseconds')
    if (responseMs >= 0) note('Latency', responseMs + Math.max(targetMs, 0), 'Milliseconds')
  }

  /** Closes everything. */
  stop(): void {
    this.#follower.stop()
    this.#doors.stop()
    for (const origin of this.#origins.values()) origin.close()
  }
}

/** The REST APIs of a server. */
export const plane = defineRuntime(
  'apigateway.plane',
  (host) => new Plane(host),
  (instance) => instance.stop(),
)

/** Has the traffic follow what a call changes, once that is committed. */
export async function changed(ctx: Context): Promise<void> {
  const { account, region } = ctx
  const key = `${account}/${region}`
  const system = ctx.store.table(places)
  if (!(await system.get(key))) system.put(key, { account, region })
  const starts = ctx.store.table(startUps)
  if (!(await starts.get('apigateway'))) starts.put('apigateway', {})
  ctx.afterCommit(() => ctx.runtime(plane).changed({ account, region }))
}
