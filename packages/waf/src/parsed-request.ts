import type { Component, InspectedValue } from './inspected-value.ts'
import type { HttpRequest } from './request.ts'

/** A name and its value as they were sent: byte strings, nothing decoded. */
export interface RawPair {
  readonly name: string
  readonly value: string
}

/** A request taken apart, each part once and only when a rule asks for it. */
export interface ParsedRequest {
  readonly request: HttpRequest
  /** The path as sent, before `?`. */
  readonly uriPath: string
  /** The query string as sent, after `?`; empty when there is none. */
  readonly queryString: string
  /** What follows `#` in the target; browsers send none. */
  readonly uriFragment: string | undefined
  /** The arguments of the query string as sent, in order. */
  readonly queryArguments: readonly RawPair[]
  /** The cookies as sent, in order. */
  readonly cookies: readonly RawPair[]
  /** The body as a byte string. */
  readonly bodyText: string
  /** The first value of a header, by lower-case name. */
  header(name: string): string | undefined
  /** Every value of a header, by lower-case name. */
  headerValues(name: string): readonly string[]
  /** The values of one component: of a body, as its content says (JSON, form, multipart, XML, GraphQL, else one text). */
  values(component: Component): readonly InspectedValue[]
}
