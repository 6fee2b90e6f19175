import type { RequestPrincipal } from '@bartizan/policy'
import type { AuditIdentity, AuditResource } from './audit-record.ts'
import type { CallAs } from './acting.ts'
import type { ServiceEvent } from './events.ts'
import type { Access } from './service.ts'
import type { ids } from './ids.ts'
import type { Schedule } from './jobs.ts'
import type { Runtime } from './runtime.ts'
import type { MetricSample } from './service-metrics.ts'
import type { AuditQuery, ListQuery, StoredAudit, Table } from './store/store.ts'
import type { EnqueueOptions, TaskName } from './tasks.ts'

/** Who calls: what the signature proved. */
export interface Principal extends RequestPrincipal {
  /** `AIDA…`, `AROA…:session`, the account id for root, the service name for services. */
  readonly principalId: string
  readonly accessKeyId?: string
  readonly userName?: string
  /** Of temporary credentials. */
  readonly session?: SessionFacts
}

/** What temporary credentials carry. Times are ISO 8601. */
export interface SessionFacts {
  readonly issuedAt: string
  readonly expiresAt: string
  readonly sessionName?: string
  readonly mfa: boolean
  readonly mfaAuthenticatedAt?: string
  /** Inline session policies (JSON) and managed policy ARNs that limit the session. */
  readonly policies?: readonly string[]
  readonly policyArns?: readonly string[]
  readonly tags?: Readonly<Record<string, string>>
  readonly transitiveTagKeys?: readonly string[]
  readonly sourceIdentity?: string
  readonly federatedProvider?: string
  /** Further condition keys, lower-case (`accounts.example.com:sub`). */
  readonly conditions?: Readonly<Record<string, string | readonly string[]>>
}

/** A table as one account and Region sees it. Rows are readonly; `put` replaces. */
export interface TableView<T extends object> {
  get(key: string): Promise<T | undefined>
  put(key: string, value: T): void
  delete(key: string): void
  list(query?: ListQuery): Promise<readonly { readonly key: string; readonly value: T }[]>
  /** How many committed rows there are, for approximate figures: the unit's own writes are not counted. */
  count(query?: ListQuery): Promise<number>
}

/** The tables of one account and Region: no way out to another's. */
export interface Tables {
  table<T extends object>(table: Table<T>): TableView<T>
}

/** Reads through to the store, gathers writes, and reads its own writes; the pipeline commits it. */
export interface UnitOfWork extends Tables {
  /** Another account's or Region's tables, on purpose. */
  at(place: { account?: string; region?: string }): Tables
}

/** What an operation adds to its audit record. */
export interface AuditDraft {
  resource(resource: AuditResource): void
  /** Who called, where no signature tells (the bearer of a token), and in whose log it goes. */
  callerIs(identity: AuditIdentity, account: string): void
  /** What AWS writes into `requestParameters` where the caller left it out. */
  defaultParameters(defaults: Readonly<Record<string, unknown>>): void
  /** Replaces the schema-redacted default of `responseElements` (null for reads). */
  responseElements(value: unknown): void
  additional(data: Readonly<Record<string, unknown>>): void
  /** A service event of its own (`RotateKey`), committed in the same batch. */
  serviceEvent(event: {
    name: string
    resources?: readonly AuditResource[]
    details?: unknown
    /** `additionalEventData` of the event. */
    additional?: Readonly<Record<string, unknown>>
  }): void
}

/** Last-used facts: kept in memory and written behind, never on the path of a call. */
export interface LastUsed {
  /** Dates become ISO 8601 and numbers text, when they are written or read. */
  note(kind: string, id: string, facts: Readonly<Record<string, string | number | Date>>): void
  of(kind: string, id: string): Promise<Readonly<Record<string, string>> | undefined>
}

/** How a call was signed: in a header, in a link of version 4 or 2, or as a form's policy. */
export interface CallSignature {
  readonly kind: 'header' | 'presigned' | 'query-v2' | 'form'
  /** In ISO 8601 basic format; a link of version 2 and a form do not say. */
  readonly signedAt?: string
}

/** Everything an operation may know and do. */
export interface Context {
  /** The account whose data the call works on (the caller's). */
  readonly account: string
  readonly region: string
  readonly principal: Principal
  /** Set when a service calls on a principal's behalf: `ssm.us-east-1.amazonaws.com`. */
  readonly viaService?: string
  readonly requestId: string
  readonly eventId: string
  /** The server's clock when the call came in, or when a job was due. */
  readonly now: Date
  /** The machine's time, by which clients sign, MFA apps make codes and identity providers date tokens. */
  readonly machineNow: Date
  readonly sourceIp: string
  readonly userAgent: string
  readonly secureTransport: boolean
  /** How the request was signed; absent where it was not, and for jobs and services. */
  readonly signature?: CallSignature
  readonly ids: typeof ids
  readonly store: UnitOfWork
  readonly audit: AuditDraft
  readonly schedule: Schedule
  readonly lastUsed: LastUsed
  readonly secrets: SecretBox
  readonly development: boolean
  /** The address under which the client reached the server: `http://127.0.0.1:4566`, without a slash. */
  readonly endpoint: string
  /** Has a callback run when the client has closed its connection, so that nobody waits in vain. */
  readonly onGone: (callback: () => void) => void
  /** Has a task run right after the commit, at least once. */
  enqueue<Payload extends object>(
    task: TaskName<Payload>,
    payload: Payload,
    options?: EnqueueOptions,
  ): void
  /** Announces an event on EventBridge's default bus of the caller's place, with the commit. */
  emit(event: ServiceEvent): void
  /** Publishes a figure of the service's own to CloudWatch, once committed. */
  metric(sample: MetricSample): void
  /** An effect in memory, once committed. */
  afterCommit(effect: () => void): void
  /** The server's one instance of a runtime. */
  runtime<Instance>(runtime: Runtime<Instance>): Instance
  /** Calls another service's operation as this service, or as a role that trusts it. */
  readonly callAs: CallAs
  /** Calls another service's operation as the caller, through this service (`kms:ViaService`). */
  call(service: string, operation: string, input: object): Promise<Record<string, unknown>>
  /** Asks for one more permission in the midst of a call, such as for each key of a batch. Throws the refusal. */
  require(access: Access): Promise<void>
  /** The caller's account's audit log, newest first. */
  lookupAudit(query: Omit<AuditQuery, 'account'>): Promise<readonly StoredAudit[]>
  /** Global condition keys of the call merged with a resource's own, for engines such as Simulate. */
  conditions(): Readonly<Record<string, string | readonly string[] | undefined>>
}

/** Seals small texts under the root key (session tokens, encoded messages): opaque and authenticated. */
export interface SecretBox {
  seal(purpose: string, text: string): string
  /** undefined when the text was not made by `seal` with the same purpose. */
  open(purpose: string, sealed: string): string | undefined
  /** A 32-byte key for a purpose of a service's own, derived from the root key. */
  derive(purpose: string): Buffer
}
