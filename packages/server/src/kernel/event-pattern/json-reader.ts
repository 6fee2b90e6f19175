import { createScanner } from 'jsonc-parser'
import type { JSONScanner } from 'jsonc-parser'
import { locationOf, PatternError } from './pattern-error.ts'

/** What a token of a JSON text is. `field` is a name before a colon. */
export type TokenKind =
  '{' | '}' | '[' | ']' | 'field' | 'string' | 'number' | 'true' | 'false' | 'null'

/** A token with where EventBridge's parser stands once it has seen it. */
export interface Token {
  readonly kind: TokenKind
  /** The text between the quotes, or the literal as it is written. */
  readonly text: string
  /** Offset behind what had to be read to know the kind: one character of a string, all of the rest. */
  readonly seen: number
  /** Offset behind the whole token. */
  readonly end: number
}

/** The scanner's kinds of tokens, which it declares as a const enum. */
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
  Unknown: 16,
  EOF: 17,
}

const kinds: Readonly<Record<number, TokenKind>> = {
  [SyntaxKind.OpenBraceToken]: '{',
  [SyntaxKind.CloseBraceToken]: '}',
  [SyntaxKind.OpenBracketToken]: '[',
  [SyntaxKind.CloseBracketToken]: ']',
  [SyntaxKind.StringLiteral]: 'string',
  [SyntaxKind.NumericLiteral]: 'number',
  [SyntaxKind.TrueKeyword]: 'true',
  [SyntaxKind.FalseKeyword]: 'false',
  [SyntaxKind.NullKeyword]: 'null',
}

/** Reads a JSON text token by token and words what is wrong with it as EventBridge does. */
export class JsonReader {
  readonly #text: string
  readonly #tokens: readonly Token[]
  #next = 0
  #at = 0

  constructor(text: string) {
    this.#text = text
    checkSyntax(text)
    this.#tokens = tokensOf(text)
  }

  /** The next token; undefined at the end. */
  next(): Token | undefined {
    const token = this.#tokens[this.#next++]
    this.#at = token?.seen ?? this.#text.length
    return token
  }

  /** The content of a string token, which has then been read to its end. */
  textOf(token: Token): string {
    this.#at = token.end
    return token.text
  }

  /** Refuses the pattern at the place where the reader stands. */
  refuse(reason: string): never {
    throw new PatternError(reason + locationOf(this.#text, this.#at))
  }

  /** As `refuse`, from within a list of `anything-but`, where EventBridge gives the place twice. */
  refuseInList(reason: string): never {
    const location = locationOf(this.#text, this.#at)
    throw new PatternError(reason + location + location)
  }
}

function tokensOf(text: string): Token[] {
  const scanner = createScanner(text, true)
  const tokens: Token[] = []
  for (let kind: number = scanner.scan(); kind !== SyntaxKind.EOF; kind = scanner.scan()) {
    if (kind === SyntaxKind.ColonToken) {
      nameField(tokens)
      continue
    }
    const known = kinds[kind]
    if (!known) continue
    const start = scanner.getTokenOffset()
    const end = start + scanner.getTokenLength()
    const seen = known === 'string' ? start + 1 : end
    tokens.push({ kind: known, text: scanner.getTokenValue(), seen, end })
  }
  return tokens.map((token, index) =>
    token.kind === 'field' ? { ...token, seen: tokens[index + 1]?.seen ?? token.seen } : token,
  )
}

/** The string before a colon was a name. */
function nameField(tokens: Token[]): void {
  const name = tokens.pop()
  if (name) tokens.push({ ...name, kind: 'field' })
}

function checkSyntax(text: string): void {
  if (text.trim() === '') return
  try {
    JSON.parse(text)
  } catch {
    throw new PatternError(syntaxReason(text))
  }
}

const expectedValue = "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')"

/** What Jackson says of a text that is no JSON; its commonest complaints in its own words. */
function syntaxReason(text: string): string {
  const scanner = createScanner(text, true)
  const open: string[] = []
  let last: number | undefined
  for (let kind: number = scanner.scan(); kind !== SyntaxKind.EOF; kind = scanner.scan()) {
    if (kind === SyntaxKind.Unknown) return unknownReason(text, scanner, { last, open })
    if (kind === SyntaxKind.OpenBraceToken) open.push('Object')
    if (kind === SyntaxKind.OpenBracketToken) open.push('Array')
    if (kind === SyntaxKind.CloseBraceToken || kind === SyntaxKind.CloseBracketToken) open.pop()
    last = kind
  }
  const inside = open.at(-1)
  if (inside === undefined) return `Unexpected character${locationOf(text, text.length)}`
  return `Unexpected end-of-input: expected close marker for ${inside}${locationOf(text, text.length)}`
}

function unknownReason(
  text: string,
  scanner: JSONScanner,
  { last, open }: { last: number | undefined; open: readonly string[] },
): string {
  const start = scanner.getTokenOffset()
  const character = text.charAt(start)
  const wantsName =
    last === SyntaxKind.OpenBraceToken ||
    (last === SyntaxKind.CommaToken && open.at(-1) === 'Object')
  if (wantsName) {
    return `Unexpected character ('${character}' (code ${character.charCodeAt(0)})): was expecting double-quote to start field name${locationOf(text, start)}`
  }
  const [word = ''] = /^[\p{L}\p{N}_$]*/u.exec(text.slice(start)) ?? []
  if (word === '') {
    return `Unexpected character ('${character}' (code ${character.charCodeAt(0)})): expected a valid value ${expectedValue}${locationOf(text, start)}`
  }
  return `Unrecognized token '${word}': was expecting ${expectedValue}${locationOf(text, start + word.length)}`
}
