import type { Strength } from './evidence.ts'

/** What a bracket, a call, a case or the value itself holds. */
export type FrameKind = 'top' | 'group' | 'call' | 'case' | 'brace' | 'index'

/** Where within a query reading is. */
export type QueryPart = 'list' | 'tables' | 'rest'

/** One level of nesting while a value is read: the term that is being read, and the query it may belong to. */
export class Frame {
  readonly kind: FrameKind
  readonly name: string
  /** Only brackets that group lie between here and the value's own place. */
  outside = true
  /** All operands of the term are constants. */
  constant = true
  /** So are those of the terms before. */
  pure = true
  compared = false
  operands = 0
  left = ''
  last = ''
  lastKind = ''
  /** The term is a condition: it stands after `or`, `where`, … */
  condition = false
  /** The term follows `and` or `or`. */
  joined = false
  /** `between` waits for its `and`. */
  between = false
  interval = false
  ordering = false
  query: QueryPart | undefined
  union = false
  items = 0
  /** Something in the list is no mere name: a number, a call, `*`. */
  literalList = false
  from = false
  aliased = false
  where = false
  systemName = false
  hadQuery = false

  constructor(kind: FrameKind, name: string) {
    this.kind = kind
    this.name = name
  }

  startTerm(condition: boolean): void {
    if (!this.constant) this.pure = false
    this.constant = true
    this.compared = false
    this.operands = 0
    this.left = ''
    this.last = ''
    this.condition = condition
    this.joined = false
  }

  startQuery(union: boolean): void {
    this.query = 'list'
    this.hadQuery = true
    this.union = union
    this.items = 0
    this.literalList = false
    this.from = false
    this.aliased = false
    this.where = false
    this.systemName = false
    this.startTerm(false)
  }

  /** How surely what was read after `select` is a query and no prose. */
  queryStrength(ended: boolean): Strength {
    if (this.systemName || this.where) return 2
    if (this.from) return this.literalList || this.items > 0 ? 2 : 1
    if (this.literalList) return ended || this.items > 0 ? 2 : 1
    return this.items > 1 ? 2 : this.items > 0 ? 1 : 0
  }
}
