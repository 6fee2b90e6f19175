import { compile, type CompiledWebAcl } from '@bartizan/waf'
import type { WebACL } from '@aws-sdk/client-wafv2'
import type { Cancel } from '../../../kernel/clock.ts'
import type { Kernel } from '../../../kernel/kernel.ts'
import { defineRuntime } from '../../../kernel/runtime.ts'
import { rowOf, scopeOf, type Table } from '../../../kernel/store/store.ts'
import type { GuardedResource, WebAclGate } from '../../../kernel/web-acl.ts'
import { entityKey, entityNamed, type EntityName } from '../arns.ts'
import { webAclOf } from '../definitions.ts'
import { loggingKey, loggingOf } from '../logging-store.ts'
import { loadReferences } from '../references.ts'
import { associations, entities, loggingConfigurations, type EntityRow } from '../store.ts'
import { Aftermath } from './aftermath.ts'
import { Front, type FrontParts } from './front.ts'
import { openLocations, type Locations } from './locations.ts'
import { LogShipper } from './log-shipper.ts'
import { visibilitiesOf } from './metric-names.ts'
import { shareRates } from './shared-rates.ts'
import { SolvedPuzzles } from './verification.ts'

const flushMs = 1_000

/** A web ACL made ready, and the rows that it was made of. */
interface Made {
  readonly rows: readonly EntityRow[]
  readonly compiled: CompiledWebAcl
  readonly acl: WebACL
}

/** The web ACLs of a server that stand in front of something, compiled once each, with what their verdicts lead to. */
export class Gates {
  readonly #kernel: Kernel
  readonly #made = new Map<string, Made>()
  readonly #aftermaths = new Map<string, Aftermath>()
  readonly #solved = new SolvedPuzzles()
  readonly #shipper: LogShipper
  #locations: Locations | undefined
  #cancel: Cancel | undefined
  #isStopped = false

  constructor(kernel: Kernel) {
    this.#kernel = kernel
    this.#shipper = new LogShipper(kernel)
  }

  /** What stands in front of a resource, read from the store. Rejects where a web ACL cannot be compiled. */
  async load(resource: GuardedResource, own: string | undefined): Promise<WebAclGate | undefined> {
    const arn = own === undefined ? await this.#associated(resource) : own
    if (arn === undefined || arn === '') return undefined
    const named = entityNamed(arn)
    const row = named && (await this.#read(entities, named, entityKey(named)))
    if (!named || row?.arn !== arn) throw new Error(`the web ACL ${arn} is not there`)
    const { compiled, acl } = await this.#compiled(row)
    const aftermath = await this.#aftermath(row, named, acl)
    this.#flushLater()
    const parts: FrontParts = {
      kernel: this.#kernel,
      compiled,
      tokenDomains: acl.TokenDomains ?? [],
      bodyLimit: bodyLimitOf(acl, resource, this.#kernel.waf.bodyLimit),
      aftermath,
      locations: this.locations,
      solved: this.#solved,
    }
    return new Front(parts, resource)
  }

  /** What has followed the verdicts of a web ACL on this node; undefined when it has judged nothing. */
  aftermathOf(arn: string): Aftermath | undefined {
    return this.#aftermaths.get(arn)
  }

  get locations(): Locations {
    return (this.#locations ??= openLocations(this.#kernel))
  }

  /** Publishes, ships and shares what has gathered. */
  async flush(all = false): Promise<void> {
    for (const aftermath of this.#aftermaths.values()) {
      aftermath.flush(this.#kernel, this.locations, this.#shipper)
    }
    await this.#shipper.ship(all)
    if (this.#kernel.store.isShared) await shareRates(this.#kernel, this.#aftermaths)
  }

  /** The last flush, before the server stops. */
  async stop(): Promise<void> {
    this.#isStopped = true
    this.#cancel?.()
    await this.flush(true)
  }

  #flushLater(): void {
    if (this.#isStopped) return
    this.#cancel ??= this.#kernel.clock.after(flushMs, () => {
      this.#cancel = undefined
      this.flush()
        .catch((error: unknown) => this.#kernel.log.error({ error }, 'WAF cannot flush'))
        .finally(() => this.#flushLater())
    })
  }

  async #associated({ arn, account, region }: GuardedResource): Promise<string | undefined> {
    const row = await this.#read(associations, { account, region }, arn)
    return row?.webAclArn
  }

  async #read<T extends object>(
    table: Table<T>,
    { account, region }: { readonly account: string; readonly region: string },
    key: string,
  ): Promise<T | undefined> {
    const scope = scopeOf(table.scope, account, region)
    return (await rowOf(this.#kernel.store, table, scope, key))?.value
  }

  async #compiled(row: EntityRow): Promise<Made> {
    const acl = webAclOf(row)
    const rows = [row]
    const references = await loadReferences(acl.Rules, async (arn) => {
      const named = entityNamed(arn)
      const found = named && (await this.#read(entities, named, entityKey(named)))
      if (found?.arn !== arn) return undefined
      rows.push(found)
      return found
    })
    const known = this.#made.get(row.arn)
    const isSame =
      known?.rows.length === rows.length && rows.every((each, index) => each === known.rows[index])
    if (known && isSame) return known
    const made = { rows, acl, compiled: compile(acl, references) }
    this.#made.set(row.arn, made)
    const named = entityNamed(row.arn)
    const aftermath = this.#aftermaths.get(row.arn)
    const visibilities = visibilitiesOf(acl, references)
    const names = { visibilities, scope: row.scope, region: named?.region ?? '' }
    if (aftermath) aftermath.names = names
    else if (named) this.#aftermaths.set(row.arn, new Aftermath(named, names))
    return made
  }

  async #aftermath(row: EntityRow, named: EntityName, acl: WebACL): Promise<Aftermath> {
    const aftermath = this.#aftermaths.get(row.arn)
    if (!aftermath) throw new Error(`${row.arn} was not compiled`)
    const logging = await this.#read(loggingConfigurations, named, loggingKey(row))
    aftermath.log = logging && {
      configuration: loggingOf(logging),
      dataProtection: acl.DataProtectionConfig,
    }
    return aftermath
  }
}

/** What the web ACL says for the kind of resource, else the server's setting. */
function bodyLimitOf(acl: WebACL, { type }: GuardedResource, fallback: number): number {
  if (type === 'APPLICATION_LOAD_BALANCER') return fallback
  const limit = acl.AssociationConfig?.RequestBody?.[type]?.DefaultSizeInspectionLimit
  return limit === undefined ? fallback : Number(limit.slice('KB_'.length)) * 1024
}

/** The gates of a server. */
export const gates = defineRuntime(
  'wafv2.gates',
  ({ kernel, onStopping }) => {
    const made = new Gates(kernel)
    onStopping(() => {
      made.flush(true).catch(() => undefined)
    })
    return made
  },
  (made) => made.stop(),
)
