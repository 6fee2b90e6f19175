import { Agent, request as httpRequest, type ClientRequest, type RequestOptions } from 'node:http'
import { Agent as TlsAgent, request as tlsRequest } from 'node:https'

/** Where an origin is. */
export interface OriginAddress {
  readonly host: string
  readonly port: number
  readonly isTls: boolean
}

/** How long a connection to an origin may lie idle, in milliseconds: targets keep theirs at least that long. */
const idleOriginMs = 55_000

/** A server that requests are forwarded to, with connections that are kept and used again. */
export class Origin {
  readonly address: OriginAddress
  /** Requests that are under way. */
  outstanding = 0
  readonly #agent: Agent

  constructor(address: OriginAddress) {
    this.address = address
    const options = { keepAlive: true, maxFreeSockets: 256, scheduling: 'lifo' } as const
    // Load balancers do not check their targets' certificates (AWS: "Target groups", protocol HTTPS).
    this.#agent = address.isTls
      ? new TlsAgent({ ...options, timeout: idleOriginMs, rejectUnauthorized: false })
      : new Agent({ ...options, timeout: idleOriginMs })
  }

  /** Opens a request; throws when its method, path or headers cannot be sent. */
  request(method: string, path: string, headers: readonly string[]): ClientRequest {
    const { host, port, isTls } = this.address
    const options: RequestOptions = {
      host,
      port,
      method,
      path,
      headers,
      agent: this.#agent,
      setDefaultHeaders: false,
    }
    return isTls ? tlsRequest(options) : httpRequest(options)
  }

  /** Closes connections that are not in use. */
  close(): void {
    this.#agent.destroy()
  }
}
