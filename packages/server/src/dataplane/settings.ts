import type { SecureContextOptions } from 'node:tls'
import type { WebAclGuard } from '../kernel/web-acl.ts'
import type { Answer } from './answers.ts'
import type { Router } from './route.ts'

/** How an entrance treats what comes in; replaced as a whole, so that a request sees one state of it. */
export interface EntranceSettings {
  readonly protocol: 'HTTP' | 'HTTPS'
  /** What X-Forwarded-Port says. */
  readonly port: number
  readonly tls?: TlsSettings
  readonly offersHttp2: boolean
  /** A connection on which nothing moves for so many milliseconds is closed. */
  readonly idleTimeoutMs: number
  /** How long a client may keep a connection from its first request on, in milliseconds. */
  readonly keepAliveMs: number
  readonly dropsInvalidFields: boolean
  readonly isStrict: boolean
  readonly forwardedFor: 'append' | 'preserve' | 'remove'
  readonly forwardsClientPort: boolean
  /** Tells targets the version and cipher of the client's TLS. */
  readonly forwardsTls?: boolean
  /** Header fields that every answer gets in place of the target's own; those without a value are taken away. */
  readonly answerFields?: readonly (readonly [name: string, value: string | undefined])[]
  readonly route: Router
  /** Looks at requests before they go anywhere. */
  readonly inspection?: Inspection
  /** Makes trace ids: so many hexadecimal digits, and the time in seconds. */
  readonly trace: TraceSource
  /** The answer for an error of the proxy's own; a load balancer's page where absent. */
  readonly ownAnswer?: (status: number) => Answer
  /** Is told of every request once it has been answered. */
  readonly observe?: (record: ExchangeRecord) => void
}

/** Certificates of a TLS entrance: the first is shown to clients that name no host it knows. */
export interface TlsSettings {
  readonly certificates: readonly TlsCertificate[]
  readonly options: Pick<SecureContextOptions, 'minVersion' | 'maxVersion' | 'ciphers'>
}

/** A certificate with its chain and key (PEM), and the names that it is for, in lower case. */
export interface TlsCertificate {
  readonly cert: string
  readonly key: string
  readonly names: readonly string[]
}

/** The web ACL before a resource, and whether requests go on where it cannot be asked. */
export interface Inspection {
  readonly guard: WebAclGuard
  readonly failsOpen: boolean
}

/** Where times and random ids of trace headers come from. */
export interface TraceSource {
  readonly seconds: () => number
  readonly hex: (digits: number) => string
  /** Monotonic milliseconds. */
  readonly elapsedMs: () => number
}

/** What came of a request; times in milliseconds, -1 where there was none, as access logs have them. */
export interface ExchangeRecord {
  readonly method: string
  readonly target: string
  readonly httpVersion: string
  readonly host: string
  readonly userAgent: string
  readonly client: string
  readonly status: number
  /** -1 where no target was asked. */
  readonly targetStatus: number
  readonly targetAddress: string
  readonly requestMs: number
  readonly targetMs: number
  readonly responseMs: number
  readonly receivedBytes: number
  readonly sentBytes: number
  readonly traceId: string
  /** What the route had remembered. */
  readonly note: string | undefined
  /** What was done: `forward`, `waf`, `fixed-response`, … */
  readonly action: string
  /** Why a request was refused. */
  readonly reason: string | undefined
  readonly tls: { readonly protocol: string; readonly cipher: string } | undefined
  readonly servedName: string | undefined
}
