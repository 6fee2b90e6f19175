import type { Component, InspectedValue } from './inspected-value.ts'
import type { HttpRequest } from './request.ts'

/** A request taken apart, each part once and only when a rule asks for it. */
export interface ParsedRequest {
  readonly request: HttpRequest
  /** The path as sent, before `?`. */
  readonly uriPath: string
  /** The query string as sent, after `?`; empty when there is none. */
  readonly queryString: string
  /** The first value of a header, by lower-case name. */
  header(name: string): string | undefined
  /** The values of one component: of a body, as its content says (JSON, form, multipart, XML, GraphQL, else one text). */
  values(component: Component): readonly InspectedValue[]
}
