import type { DataProtectionConfig, LoggingConfiguration } from '@aws-sdk/client-wafv2'
import type { Kernel } from '../../../kernel/kernel.ts'
import { entityArn, type EntityName } from '../arns.ts'
import type { Locations } from './locations.ts'
import { isLogged, logRecord } from './log-records.ts'
import type { LogShipper } from './log-shipper.ts'
import type { Occurrence } from './occurrence.ts'
import { protectionOf } from './protection.ts'
import { RateTable } from './rates.ts'
import { Samples } from './samples.ts'
import { Tallies, type TallyNames } from './tallies.ts'

/** So many requests wait at most to be written to the log. */
const mostPending = 50_000

/** How a web ACL logs now. */
export interface LogSettings {
  readonly configuration: LoggingConfiguration
  readonly dataProtection: DataProtectionConfig | undefined
}

/** What follows verdicts of one web ACL, kept over changes of its rules: counters, samples, metrics and the log. */
export class Aftermath {
  readonly acl: EntityName
  readonly rates = new RateTable()
  readonly samples = new Samples()
  readonly tallies: Tallies
  names: TallyNames
  log: LogSettings | undefined
  #pending: Occurrence[] = []
  #dropped = 0

  constructor(acl: EntityName, names: TallyNames) {
    this.acl = acl
    this.names = names
    this.tallies = new Tallies(() => this.names)
  }

  /** Notes a verdict: cheap, as whatever costs is done later. */
  note(occurrence: Occurrence): void {
    this.tallies.note(occurrence.verdict)
    this.samples.note(occurrence, this.names.visibilities)
    if (!this.log || !isLogged(occurrence.verdict, this.log.configuration.LoggingFilter)) return
    if (this.#pending.length < mostPending) this.#pending.push(occurrence)
    else this.#dropped++
  }

  /** Publishes the metrics and hands the log's lines to the shipper. */
  flush(kernel: Kernel, locations: Locations, shipper: LogShipper): void {
    const { account, region } = this.acl
    for (const sample of this.tallies.take()) {
      kernel.serviceMetrics.note({ account, region }, sample)
    }
    const pending = this.#pending
    if (pending.length === 0 || !this.log) return
    this.#pending = []
    const { configuration, dataProtection } = this.log
    const protection = protectionOf(dataProtection, configuration)
    const lines = pending.map((occurrence) => {
      const requestId = kernel.ids.uuid()
      const record = logRecord(occurrence, {
        webAclArn: this.arn,
        locations,
        protection,
        requestId,
      })
      return { atMs: occurrence.atMs, text: JSON.stringify(record) }
    })
    shipper.take(this.acl, configuration, lines)
    if (this.#dropped > 0) kernel.log.warn({ dropped: this.#dropped }, 'WAF log lines were dropped')
    this.#dropped = 0
  }

  get arn(): string {
    return entityArn(this.acl)
  }
}
