/** The parts of an HTTP request that a signature covers. */
export interface SignedRequest {
  readonly method: string
  /**
   * The path exactly as on the request line, still percent-encoded. Characters U+0080 to U+00FF stand for single
   * bytes, as `node:http` delivers them.
   */
  readonly rawPath: string
  /** The query exactly as on the request line, without the question mark; empty when there is none. */
  readonly rawQuery: string
  /**
   * Values by lower-case name, one character a byte as `node:http` delivers them. Repeated headers are joined with
   * `,` and no space (`collectHeaders` does it), because that is what clients sign.
   */
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly body: Uint8Array
  /** The body has not been read: what is declared of it is taken as signed, and checked as it is read. */
  readonly isBodyUnread?: boolean
}

/** Builds the `headers` of a SignedRequest from the name, value, name, value… list of `IncomingMessage.rawHeaders`. */
export function collectHeaders(rawHeaders: readonly string[]): Record<string, string> {
  const headers: Record<string, string> = Object.create(null)
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const name = rawHeaders[index]?.toLowerCase() ?? ''
    const value = rawHeaders[index + 1] ?? ''
    const earlier = headers[name]
    headers[name] = earlier === undefined ? value : `${earlier},${value}`
  }
  return headers
}
