import type { SecureContextOptions } from 'node:tls'
import type { Verdict, HttpRequest } from '@bartizan/waf'
import type { Router } from './route.ts'
import type { Answer } from './answers.ts'

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
  readonly route: Router
  /** Looks at requests before they go anywhere; absent where no web ACL is associated. */
  readonly inspection?: Inspection
  /** Makes trace ids: so many hexadecimal digits, and the time in seconds. */
  readonly trace: TraceSource
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

/** What inspects requests, and what is done about its verdicts. */
export interface Inspection {
  /** So many bytes of a body are inspected. */
  readonly bodyLimit: number
  readonly failsOpen: boolean
  inspect(request: HttpRequest): Inspected | Promise<Inspected>
}

/** A verdict, with the answer to give where the request is not to go on. */
export interface Inspected {
  readonly verdict: Pick<Verdict, 'action' | 'insertedHeaders'>
  readonly answer?: Answer
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
