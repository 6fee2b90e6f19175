import type { State } from './state.ts'
import { readName } from './names.ts'

/** Reads the beginning of a clause: `order by`, `where`, `into outfile`, … */
export function readClause(state: State, word: string): void {
  const lexer = state.lexer
  const frame = state.frame
  const evidence = state.evidence
  switch (word) {
    case 'order':
    case 'group':
      if (lexer.next() !== 'word' || lexer.word !== 'by') {
        state.finish('garbage')
        return
      }
      state.leave('clause')
      nextPart(state, false)
      if (evidence.probe === 0) evidence.probe = probing(state) ? 2 : 1
      return
    case 'having':
    case 'where':
      state.leave('clause')
      nextPart(state, true)
      frame.where = frame.query !== undefined
      if (evidence.probe === 0) evidence.probe = 1
      return
    case 'limit':
    case 'offset':
    case 'fetch':
      state.leave('clause')
      nextPart(state, false)
      return
    case 'procedure':
      if (lexer.next() === 'word' && lexer.word === 'analyse') {
        state.leave('clause')
        evidence.sideEffect = 'procedure analyse'
        state.due = 'operand'
        lexer.back()
      } else state.finish('garbage')
      return
    case 'into':
      into(state)
      return
    case 'from':
    case 'for':
      from(state, word)
      return
    case 'as':
      as(state)
      return
    default:
      state.finish('garbage')
  }
}

/** Order by a number, a function or a case: nobody sorts so in a search form. */
function probing(state: State): boolean {
  const lexer = state.lexer
  const kind = lexer.next()
  const found =
    kind === 'number' ||
    kind === 'open' ||
    (kind === 'word' && (lexer.word === 'case' || lexer.peek() === 0x28))
  lexer.back()
  return found
}

function nextPart(state: State, condition: boolean): void {
  const frame = state.frame
  state.endTerm()
  if (frame.query !== undefined) frame.query = 'rest'
  frame.startTerm(condition)
  state.due = 'operand'
}

function into(state: State): void {
  const lexer = state.lexer
  const kind = lexer.next()
  if (kind === 'word' && (lexer.word === 'outfile' || lexer.word === 'dumpfile')) {
    state.leave('clause')
    state.evidence.sideEffect = `into ${lexer.word}`
    nextPart(state, false)
    return
  }
  if (kind === 'variable') {
    state.leave('clause')
    state.evidence.informative += 1
    return
  }
  if (state.frame.query !== undefined && (kind === 'word' || kind === 'name')) {
    readName(state, lexer.word)
    return
  }
  state.finish('garbage')
}

function from(state: State, word: string): void {
  const frame = state.frame
  if (frame.kind === 'call') {
    state.endTerm()
    frame.startTerm(false)
    state.due = 'operand'
    return
  }
  if (word === 'for') {
    if (frame.query === undefined) {
      state.finish('garbage')
      return
    }
    while (state.lexer.next() === 'word');
    state.lexer.back()
    return
  }
  state.leave('clause')
  state.endTerm()
  frame.startTerm(false)
  frame.aliased = false
  if (frame.query === 'list') frame.from = true
  if (frame.query === undefined) frame.query = 'rest'
  else frame.query = 'tables'
  state.due = 'operand'
}

function as(state: State): void {
  const lexer = state.lexer
  const frame = state.frame
  const kind = lexer.next()
  if (frame.kind === 'call') {
    // `cast(x as decimal(10, 2))`
    while (lexer.next() === 'word');
    if (lexer.kind === 'open') while (['number', 'comma'].includes(lexer.next()));
    else lexer.back()
    return
  }
  if (kind === 'open' && frame.query === 'tables') {
    state.push('group', '(')
    return
  }
  if (kind !== 'word' && kind !== 'string' && kind !== 'name') state.finish('garbage')
}
