import type { State } from './state.ts'
import { readName } from './names.ts'
import { informative, isSideEffect, selectModifiers, wordClass } from './words.ts'
import { statementStrength } from './statement.ts'

/** Goes into a query, whose first word was read. */
export function beginQuery(state: State, word: string, union: boolean): void {
  const lexer = state.lexer
  const frame = state.frame
  frame.startQuery(union)
  state.due = 'operand'
  if (word === 'with') {
    beginWith(state)
    return
  }
  if (word === 'table') {
    frame.query = 'tables'
    frame.from = true
    frame.literalList = true
    return
  }
  if (word === 'values') {
    frame.literalList = true
    return
  }
  if ('~!@\\-+.`'.includes(lexer.text.charAt(lexer.end))) state.evidence.glued = true
  let kind = lexer.next()
  while (kind === 'word' && selectModifiers.has(lexer.word)) kind = lexer.next()
  if (kind === 'word' && lexer.word === 'top') {
    if (lexer.next() === 'open') {
      while (lexer.next() !== 'close') if (lexer.kind === 'end') break
    }
    frame.literalList = true
  } else lexer.back()
}

/** `with x as (select …) select …`, `with recursive x(n) as (…)` */
function beginWith(state: State): void {
  const { lexer, frame } = state
  let kind = lexer.next()
  if (kind === 'word' && lexer.word === 'recursive') kind = lexer.next()
  const columns = lexer.peek() === 0x28
  if ((kind !== 'word' && kind !== 'name') || (!columns && lexer.next() !== 'word')) {
    state.finish('garbage')
    return
  }
  if (!columns && (lexer.word !== 'as' || lexer.peek() !== 0x28)) {
    state.finish('garbage')
    return
  }
  frame.query = 'tables'
  frame.from = true
  if (columns) {
    state.atom('', 'word', false)
    lexer.next()
    state.push('call', 'with')
  }
}

/** Reads what joins two queries, up to the list of the second. */
export function readUnion(state: State): void {
  const lexer = state.lexer
  const evidence = state.evidence
  const frame = state.frame
  const comments = lexer.comments + lexer.versioned - (lexer.hidden ? 1 : 0)
  state.leave('set')
  state.endTerm()
  state.settle(frame, true)
  let kind = lexer.next()
  while (kind === 'word' && ['all', 'distinct', 'distinctrow', 'unique'].includes(lexer.word))
    kind = lexer.next()
  if (kind === 'end' || kind === 'comment') {
    evidence.unionFragment = true
    state.finish('fragment')
    return
  }
  while (kind === 'open' && lexer.word === '(') {
    state.push('group', '(')
    kind = lexer.next()
  }
  if (kind !== 'word' || wordClass(lexer.word) !== 'query') {
    state.finish('garbage')
    return
  }
  const ends = lexer.peek() === 0
  beginQuery(state, lexer.word, true)
  if (ends) evidence.unionFragment = true
  // Nobody puts comments between these two words but to hide them.
  if (lexer.comments + lexer.versioned > comments) evidence.union = 2
}

/** A further statement with nothing before it: SQL Server takes it without a semicolon. */
export function readStatement(state: State, word: string): void {
  const { lexer, evidence, frame } = state
  if (wordClass(word) === 'query') {
    // After `with x as (…)`.
    if (word === 'select' && frame.query === 'tables') {
      state.settle(frame, true)
      beginQuery(state, word, false)
    } else if (word === 'select' && evidence.prefix !== 'string' && state.prefix() === 'number') {
      state.leave('statement')
      beginQuery(state, word, true)
    } else state.finish('garbage')
    return
  }
  const at = lexer.end
  const strength = statementStrength(lexer, word)
  lexer.end = at
  if (strength === 2) {
    state.scanRest(at)
    if (alone.has(word) || evidence.sideEffect !== '') {
      state.leave('statement')
      evidence.statement = 2
      evidence.verb = word
      state.finish('statement')
      return
    }
  }
  state.finish('garbage')
}

/** Statements that nobody writes without meaning them. */
const alone = new Set(['waitfor', 'declare'])

/** Reads the semicolon after a statement, and the statement after it. */
export function readSemicolon(state: State): void {
  const lexer = state.lexer
  const evidence = state.evidence
  state.endTerm()
  state.settle(state.frame, true)
  let kind = lexer.next()
  while (kind === 'semicolon' || kind === 'close') kind = lexer.next()
  if (kind === 'end' || kind === 'comment') {
    state.frame.operands = 0
    state.finish('semicolon')
    return
  }
  while (kind === 'open' && lexer.word === '(') kind = lexer.next()
  const { word } = lexer
  const found = kind === 'word' ? wordClass(word) : undefined
  if (found === 'query') {
    state.leave('statement')
    evidence.verb = word
    while (state.frames.length > 1) state.frames.pop()
    state.frame = state.frames[0] ?? state.frame
    beginQuery(state, word, true)
    return
  }
  if (found === 'boolean') {
    state.boolean('boolean')
    return
  }
  if (kind === 'word' && lexer.peek() === 0x28 && (isSideEffect(word) || informative.has(word))) {
    state.leave('statement')
    readName(state, word)
    return
  }
  if (found === 'verb') {
    const at = lexer.end
    const strength = statementStrength(lexer, word)
    if (strength > 0) {
      state.leave('statement')
      evidence.verb = word
      evidence.statement = strength
      state.scanRest(at)
      state.finish('statement')
      return
    }
  }
  state.frame.operands = 0
  state.finish('garbage')
}
