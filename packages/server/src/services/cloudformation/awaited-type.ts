import type { Context } from '../../kernel/context.ts'
import type { ResourceBefore, ResourceState } from '../../kernel/resource-type.ts'
import type { JsonObject } from './engine/json.ts'
import type { StackRow, Step } from './store.ts'

/** What an awaited type works on. */
export interface AwaitedWork {
  readonly ctx: Context
  readonly stack: StackRow
  readonly step: Step
  readonly logicalId: string
  readonly type: string
  readonly verb: 'create' | 'update' | 'delete'
  readonly properties: JsonObject
  readonly before?: ResourceBefore
}

/** How far awaited work is. */
export type Outcome =
  { readonly state: 'done'; readonly resource?: ResourceState } | { readonly state: 'pending' }

/** A type whose work is done elsewhere: begun, and asked after until it is done. Failures throw. */
export interface AwaitedType {
  readonly matches: (type: string) => boolean
  /** Properties whose change makes a new resource. */
  readonly replacing: readonly string[]
  readonly begin: (work: AwaitedWork) => Promise<Outcome>
  readonly ask: (work: AwaitedWork) => Promise<Outcome>
}
