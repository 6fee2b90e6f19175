import type { State } from './state.ts'
import { intervalUnits, wordClass } from './words.ts'
import { readClause } from './clauses.ts'
import { readSemicolon, readStatement, readUnion } from './queries.ts'

/** Reads what stands behind an operand. */
export function readOperator(state: State): void {
  const lexer = state.lexer
  switch (lexer.kind) {
    case 'end':
      state.finish('clean')
      return
    case 'comment':
      state.finish('comment')
      return
    case 'close':
      close(state)
      return
    case 'comma':
      comma(state)
      return
    case 'semicolon':
      readSemicolon(state)
      return
    case 'operator':
      symbol(state)
      return
    case 'word':
      operatorWord(state)
      return
    case 'open':
      openAfterOperand(state)
      return
    case 'string':
    case 'name':
    case 'number':
    case 'variable':
      juxtaposed(state)
      return
    default:
      state.finish('garbage')
  }
}

function close(state: State): void {
  const { word } = state.lexer
  const frame = state.frame
  const opening = frame.kind === 'brace' ? '}' : frame.kind === 'index' ? ']' : ')'
  if (state.frames.length > 1) {
    if (word === opening && frame.kind !== 'case') state.pop()
    else state.finish('garbage')
    return
  }
  if (word !== ')') {
    state.finish('garbage')
    return
  }
  state.endTerm()
  state.settle(frame, true)
  state.evidence.closes += 1
  frame.query = undefined
  frame.compared = false
  frame.condition = false
  frame.operands = 1
}

function comma(state: State): void {
  const frame = state.frame
  state.endTerm()
  frame.items += 1
  frame.aliased = false
  frame.startTerm(false)
  state.due = 'operand'
}

function openAfterOperand(state: State): void {
  const { lexer } = state
  const { word } = lexer
  if (word === '[') {
    state.push('index', '[')
    return
  }
  if (word === '(' && state.atStart && lexer.next() === 'word' && lexer.word === 'select') {
    lexer.back()
    state.leave('close')
    state.push('group', '(')
    return
  }
  state.finish('garbage')
}

/** Two operands in a row: literals that are joined, an alias, the unit of an interval. */
function juxtaposed(state: State): void {
  const lexer = state.lexer
  const frame = state.frame
  if (frame.lastKind === 'number' && frame.last.endsWith('.')) {
    frame.lastKind = 'word'
    return
  }
  if (lexer.kind === 'string' && frame.lastKind === 'string' && !state.atStart) {
    frame.last = ''
    return
  }
  if (frame.query !== undefined && !frame.aliased && lexer.kind !== 'number') {
    frame.aliased = true
    if (lexer.kind === 'string') frame.lastKind = 'string'
    return
  }
  state.finish('garbage')
}

function symbol(state: State): void {
  const lexer = state.lexer
  const { word } = lexer
  switch (word) {
    case '||':
    case '&&':
      state.boolean(word === '||' ? 'concatenation' : 'boolean')
      return
    case '::':
      if (lexer.next() !== 'word' && lexer.kind !== 'name') state.finish('garbage')
      return
    case '=':
    case '==':
    case '<=>':
    case '<>':
    case '!=':
    case '^=':
    case '<':
    case '>':
    case '<=':
    case '>=':
    case '!<':
    case '!>':
    case '~*':
    case '!~':
    case '!~*':
    case '~~':
    case '@>':
    case '<@':
    case '?':
    case '?|':
    case '?&':
    case '@?':
    case '*=':
    case '=*':
      state.comparison()
      return
    case '~':
      if (state.frame.lastKind === 'string') state.comparison()
      else {
        state.leave('operator')
        state.due = 'operand'
      }
      return
    case '!':
    case ':':
      state.finish('garbage')
      return
    default:
      state.leave('operator')
      state.due = 'operand'
  }
}

function operatorWord(state: State): void {
  const lexer = state.lexer
  const { word } = lexer
  const frame = state.frame
  switch (wordClass(word)) {
    case 'boolean':
      state.boolean('boolean')
      return
    case 'comparison':
      comparisonWord(state, word)
      return
    case 'not': {
      const negated = lexer.next() === 'word' ? lexer.word : ''
      if (wordClass(negated) === 'comparison' && negated !== 'is') comparisonWord(state, negated)
      else state.finish('garbage')
      return
    }
    case 'arithmetic':
      state.leave('operator')
      state.due = 'operand'
      return
    case 'set':
      readUnion(state)
      return
    case 'clause':
      readClause(state, word)
      return
    case 'case':
      if (frame.kind !== 'case' || word === 'case') state.finish('garbage')
      else caseWord(state, word)
      return
    case 'suffix':
      suffix(state, word)
      return
    case 'join':
      if (frame.kind === 'call' && word === 'using') lexer.next()
      else if (frame.query === undefined) state.finish('garbage')
      else join(state, word)
      return
    case 'query':
    case 'verb':
      readStatement(state, word)
      return
    default:
      alias(state, word)
  }
}

function alias(state: State, word: string): void {
  const frame = state.frame
  if (frame.interval && intervalUnits.has(word)) {
    frame.interval = false
    return
  }
  if (frame.lastKind === 'number' && frame.last.endsWith('.') && frame.query !== undefined) return
  if (frame.query === undefined || frame.aliased) {
    state.finish('garbage')
    return
  }
  frame.aliased = true
}

function comparisonWord(state: State, word: string): void {
  const lexer = state.lexer
  const frame = state.frame
  if (word === 'is') {
    if (lexer.next() === 'word' && lexer.word === 'not') lexer.next()
    const constant = lexer.kind === 'number' || (lexer.kind === 'word' && isAfterIs(lexer.word))
    if (!constant) {
      state.finish('garbage')
      return
    }
    state.comparison()
    if (lexer.word === 'distinct') {
      lexer.next()
      return
    }
    state.atom(lexer.word, 'number', true)
    return
  }
  if (word === 'sounds' || word === 'similar' || word === 'member') {
    lexer.next()
    if (lexer.kind !== 'word' || !['like', 'to', 'of'].includes(lexer.word)) {
      state.finish('garbage')
      return
    }
  } else if (word === 'in' && lexer.peek() !== 0x28 && lexer.peek() !== 0x40) {
    searchMode(state)
    return
  }
  state.comparison()
  if (word === 'between') frame.between = true
}

/** `match (…) against ('…' in boolean mode)` */
function searchMode(state: State): void {
  const { lexer } = state
  if (lexer.next() === 'word' && (lexer.word === 'boolean' || lexer.word === 'natural')) {
    while (lexer.next() === 'word' && modeWords.has(lexer.word));
    lexer.back()
  } else state.finish('garbage')
}

function caseWord(state: State, word: string): void {
  const frame = state.frame
  state.endTerm()
  if (word === 'end') {
    state.evidence.conditional = true
    state.pop()
    return
  }
  frame.startTerm(word === 'when')
  state.due = 'operand'
}

function suffix(state: State, word: string): void {
  const lexer = state.lexer
  if (word === 'asc' || word === 'desc') return
  if (word === 'over' && lexer.peek() === 0x28) {
    lexer.next()
    state.push('group', 'over')
    return
  }
  if (word === 'escape') {
    state.due = 'operand'
    return
  }
  if (word === 'collate' || word === 'nulls') {
    lexer.next()
    return
  }
  alias(state, word)
}

function join(state: State, word: string): void {
  const frame = state.frame
  frame.aliased = false
  if (word === 'on') {
    frame.startTerm(true)
    state.due = 'operand'
    return
  }
  if (word === 'join' || word === 'straight_join' || word === 'using' || word === 'lateral')
    state.due = 'operand'
}

function isAfterIs(word: string): boolean {
  return word === 'distinct' || wordClass(word) === 'constant'
}

const modeWords = new Set(['language', 'mode'])
