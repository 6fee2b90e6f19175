import { createScanner } from 'jsonc-parser'

/** The library's enumeration, which exists for the compiler only. */
const SyntaxKind = {
  OpenBraceToken: 1,
  CloseBraceToken: 2,
  OpenBracketToken: 3,
  CloseBracketToken: 4,
  CommaToken: 5,
  ColonToken: 6,
  NullKeyword: 7,
  TrueKeyword: 8,
  FalseKeyword: 9,
  StringLiteral: 10,
  NumericLiteral: 11,
  LineBreakTrivia: 14,
  Trivia: 15,
  EOF: 17,
} as const

const unexpectedEndOfString = 2

/** What a JSON text holds, in its order. */
export interface JsonVisitor {
  key(pointer: string, key: string): void
  text(pointer: string, text: string): void
}

/** Where a JSON text stopped being JSON; undefined when all of it was. */
export type JsonError = { readonly offset: number } | undefined

interface Level {
  readonly pointer: string
  readonly array: boolean
  index: number
  /** The pointer of the member under way; undefined while a key is awaited. */
  member: string | undefined
}

/**
 * Walks through a JSON text, or several one after another (ndjson), reporting keys and strings with their JSON pointers (RFC 6901).
 * Tolerant: a text that breaks off has been reported up to there, the string under way included. Duplicate keys are all reported.
 */
export function walkJson(text: string, visitor: JsonVisitor): JsonError {
  const scanner = createScanner(text, false)
  const levels: Level[] = []
  let roots = 0
  for (;;) {
    const kind: number = scanner.scan()
    const level = levels.at(-1)
    switch (kind) {
      case SyntaxKind.EOF:
        return levels.length === 0 ? undefined : { offset: text.length }
      case SyntaxKind.Trivia:
      case SyntaxKind.LineBreakTrivia:
      case SyntaxKind.NullKeyword:
      case SyntaxKind.TrueKeyword:
      case SyntaxKind.FalseKeyword:
      case SyntaxKind.NumericLiteral:
        break
      case SyntaxKind.CommaToken:
        if (level === undefined) return { offset: scanner.getTokenOffset() }
        level.index += 1
        level.member = undefined
        break
      case SyntaxKind.ColonToken:
        if (level?.member === undefined) return { offset: scanner.getTokenOffset() }
        break
      case SyntaxKind.OpenBraceToken:
      case SyntaxKind.OpenBracketToken: {
        const array = kind === SyntaxKind.OpenBracketToken
        if (level === undefined) roots += 1
        const pointer = level === undefined ? (roots > 1 ? `/${roots - 1}` : '') : place(level)
        levels.push({ pointer, array, index: 0, member: undefined })
        break
      }
      case SyntaxKind.CloseBraceToken:
      case SyntaxKind.CloseBracketToken:
        if (level === undefined || level.array !== (kind === SyntaxKind.CloseBracketToken)) {
          return { offset: scanner.getTokenOffset() }
        }
        levels.pop()
        break
      case SyntaxKind.StringLiteral:
        visitString(level, scanner.getTokenValue(), visitor)
        if (isUnfinished(scanner.getTokenError())) {
          return { offset: scanner.getTokenOffset() + scanner.getTokenLength() }
        }
        break
      default:
        return { offset: scanner.getTokenOffset() }
    }
  }
}

function isUnfinished(error: number): boolean {
  return error === unexpectedEndOfString
}

function visitString(level: Level | undefined, value: string, visitor: JsonVisitor): void {
  if (level === undefined) visitor.text('', value)
  else if (level.array || level.member !== undefined) visitor.text(place(level), value)
  else {
    level.member = `${level.pointer}/${/[~/]/.test(value) ? escaped(value) : value}`
    visitor.key(level.member, value)
  }
}

function place(level: Level): string {
  return level.member ?? `${level.pointer}/${level.index}`
}

function escaped(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1')
}
