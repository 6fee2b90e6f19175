import type { Json } from './json.ts'
import type { Scope } from './scope.ts'

/** What `AWS::NoValue` stands for: the property is left out. */
export const noValue = Symbol('AWS::NoValue')

/** What a value of a template comes to. */
export type Value = Json | typeof noValue

/** What a function evaluates its arguments with. */
export interface Evaluation {
  readonly scope: Scope
  readonly evaluate: (value: Json) => Value
}
