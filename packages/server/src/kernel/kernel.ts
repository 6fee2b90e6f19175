import type { ServerProtocol, SigningKeyCache } from '@bartizan/wire'
import type { Logger } from 'pino'
import type { Actor, ActingPlace } from './acting.ts'
import type { EnqueuedTask } from './aftermath.ts'
import type { Clock } from './clock.ts'
import type { LastUsed, SecretBox } from './context.ts'
import type { AssumedRole } from './identity/assumed-role.ts'
import type { ids } from './ids.ts'
import type { ErrorFamily } from './identity/identify.ts'
import type { SessionCache } from './identity/session-token.ts'
import type { Router } from './router.ts'
import type { Runtimes } from './runtime.ts'
import type { ServiceMetrics } from './service-metrics.ts'
import type { ServiceRegistry } from './service-registry.ts'
import type { Store } from './store/store.ts'

/** Addresses and ports for what carries the traffic of users. */
export interface ListenerPlaces {
  readonly host: string
  /** For listeners whose own port cannot be had, first and last; 0 lets the system choose. */
  readonly ports: readonly [first: number, last: number]
}

/** What every request and job shares; made once by the composition root. */
export interface Kernel {
  readonly store: Store
  readonly box: SecretBox
  readonly clock: Clock
  readonly signingKeys: SigningKeyCache
  readonly sessions: SessionCache
  readonly ids: typeof ids
  readonly log: Logger
  readonly services: ServiceRegistry
  readonly router: Router
  readonly lastUsed: LastUsed
  readonly development: boolean
  /** How mail leaves: by which server (none: not at all), and from which address. */
  readonly mail: { readonly url: string | undefined; readonly from: string }
  /** The operator's list of database servers that exist elsewhere, where there is one. */
  readonly databaseEndpoints: { readonly file: string | undefined; readonly account: string }
  /** Where listeners of load balancers and the like are opened. */
  readonly listeners: ListenerPlaces
  /** What the operator has set for web ACLs. */
  readonly waf: {
    readonly geoDatabase: string | undefined
    readonly asnDatabase: string | undefined
    readonly bodyLimit: number
    readonly logSink: string | undefined
    readonly logSinkKey: string | undefined
  }
  readonly runtimes: Runtimes
  readonly serviceMetrics: ServiceMetrics
  /** Runs tasks that have just been committed. */
  readonly tasks: { accept(tasks: readonly EnqueuedTask[]): void }
  /** Role sessions that services hold, by role and purpose. */
  readonly assumedRoles: Map<string, AssumedRole>
  /** How the server names itself: the public URL, else the address that it listens on. */
  readonly endpoint: () => string
  /** The public URL where there is one: it stands above the name that a client used. */
  readonly publicUrl: string | undefined
  /** The address that the server was told to listen on. */
  readonly listensOn: string
  /** Where what runs on this machine reaches the server. */
  readonly localEndpoint: () => string
  /** The PEM certificate chain that the server shows, when it speaks HTTPS. */
  readonly certificate: string | undefined
  /** PEM root certificates of enclaves that are trusted beside AWS's. */
  readonly nitroRoots: string | undefined
  /** Calls an operation as a service, or as a role that trusts it, in a unit of work of its own. */
  callAs(
    place: ActingPlace,
    actor: Actor,
    call: { readonly service: string; readonly operation: string; readonly input: object },
  ): Promise<Record<string, unknown>>
  readonly isConflict: (error: unknown) => boolean
  /** The protocol that errors speak before a route is known. */
  protocolOf(family: ErrorFamily): ServerProtocol
}
