import type { Evidence } from './evidence.ts'
import type { Lexer } from './lexer.ts'
import { readOperand } from './operands.ts'
import { readOperator } from './operators.ts'
import { State } from './state.ts'
import type { Place } from './state.ts'

/** Tokens after which a reading gives up: far more than it takes to see what a value is. */
const tokenLimit = 1500

/**
 * Reads a value as the continuation of an SQL statement: operands and operators by turns, nested as far as it goes, and notes what
 * it finds. It needs no tree, since a value may close brackets that it has not opened and leave open what the application closes.
 */
export function readValue(lexer: Lexer, place: Place, limit = tokenLimit): Evidence {
  const state = new State(lexer, place)
  const { evidence } = state
  while (!state.done) {
    lexer.next()
    evidence.tokens += 1
    if (evidence.tokens > limit) state.finish('garbage')
    else if (state.due === 'operand') readOperand(state)
    else readOperator(state)
    if (state.handedOver) {
      state.handedOver = false
      readOperator(state)
    }
    state.atStart = false
  }
  evidence.comments = lexer.comments
  evidence.versioned = lexer.versioned
  evidence.end = lexer.end
  return evidence
}
