import type { Evidence, Prefix } from './evidence.ts'

/** How much a finding must say before it counts; AWS's names. */
export type Sensitivity = 'LOW' | 'HIGH'

/**
 * Judges a value that was read as standing where a number or a name is due.
 *
 * @returns what it is, in words for people; undefined when it may well be ordinary.
 */
export function bareVerdict(evidence: Evidence, sensitivity: Sensitivity): string | undefined {
  const high = sensitivity === 'HIGH'
  if (evidence.own) return statementVerdict(evidence, high)
  const sure = sureOfAny(evidence)
  if (sure !== undefined) return sure
  const { exit, prefix, ending } = evidence
  const whole = ending !== 'garbage'
  if (evidence.constantComparisons > 0 && (exit !== undefined || evidence.closes > 0)) {
    if (exit === 'boolean' ? whole || plainPrefix(prefix) : whole && (exit !== 'operator' || high))
      return 'a condition on constants'
  }
  if (evidence.constantComparisons > 0 && whole && evidence.informative > 0)
    return 'a call with a condition on constants'
  if (evidence.selfComparisons > 0 && exit === 'boolean' && whole) return 'a tautology'
  if (
    evidence.sideEffect !== '' &&
    whole &&
    (evidence.list === 0 || exit !== undefined || evidence.sideEffect !== 'sleep')
  ) {
    return `${evidence.sideEffect} in an expression`
  }
  if (evidence.systemName !== '' && whole && evidence.wholeQuery > 0)
    return `a query of ${evidence.systemName}`
  const commented =
    (ending === 'comment' && commentEnds(evidence)) ||
    evidence.comments > 0 ||
    evidence.versioned > 0
  const plain = plainPrefix(prefix)
  if (exit === 'boolean' && whole && ending !== 'fragment') {
    if (evidence.informative > 0) return 'a condition on what the database tells of itself'
    if (evidence.comparisons > 0 && plain && (commented || prefix === 'number' || high))
      return 'a condition added to a number'
    if (evidence.truths > 0 && plain && commented) return 'a condition added to a number'
    if (evidence.truths > 0 && evidence.calls > 0 && (prefix === 'number' || (plain && high)))
      return 'a call as a condition'
  }
  if (exit === 'concatenation' && whole && (evidence.informative > 0 || (commented && plain)))
    return 'concatenation with an expression'
  if (evidence.probe === 2 && whole && (plain || commented)) return 'probing of the statement'
  if (
    evidence.conditional &&
    whole &&
    (evidence.constantComparisons > 0 || evidence.comparisons > 0)
  )
    return 'a conditional expression'
  if (exit === 'clause' && evidence.informative > 0 && plain && whole)
    return 'a clause that keeps what was found'
  if (evidence.unionFragment && (plain || high)) return 'the beginning of a union'
  if (
    evidence.closes > 0 &&
    ending === 'comment' &&
    prefix !== 'expression' &&
    plain &&
    evidence.tail.trim() === ''
  )
    return 'a closed bracket and a comment'
  if (high) {
    if (evidence.informative > 0 && whole && ending !== 'fragment')
      return 'a call that asks about the database'
    if (evidence.closes > 0 && exit === 'boolean' && whole)
      return 'a closed bracket and a condition'
  }
  return undefined
}

/**
 * Judges a value that was read as standing in a literal which its first quote has closed.
 *
 * @param before the text before that quote
 */
export function literalVerdict(
  evidence: Evidence,
  sensitivity: Sensitivity,
  before: string,
): string | undefined {
  const high = sensitivity === 'HIGH'
  const sure = sureOfAny(evidence)
  if (sure !== undefined) return sure
  const { exit, ending } = evidence
  const whole = ending !== 'garbage'
  const short = /^ ?[\w%@."'\\-]{0,40} ?$/.test(before)
  if (
    evidence.constantComparisons > 0 &&
    exit !== undefined &&
    exit !== 'operator' &&
    exit !== 'comparison'
  ) {
    return 'a condition on constants after a closed literal'
  }
  if (evidence.sideEffect !== '' && (whole || exit !== undefined))
    return `${evidence.sideEffect} after a closed literal`
  if (exit === 'boolean' || exit === 'concatenation') {
    if (whole && ending !== 'fragment') {
      if (evidence.selfComparisons > 0) return 'a tautology after a closed literal'
      if (evidence.comparisons > 0) return 'a condition after a closed literal'
      if (evidence.informative > 0) return 'a condition on what the database tells of itself'
      if (ending === 'comment') return 'a condition and a comment after a closed literal'
      if (evidence.calls > 0 && evidence.truths > 0)
        return 'a call as a condition after a closed literal'
      if (
        evidence.truths > 0 &&
        ending === 'literal' &&
        short &&
        !before.endsWith(' ') &&
        /^["'`]?[\w%]{0,40}["'`]?$/.test(evidence.tail)
      )
        return 'a condition after a closed literal'
    }
    if (high && short && whole) return 'a boolean operator after a closed literal'
  }
  const ended =
    ending === 'comment'
      ? commentEnds(evidence)
      : ending === 'literal' && /^["'`]?[\w%]{0,40}["'`]?$/.test(evidence.tail)
  if (
    short &&
    evidence.directComparison &&
    (ended || (ending === 'comment' && exit === 'comparison'))
  )
    return 'a comparison with the literal itself'
  if (short && ended && (exit === 'operator' || exit === 'comparison'))
    return 'an operator after a closed literal'
  if (evidence.probe > 0 && whole && (evidence.probe === 2 || ending === 'comment'))
    return 'probing of the statement'
  if (evidence.conditional && whole) return 'a conditional expression after a closed literal'
  if (evidence.unionFragment) return 'the beginning of a union'
  if (ending === 'comment' && commentEnds(evidence) && (short || high))
    return 'a comment that cuts the statement off after a closed literal'
  if (high && short && ending === 'semicolon') return 'a semicolon after a closed literal'
  if (high && evidence.closes > 0 && whole && short) return 'closed brackets after a closed literal'
  return undefined
}

/** What a value begins with when it is to stand for a number, or for nothing. */
function plainPrefix(prefix: Prefix): boolean {
  return prefix === 'number' || prefix === 'empty' || prefix === 'string'
}

const shortStatements = new Set(['waitfor', 'declare', 'if', 'print'])

/** Judges a value that is a statement from its first word on: people write such to each other, but not of everything. */
function statementVerdict(evidence: Evidence, high: boolean): string | undefined {
  if (evidence.wholeQuery === 0 && evidence.union === 0) return undefined
  const { ending } = evidence
  if (ending === 'garbage') return undefined
  if (evidence.sideEffect !== '') return `a statement with ${evidence.sideEffect}`
  if (evidence.systemName !== '') return `a query of ${evidence.systemName}`
  if (evidence.wholeQuery === 2 && shortStatements.has(evidence.verb))
    return `a statement (${evidence.verb})`
  if (evidence.constantComparisons > 0 || evidence.selfComparisons > 0)
    return 'a statement with a tautology'
  if (evidence.glued && evidence.from) return 'a statement without white space'
  return high && (evidence.wholeQuery === 2 || evidence.union === 2)
    ? 'a whole statement'
    : undefined
}

/**
 * Judges what was read from the middle of a text that does not hang together as SQL.
 */
export function passageVerdict(evidence: Evidence): string | undefined {
  if (evidence.union === 2 && (evidence.ending !== 'garbage' || evidence.items > 0))
    return 'a union with another query'
  if (evidence.subselect === 0) return undefined
  if (evidence.sideEffect !== '') return `a query with ${evidence.sideEffect}`
  if (evidence.subselect === 2 && (evidence.constantComparisons > 0 || evidence.systemName !== ''))
    return 'a query within an expression'
  return undefined
}

/** A comment says that the rest is to be dropped when nothing, or a word of nonsense, stands in it. */
function commentEnds(evidence: Evidence): boolean {
  return /^(?:[-+#/*]*| [-+#/*]*\w{0,24})[-+#/'")(]? *$/.test(evidence.tail)
}

/** Verbs that begin statements in other languages too. */
const sharedVerbs = new Set([
  'if',
  'while',
  'set',
  'print',
  'use',
  'do',
  'call',
  'begin',
  'declare',
])

function sureOfAny(evidence: Evidence): string | undefined {
  if (evidence.statement > 0 && evidence.prefix === 'expression' && sharedVerbs.has(evidence.verb))
    return undefined
  const added =
    evidence.verb === '' ? 'a union with another query' : `a further statement (${evidence.verb})`
  if (evidence.union === 2) return added
  if (evidence.union === 1 && evidence.exit !== undefined && evidence.ending !== 'garbage')
    return added
  if (evidence.statement === 2) return `a further statement (${evidence.verb})`
  if (evidence.statement === 1 && evidence.ending === 'statement')
    return `a further statement (${evidence.verb})`
  if (evidence.subselect === 2) return 'a query within an expression'
  if (evidence.subselect === 1 && evidence.exit !== undefined && evidence.ending !== 'garbage')
    return 'a query within an expression'
  return undefined
}
