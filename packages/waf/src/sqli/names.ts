import type { State } from './state.ts'
import { informative, isSideEffect, isSystemName } from './words.ts'

/** A name, its owners before it and, before a bracket, a call. */
export function readName(state: State, first: string): void {
  const lexer = state.lexer
  let path = first
  let plain = true
  while (lexer.peek() === 0x2e) {
    while (lexer.next() === 'dot') path += '.'
    if (lexer.kind === 'open' && lexer.word === '[') lexer.bracketedName()
    if (lexer.kind === 'operator' && lexer.word === '*') {
      state.atom('*', 'star', false)
      return
    }
    if (lexer.kind !== 'word' && lexer.kind !== 'name') {
      lexer.back()
      plain = false
      break
    }
    path += lexer.word
  }
  const evidence = state.evidence
  if (isSystemName(path)) {
    evidence.systemName = path
    if (state.frame.query !== undefined) state.frame.systemName = true
  }
  if (lexer.peek() !== 0x28 || !plain) {
    if (path.includes('.') && isSideEffect(path)) evidence.sideEffect = path
    state.atom(path, 'word', false)
    return
  }
  if (state.frame.query === 'tables' && !isSideEffect(path)) {
    // A table with its columns, or one that a call yields.
    lexer.next()
    state.push('call', path)
    return
  }
  lexer.next()
  if (isSideEffect(path)) evidence.sideEffect = path
  else if (
    informative.has(path.startsWith('dbo.') || path.startsWith('sys.') ? path.slice(4) : path)
  )
    evidence.informative += 1
  else evidence.calls += 1
  state.push('call', path)
}
