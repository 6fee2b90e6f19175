import type { Evidence } from './evidence.ts'

/** How much a finding must say before it counts; AWS's names. */
export type Sensitivity = 'LOW' | 'HIGH'

/**
 * Judges a value that was read as standing where a number or a name is due.
 *
 * @returns what it is, in words for people; undefined when it may well be ordinary.
 */
export function bareVerdict(evidence: Evidence, sensitivity: Sensitivity): string | undefined {
  const high = sensitivity === 'HIGH'
  const sure = sureOfAny(evidence)
  if (sure !== undefined) return sure
  const { exit, prefix, ending } = evidence
  const whole = ending !== 'garbage'
  if (evidence.constantComparisons > 0 && (exit !== undefined || evidence.closes > 0)) {
    if (whole || prefix !== 'expression') return 'a condition on constants'
  }
  if (evidence.selfComparisons > 0 && exit === 'boolean' && whole) return 'a tautology'
  if (evidence.sideEffect !== '' && whole) {
    return `${evidence.sideEffect} in an expression`
  }
  if (evidence.systemName !== '' && whole && evidence.wholeQuery > 0)
    return `a query of ${evidence.systemName}`
  const commented = ending === 'comment' || evidence.comments > 0 || evidence.versioned > 0
  const plain = prefix === 'number' || prefix === 'empty' || prefix === 'string'
  if (exit === 'boolean' && whole && ending !== 'fragment') {
    if (evidence.informative > 0) return 'a condition on what the database tells of itself'
    if (evidence.comparisons > 0 && plain && (commented || prefix === 'number' || high))
      return 'a condition added to a number'
    if (evidence.truths > 0 && plain && commented) return 'a condition added to a number'
    if (evidence.truths > 0 && evidence.calls > 0 && plain) return 'a call as a condition'
  }
  if (exit === 'concatenation' && whole && (evidence.informative > 0 || (commented && plain)))
    return 'concatenation with an expression'
  if (
    evidence.probe === 2 &&
    whole &&
    (plain ? prefix !== 'empty' || commented || high : commented)
  )
    return 'probing of the statement'
  if (
    evidence.conditional &&
    whole &&
    (evidence.constantComparisons > 0 || evidence.comparisons > 0)
  )
    return 'a conditional expression'
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
    if (evidence.wholeQuery > 0 && whole) return 'a whole statement'
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
  const short = /^[\w%@.-]{0,40} ?$/.test(before)
  if (evidence.constantComparisons > 0 && exit !== undefined) {
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
        /^["'`]?[\w%]{0,40}["'`]?$/.test(evidence.tail)
      )
        return 'a condition after a closed literal'
    }
    if (high && short && whole) return 'a boolean operator after a closed literal'
  }
  if (evidence.directComparison && whole && short) return 'a comparison with the literal itself'
  if (exit === 'operator' && whole && short && (ending === 'literal' || ending === 'comment'))
    return 'an operator after a closed literal'
  if (evidence.probe > 0 && whole && (evidence.probe === 2 || ending === 'comment'))
    return 'probing of the statement'
  if (evidence.conditional && whole) return 'a conditional expression after a closed literal'
  if (evidence.unionFragment) return 'the beginning of a union'
  if ((ending === 'comment' || ending === 'semicolon') && commentEnds(evidence))
    return 'a comment that cuts the statement off after a closed literal'
  if (high && evidence.closes > 0 && whole && short) return 'closed brackets after a closed literal'
  return undefined
}

/** A comment says that the rest is to be dropped when next to nothing stands in it. */
function commentEnds(evidence: Evidence): boolean {
  return /^[-+*/#\s;]*[\w.]{0,40}[-+*/#\s;'")]*$/.test(evidence.tail)
}

function sureOfAny(evidence: Evidence): string | undefined {
  if (evidence.union === 2) return 'a union with another query'
  if (evidence.union === 1 && evidence.exit !== undefined && evidence.ending !== 'garbage')
    return 'a union with another query'
  if (evidence.statement === 2) return `a further statement (${evidence.verb})`
  if (evidence.statement === 1 && evidence.ending === 'statement')
    return `a further statement (${evidence.verb})`
  if (evidence.subselect === 2) return 'a query within an expression'
  if (evidence.subselect === 1 && evidence.exit !== undefined && evidence.ending !== 'garbage')
    return 'a query within an expression'
  return undefined
}
