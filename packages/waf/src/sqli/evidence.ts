/** How what was read of a value ends. */
export type Ending =
  /** With the value, after an operand. */
  | 'clean'
  /** With a comment that takes the rest of the application's statement away. */
  | 'comment'
  /** In a literal that the application's own quote will close. */
  | 'literal'
  /** With a semicolon. */
  | 'semicolon'
  /** Where more would have to come. */
  | 'fragment'
  /** With something that is no SQL. */
  | 'garbage'
  /** In a further statement, whose beginning said enough. */
  | 'statement'

/** By what the value's own place was left. */
export type Exit =
  'boolean' | 'concatenation' | 'comparison' | 'operator' | 'set' | 'statement' | 'clause' | 'close'

/** What stood before the exit. */
export type Prefix = 'empty' | 'number' | 'string' | 'word' | 'expression'

/** 0: nothing; 1: may be prose too; 2: nothing but SQL. */
export type Strength = 0 | 1 | 2

/** What a reading of a value as the continuation of a statement has found. */
export interface Evidence {
  ending: Ending
  exit: Exit | undefined
  prefix: Prefix
  /** Closing brackets of the application's statement. */
  closes: number
  /** Comparisons of constants with constants, `1=1`, where a condition stands. */
  constantComparisons: number
  /** `a=a` */
  selfComparisons: number
  /** `name='x'` */
  comparisons: number
  /** Conditions without a comparison: `or 1`, `or 'a'`. */
  truths: number
  /** The value compared with something itself: `'='`. */
  directComparison: boolean
  union: Strength
  /** `union`, `union all select` at the value's end. */
  unionFragment: boolean
  subselect: Strength
  statement: Strength
  verb: string
  /** The name of a function or clause that waits, calls out or reads files. */
  sideEffect: string
  informative: number
  calls: number
  systemName: string
  /** `order by 7`, `having`: finding out about the statement. */
  probe: Strength
  conditional: boolean
  /** The value is a statement from its first word on. */
  own: boolean
  wholeQuery: Strength
  /** No white space between `select` and its list. */
  glued: boolean
  from: boolean
  /** Commas in lists of queries. */
  items: number
  /** Commas outside all brackets. */
  list: number
  comments: number
  versioned: number
  tokens: number
  start: number
  end: number
  /** Text of a comment that ends it all, or of the literal that is left open. */
  tail: string
}

/** Evidence before anything was read. */
export function noEvidence(start: number): Evidence {
  return {
    ending: 'garbage',
    exit: undefined,
    prefix: 'empty',
    closes: 0,
    constantComparisons: 0,
    selfComparisons: 0,
    comparisons: 0,
    truths: 0,
    directComparison: false,
    union: 0,
    unionFragment: false,
    subselect: 0,
    statement: 0,
    verb: '',
    sideEffect: '',
    informative: 0,
    calls: 0,
    systemName: '',
    probe: 0,
    conditional: false,
    own: false,
    wholeQuery: 0,
    glued: false,
    from: false,
    items: 0,
    list: 0,
    comments: 0,
    versioned: 0,
    tokens: 0,
    start,
    end: start,
    tail: '',
  }
}
