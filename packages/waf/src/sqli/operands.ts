import type { State } from './state.ts'
import { beginQuery } from './queries.ts'
import { readName } from './names.ts'
import { statementStrength } from './statement.ts'
import { wordClass } from './words.ts'

/** Reads what stands where an operand is due. */
export function readOperand(state: State): void {
  const lexer = state.lexer
  switch (lexer.kind) {
    case 'number':
    case 'variable':
      if (lexer.kind === 'variable' && lexer.word.startsWith('@@')) state.evidence.informative += 1
      numberOrVariable(state)
      return
    case 'string':
      state.atom(lexer.word, 'string', true)
      return
    case 'word':
      operandWord(state)
      return
    case 'name':
      readName(state, lexer.word)
      return
    case 'open':
      openOperand(state)
      return
    case 'close':
      closeEmpty(state)
      return
    case 'operator':
      unary(state)
      return
    case 'end':
      state.finish('fragment')
      return
    case 'comment':
      state.evidence.tail = lexer.word
      state.finish(state.atStart ? 'comment' : 'fragment')
      return
    case 'comma':
    case 'semicolon':
      if (state.atStart) {
        state.handOver()
        return
      }
      state.finish('fragment')
      return
    default:
      state.finish('garbage')
  }
}

function numberOrVariable(state: State): void {
  const { word, kind } = state.lexer
  // `$1` is a parameter of a statement, `$name` is of another language.
  const constant = kind === 'number' || word.startsWith('@') || /^\$[0-9]/.test(word)
  state.atom(word, kind === 'number' ? 'number' : 'variable', constant)
}

function openOperand(state: State): void {
  const lexer = state.lexer
  if (lexer.word === '[') {
    lexer.bracketedName()
    readName(state, lexer.word)
    return
  }
  if (lexer.word === '{') {
    // ODBC and MySQL: `{fn now()}`, `{d '2020-01-01'}`, `{x 1}`.
    const kind = lexer.next()
    if (kind !== 'word' && kind !== 'name') {
      state.finish('garbage')
      return
    }
    state.push('brace', '{')
    return
  }
  state.push('group', '(')
}

function closeEmpty(state: State): void {
  const frame = state.frame
  if (state.atStart) {
    state.handOver()
    return
  }
  if (
    (frame.kind === 'call' || frame.name === 'over') &&
    frame.operands === 0 &&
    state.lexer.word === ')'
  )
    state.pop()
  else state.finish('garbage')
}

function unary(state: State): void {
  const lexer = state.lexer
  const { word } = lexer
  if (word === '*' && (state.frame.query === 'list' || state.frame.kind === 'call')) {
    state.atom('*', 'star', false)
    return
  }
  if (/^[-+~!]$/.test(word)) return
  if (state.atStart) {
    state.handOver()
    return
  }
  state.finish('garbage')
}

function operandWord(state: State): void {
  const lexer = state.lexer
  const { word } = lexer
  const found = wordClass(word)
  const call = lexer.peek() === 0x28
  switch (found) {
    case undefined:
    case 'join':
    case 'verb':
    case 'arithmetic':
    case 'suffix':
      if (
        found === 'verb' &&
        state.atStart &&
        (!call || word === 'if') &&
        wholeStatement(state, word)
      )
        return
      if (found === undefined || call) readName(state, word)
      else if (state.frame.query !== undefined || found === 'verb') readName(state, word)
      else state.finish('garbage')
      return
    case 'constant':
      if (call) readName(state, word)
      else state.atom(word, 'number', true)
      return
    case 'not':
      return
    case 'unary':
      if (word === 'interval') state.frame.interval = true
      return
    case 'case':
      if (word === 'case') state.push('case', 'case')
      else if (word !== 'when' || state.frame.kind !== 'case') state.finish('garbage')
      return
    case 'query':
      query(state, word)
      return
    default:
      if (state.frame.name === 'over' && word === 'order') {
        lexer.next()
      } else if (state.atStart) {
        state.handOver()
      } else if (call && (word === 'like' || word === 'regexp_like' || word === 'glob'))
        readName(state, word)
      else state.finish('garbage')
  }
}

/** The value begins with a verb: perhaps it is a statement from beginning to end. */
function wholeStatement(state: State, word: string): boolean {
  const evidence = state.evidence
  const at = state.lexer.end
  const strength = statementStrength(state.lexer, word)
  if (strength > 0) {
    evidence.verb = word
    evidence.own = true
    evidence.wholeQuery = strength
    state.scanRest(at)
    state.finish('statement')
    return true
  }
  state.lexer.end = at
  return false
}

function query(state: State, word: string): void {
  const lexer = state.lexer
  const frame = state.frame
  if (word === 'values' && lexer.peek() === 0x28 && frame.kind !== 'group' && !state.atStart) {
    readName(state, word)
    return
  }
  if (word === 'values' ? lexer.peek() !== 0x28 : word === 'table' && !state.atStart) {
    readName(state, word)
    return
  }
  const begins =
    state.atStart || (frame.kind !== 'top' && frame.operands === 0) || frame.query === 'list'
  if (!begins) {
    state.finish('garbage')
    return
  }
  // The rest of a statement whose beginning came in another value is no statement of its own.
  if (state.atStart && !lexer.strayClose) state.evidence.own = true
  beginQuery(state, word, lexer.strayClose)
}
