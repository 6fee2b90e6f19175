import type { Json, JsonObject } from './json.ts'

/** A resource as other parts of the template see it. */
export interface KnownResource {
  /** What `Ref` gives. */
  readonly ref: string
  readonly attributes: JsonObject
}

/** Everything that the functions of a template look up. */
export interface Scope {
  /** Parameters and pseudo parameters, by name. */
  readonly parameters: Readonly<Record<string, Json>>
  readonly mappings: Readonly<Record<string, JsonObject>>
  readonly conditions: Readonly<Record<string, Json>>
  readonly transforms: readonly string[]
  /** A resource that is there; undefined for one that is yet to be made. */
  readonly resource: (logicalId: string) => KnownResource | undefined
  readonly isDeclared: (logicalId: string) => boolean
  /** The value of an export; undefined when there is none. */
  readonly exported: (name: string) => string | undefined
  readonly zonesOf: (region: string) => readonly string[]
}

/** A value depends on a resource that is not there yet. */
export class NotYetKnown extends Error {
  readonly logicalId: string
  constructor(logicalId: string) {
    super(`${logicalId} is not known yet`)
    this.logicalId = logicalId
  }
}
