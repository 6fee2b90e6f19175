import type { Position } from '@aws-sdk/client-iam'

/** Where a statement stands in the text of its policy; lines and columns count from 1. */
export interface StatementSpan {
  readonly StartPosition: Position
  readonly EndPosition: Position
}

/** Finds the nth statement of a policy whose JSON is known to be well formed. */
export function statementSpan(text: string, index: number): StatementSpan {
  const [start, end] = spans(text)[index] ?? [0, text.length]
  return { StartPosition: positionAt(text, start), EndPosition: positionAt(text, end) }
}

/** The offsets of all objects directly under the top-level `Statement` member. */
function spans(text: string): (readonly [number, number])[] {
  const found: (readonly [number, number])[] = []
  const open: number[] = []
  let member = ''
  for (const token of text.matchAll(/"(?:[^"\\]|\\.)*"|[{}[\]]/g)) {
    const [piece] = token
    if (piece.startsWith('"')) {
      if (open.length === 1 && /^\s*:/.test(text.slice(token.index + piece.length))) {
        member = piece.slice(1, -1)
      }
    } else if (piece === '{' || piece === '[') open.push(token.index)
    else {
      const start = open.pop() ?? 0
      const isInArray = open.length === 2 && text[open[1] ?? 0] === '['
      const isStatement = piece === '}' && (open.length === 1 || isInArray)
      if (member === 'Statement' && isStatement) found.push([start, token.index + 1])
    }
  }
  return found
}

function positionAt(text: string, offset: number): Position {
  const before = text.slice(0, offset).split('\n')
  return { Line: before.length, Column: (before.at(-1)?.length ?? 0) + 1 }
}
