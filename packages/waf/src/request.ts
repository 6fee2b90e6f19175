/**
 * An HTTP request as it came over the wire. Texts are *byte strings*: one character (U+0000 to U+00FF) per byte, as Node's
 * `latin1` reads them, so that nothing is lost or repaired before a rule has seen it.
 */
export interface HttpRequest {
  readonly method: string
  /** The request target as sent, `/path?query`, still percent-encoded. */
  readonly target: string
  /** As AWS's log writes it: `HTTP/1.1`, `HTTP/2.0`. */
  readonly httpVersion: string
  /** In the order and spelling in which they came; HTTP/2's pseudo headers are left out, `host` is there. */
  readonly headers: readonly (readonly [name: string, value: string])[]
  /** As many bytes of the body as are to be inspected; empty when there is none. */
  readonly body: Uint8Array
  /** The body goes on after `body`: its inspection limit was reached. */
  readonly bodyTruncated: boolean
  /** The address of the connection's other end, as text. */
  readonly clientIp: string
  /** Fingerprints of the TLS client hello, where the connection had one and it could be read. */
  readonly ja3?: string
  readonly ja4?: string
}
