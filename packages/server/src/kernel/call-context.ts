import type {
  AuditDraft,
  CallSignature,
  Context,
  LastUsed,
  Principal,
  SecretBox,
  UnitOfWork,
} from './context.ts'
import type { Actor } from './acting.ts'
import type { ServiceEvent } from './events.ts'
import type { Job, OtherPlace, Schedule } from './jobs.ts'
import { dueJobs, dueKey } from './due-jobs.ts'
import type { ids } from './ids.ts'
import type { Kernel } from './kernel.ts'
import type { Runtime } from './runtime.ts'
import type { MetricSample } from './service-metrics.ts'
import type { AuditQuery, StoredAudit } from './store/store.ts'
import { newTaskRow, tasksTable, type EnqueueOptions, type TaskName } from './tasks.ts'
import type { Work } from './unit-of-work.ts'

/** Who calls, from where, when. */
export interface Caller {
  readonly principal: Principal
  readonly region: string
  readonly sourceIp: string
  readonly userAgent: string
  readonly secureTransport: boolean
  /** How the request was signed. */
  readonly signature?: CallSignature
  readonly now: Date
  /** Set when a service calls on the principal's behalf. */
  readonly viaService?: string
  /** The address that the client reached, without a slash at its end. */
  readonly endpoint: string
  /** Has a callback run when the client has gone; absent where there is none that could. */
  readonly onGone?: (callback: () => void) => void
  /** What a service acts for: `aws:SourceArn` and `aws:SourceAccount`. */
  readonly sourceArn?: string
  readonly sourceAccount?: string
}

/** What a context needs beyond the kernel and the caller. */
export interface CallParts {
  readonly requestId: string
  readonly eventId: string
  readonly work: Work
  readonly audit: AuditDraft
  readonly call: Context['call']
  readonly require: Context['require']
  readonly conditions: Context['conditions']
}

/** The context of a call or job: fields and methods of a class, as one is made for every call. */
export class CallContext implements Context, Schedule {
  readonly account: string
  readonly region: string
  readonly principal: Principal
  readonly viaService?: string
  readonly requestId: string
  readonly eventId: string
  readonly now: Date
  readonly sourceIp: string
  readonly userAgent: string
  readonly secureTransport: boolean
  readonly signature?: CallSignature
  readonly store: UnitOfWork
  readonly audit: AuditDraft
  readonly call: Context['call']
  readonly require: Context['require']
  readonly conditions: Context['conditions']
  readonly endpoint: string
  readonly onGone: Context['onGone']
  readonly #kernel: Kernel
  readonly #work: Work

  constructor(kernel: Kernel, caller: Caller, parts: CallParts) {
    this.#kernel = kernel
    this.account = caller.principal.accountId
    this.region = caller.region
    this.principal = caller.principal
    if (caller.viaService !== undefined) this.viaService = caller.viaService
    this.requestId = parts.requestId
    this.eventId = parts.eventId
    this.now = caller.now
    this.sourceIp = caller.sourceIp
    this.userAgent = caller.userAgent
    this.secureTransport = caller.secureTransport
    if (caller.signature) this.signature = caller.signature
    this.store = parts.work.forPlace(this.account, this.region)
    this.audit = parts.audit
    this.call = parts.call
    this.require = parts.require
    this.conditions = parts.conditions
    this.endpoint = caller.endpoint
    this.onGone = caller.onGone ?? (() => {})
    this.#work = parts.work
  }

  get machineNow(): Date {
    return this.#kernel.clock.machine()
  }

  get ids(): typeof ids {
    return this.#kernel.ids
  }

  get lastUsed(): LastUsed {
    return this.#kernel.lastUsed
  }

  get secrets(): SecretBox {
    return this.#kernel.box
  }

  get development(): boolean {
    return this.#kernel.development
  }

  get schedule(): Schedule {
    return this
  }

  get callAs(): Context['callAs'] {
    return (actor: Actor, service: string, operation: string, input: object) =>
      this.#kernel.callAs(this, actor, { service, operation, input })
  }

  enqueue<Payload extends object>(
    task: TaskName<Payload>,
    payload: Payload,
    options: EnqueueOptions = {},
  ): void {
    const row = newTaskRow(task, payload, this, options)
    const key = this.#kernel.ids.ordered()
    this.store.table(tasksTable).put(key, row)
    this.#work.aftermath.task({ key, row })
  }

  emit(event: ServiceEvent): void {
    const { account, region, now } = this
    this.#work.aftermath.event({ account, region, now, ...event })
  }

  metric(sample: MetricSample): void {
    this.afterCommit(() => this.#kernel.serviceMetrics.note(this, sample))
  }

  afterCommit(effect: () => void): void {
    this.#work.aftermath.effect(effect)
  }

  runtime<Instance>(runtime: Runtime<Instance>): Instance {
    return this.#kernel.runtimes.of(runtime)
  }

  at(job: Pick<Job, 'name'>, subject: string, due: Date, other?: OtherPlace): void {
    const row = { ...this.#entry(job, subject, other), due: due.toISOString(), attempts: 0 }
    this.store.table(dueJobs).put(dueKey(row), row)
  }

  cancel(job: Pick<Job, 'name'>, subject: string, other?: OtherPlace): void {
    this.store.table(dueJobs).delete(dueKey(this.#entry(job, subject, other)))
  }

  lookupAudit(query: Omit<AuditQuery, 'account'>): Promise<readonly StoredAudit[]> {
    return this.#kernel.store.lookupAudit({ ...query, account: this.account })
  }

  #entry(job: Pick<Job, 'name'>, subject: string, other: OtherPlace | undefined) {
    return { job: job.name, account: this.account, region: this.region, ...other, subject }
  }
}
