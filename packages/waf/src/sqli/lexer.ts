import { isKeyword } from './words.ts'

/** What a token is. */
export type TokenKind =
  | 'end'
  | 'number'
  | 'string'
  | 'word'
  | 'name'
  | 'variable'
  | 'operator'
  | 'open'
  | 'close'
  | 'comma'
  | 'semicolon'
  | 'dot'
  | 'comment'
  | 'other'

/** As much of a word, literal or comment as is looked at. */
const longestWord = 64

/**
 * Reads a text in normal form token by token, as the SQL dialects together would: MySQL's `#` and versioned comments, PostgreSQL's
 * dollar quotes and casts, brackets of SQL Server, Oracle's q-quotes. One pass, no going back further than `back()`.
 */
export class Lexer {
  kind: TokenKind = 'end'
  /** Where the token begins and ends. */
  start = 0
  end: number
  /** The word, operator, bracket, or the text of a number. */
  word = ''
  /** A string that ends within the text. */
  closed = true
  /** Comments that stood between tokens, but for those to the end of a line. */
  comments = 0
  versioned = 0
  /** A keyword had comments within. */
  hidden = false
  /** A comment ended that had not begun: its beginning is in another value. */
  strayClose = false

  readonly text: string
  /** A backslash escapes the next character within a literal, as in MySQL. */
  readonly #backslash: boolean

  constructor(text: string, from: number, backslash: boolean) {
    this.text = text
    this.end = from
    this.#backslash = backslash
  }

  /** Puts the token back: it will be read again. */
  back(): void {
    this.end = this.start
  }

  /** The next character that is neither white space nor of a comment, without reading on; 0 at the end. */
  peek(): number {
    const { text } = this
    let at = this.end
    for (;;) {
      while (isSpace(text.charCodeAt(at))) at += 1
      if (!text.startsWith('/*', at) || text.charCodeAt(at + 2) === 0x21) break
      const close = text.indexOf('*/', at + 2)
      if (close === -1) return 0
      at = close + 2
    }
    return at < text.length ? text.charCodeAt(at) : 0
  }

  next(): TokenKind {
    const { text } = this
    for (;;) {
      let at = this.end
      while (isSpace(text.charCodeAt(at))) at += 1
      this.start = at
      if (at >= text.length) return this.#token('end', at)
      const code = text.charCodeAt(at)
      if (isWordStart(code)) return this.#word(at)
      if (code >= 0x30 && code <= 0x39) return this.#number(at)
      if (!this.#mark(at, code)) return this.kind
    }
  }

  #token(kind: TokenKind, end: number): TokenKind {
    this.kind = kind
    this.end = end
    return kind
  }

  /** @returns true when what was read was white space of some kind, and the next token is to be read. */
  #mark(at: number, code: number): boolean {
    const { text } = this
    const following = text.charCodeAt(at + 1)
    switch (code) {
      case 0x27:
      case 0x22:
        this.#string(at, code)
        return false
      case 0x60:
        this.#quotedName(at + 1, '`')
        return false
      case 0x28:
      case 0x5b:
      case 0x7b:
        this.word = text.charAt(at)
        this.#token('open', at + 1)
        return false
      case 0x29:
      case 0x7d:
      case 0x5d:
        this.word = text.charAt(at)
        this.#token('close', at + 1)
        return false
      case 0x2c:
        this.#token('comma', at + 1)
        return false
      case 0x3b:
        this.#token('semicolon', at + 1)
        return false
      case 0x2e:
        if (following >= 0x30 && following <= 0x39) this.#number(at)
        else this.#token('dot', at + 1)
        return false
      case 0x23:
        if (following === 0x3e) break
        return this.#lineComment(at + 1)
      case 0x2d:
        if (following === 0x2d) return this.#lineComment(at + 2)
        break
      case 0x2f:
        if (following === 0x2a) return this.#comment(at)
        break
      case 0x2a:
        if (following === 0x2f) {
          if (this.comments === 0 && this.versioned === 0) this.strayClose = true
          this.comments += 1
          this.end = at + 2
          return true
        }
        break
      case 0x40:
        if (following !== 0x3e && following !== 0x3f) {
          this.#variable(at)
          return false
        }
        break
      case 0x24:
        this.#dollar(at)
        return false
      case 0x5c:
        this.word = '\\'
        this.#token(following === 0x6e ? 'number' : 'other', following === 0x6e ? at + 2 : at + 1)
        return false
      default:
    }
    this.#operator(at, code, following)
    return false
  }

  #lineComment(from: number): boolean {
    const lineEnd = this.text.indexOf('\n', from)
    if (lineEnd === -1) {
      this.word = this.text.slice(from, from + longestWord)
      this.#token('comment', this.text.length)
      return false
    }
    this.end = lineEnd + 1
    return true
  }

  #comment(at: number): boolean {
    const { text } = this
    if (text.charCodeAt(at + 2) === 0x21) {
      let from = at + 3
      while (from < at + 9 && isDigit(text.charCodeAt(from))) from += 1
      this.versioned += 1
      this.end = from
      return true
    }
    const close = text.indexOf('*/', at + 2)
    if (close === -1) {
      this.word = text.slice(at + 2, at + longestWord)
      this.#token('comment', text.length)
      return false
    }
    this.comments += 1
    this.end = close + 2
    return true
  }

  #string(at: number, quote: number): TokenKind {
    this.end = literalEnd(this.text, at + 1, quote, this.#backslash)
    this.closed = this.end !== -1
    if (!this.closed) this.end = this.text.length
    this.word = this.text.slice(at, Math.min(this.end, at + longestWord))
    return this.#token('string', this.end)
  }

  #quotedName(from: number, close: string): void {
    const end = this.text.indexOf(close, from)
    this.closed = end !== -1
    this.word = this.text.slice(
      from,
      Math.min(end === -1 ? this.text.length : end, from + longestWord),
    )
    this.#token('name', end === -1 ? this.text.length : end + 1)
  }

  /** Reads a bracket that stands for a name, `[users]`: called where an operand is due. */
  bracketedName(): void {
    this.#quotedName(this.start + 1, ']')
  }

  #number(at: number): TokenKind {
    const { text } = this
    let end = at
    const second = text.charCodeAt(at + 1)
    if (text.charCodeAt(at) === 0x30 && (second === 0x78 || second === 0x62)) {
      end = at + 2
      while (isHexDigit(text.charCodeAt(end))) end += 1
      if (end > at + 2) {
        this.word = text.slice(at, Math.min(end, at + longestWord))
        return this.#token('number', end)
      }
      end = at
    }
    while (isDigit(text.charCodeAt(end))) end += 1
    if (text.charCodeAt(end) === 0x2e) {
      end += 1
      while (isDigit(text.charCodeAt(end))) end += 1
    }
    const suffix = text.charCodeAt(end)
    if (suffix === 0x65) end = exponentEnd(text, end)
    // Oracle's `1d` and `1f` are numbers, and a keyword may follow at once.
    else if ((suffix === 0x64 || suffix === 0x66) && end < text.length) {
      const word = text.slice(end + 1, Math.min(wordEnd(text, end + 1), end + longestWord))
      if (word.length > 2 && isKeyword(word)) end += 1
    }
    this.word = text.slice(at, Math.min(end, at + longestWord))
    return this.#token('number', end)
  }

  #word(at: number): TokenKind {
    const { text } = this
    let end = wordEnd(text, at + 1)
    this.word = text.slice(at, Math.min(end, at + longestWord))
    const following = text.charCodeAt(end)
    if (following === 0x27 || following === 0x22) {
      if (this.#prefixedString(end, following)) return this.kind
    } else if (following === 0x2f && text.charCodeAt(end + 1) === 0x2a) {
      end = this.#mendedWord(at, end)
    }
    return this.#token('word', end)
  }

  /** `n'…'`, `e'…'`, `x'…'`, `_utf8'…'`, `q'[…]'` */
  #prefixedString(at: number, quote: number): boolean {
    const { word } = this
    if (word === 'q' || word === 'nq') {
      const open = this.text.charAt(at + 1)
      const close = closers.get(open) ?? open
      const end = this.text.indexOf(`${close}'`, at + 2)
      if (end === -1) return false
      this.closed = true
      this.#token('string', end + 2)
      return true
    }
    if (!stringPrefixes.has(word) && !(word.startsWith('_') && word.length < 12)) return false
    this.#string(at, quote)
    return true
  }

  /** A keyword that comments were put into: whole again, when that makes a keyword. */
  #mendedWord(at: number, firstEnd: number): number {
    const { text } = this
    let word = this.word
    let end = firstEnd
    let comments = 0
    for (;;) {
      if (text.charCodeAt(end) !== 0x2f || text.charCodeAt(end + 1) !== 0x2a) break
      if (text.charCodeAt(end + 2) === 0x21 || word.length > longestWord) return firstEnd
      const close = text.indexOf('*/', end + 2)
      if (close === -1 || !isWordStart(text.charCodeAt(close + 2))) break
      end = wordEnd(text, close + 2)
      word += text.slice(close + 2, end)
      comments += 1
      if (word.length > 3 && isKeyword(word)) break
    }
    const first = text.slice(at, firstEnd)
    if (comments === 0 || (isKeyword(first) && first.length > 1) || !isKeyword(word))
      return firstEnd
    this.word = word
    this.comments += comments
    this.hidden = true
    return end
  }

  #variable(at: number): void {
    const { text } = this
    let from = at + 1
    if (text.charCodeAt(from) === 0x40) from += 1
    if (text.charCodeAt(from) === 0x60) {
      this.#quotedName(from + 1, '`')
      this.kind = 'variable'
      return
    }
    let end = wordEnd(text, from)
    // `@@global.name`
    while (end > from && text.charCodeAt(at + 1) === 0x40 && text.charCodeAt(end) === 0x2e)
      end = wordEnd(text, end + 1)
    this.word = text.slice(at, Math.min(end, at + longestWord))
    this.#token('variable', end)
  }

  /** `$$…$$`, `$tag$…$tag$`, `$1` */
  #dollar(at: number): void {
    const { text } = this
    let end = at + 1
    while (isWordPart(text.charCodeAt(end)) && text.charCodeAt(end) !== 0x24) end += 1
    if (text.charCodeAt(end) === 0x24) {
      const tag = text.slice(at, end + 1)
      const close = tag.length > longestWord ? -1 : text.indexOf(tag, end + 1)
      if (close !== -1) {
        this.closed = true
        this.word = '$$'
        this.#token('string', close + tag.length)
        return
      }
    }
    this.word = text.slice(at, Math.min(end, at + longestWord))
    this.#token(end > at + 1 ? 'variable' : 'other', end)
  }

  #operator(at: number, code: number, following: number): void {
    let length = 1
    if (code < 128 && following < 128) {
      for (const operator of operatorsByFirst[code] ?? []) {
        if (this.text.startsWith(operator, at)) {
          length = operator.length
          break
        }
      }
    }
    this.word = this.text.slice(at, at + length)
    this.#token(singleOperators.has(this.word) || length > 1 ? 'operator' : 'other', at + length)
  }
}

/** Where a literal that began before `from` ends, after its closing quote; -1 when nothing closes it. */
export function literalEnd(text: string, from: number, quote: number, backslash: boolean): number {
  const mark = String.fromCharCode(quote)
  let at = text.indexOf(mark, from)
  while (at !== -1) {
    if (backslash && escaped(text, from, at)) at += 1
    else if (text.charCodeAt(at + 1) === quote) at += 2
    else return at + 1
    at = text.indexOf(mark, at)
  }
  return -1
}

function escaped(text: string, from: number, at: number): boolean {
  let before = at
  while (before > from && text.charCodeAt(before - 1) === 0x5c) before -= 1
  return (at - before) % 2 === 1
}

function exponentEnd(text: string, at: number): number {
  let end = at + 1
  const sign = text.charCodeAt(end)
  if (sign === 0x2b || sign === 0x2d) end += 1
  if (isDigit(text.charCodeAt(end))) {
    while (isDigit(text.charCodeAt(end))) end += 1
    return end
  }
  return at
}

function wordEnd(text: string, from: number): number {
  let end = from
  while (isWordPart(text.charCodeAt(end))) end += 1
  return end
}

function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x0a || code === 0x09
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39
}

function isHexDigit(code: number): boolean {
  return isDigit(code) || (code >= 0x61 && code <= 0x66)
}

function isWordStart(code: number): boolean {
  return (code >= 0x61 && code <= 0x7a) || code === 0x5f || code > 0x7f
}

function isWordPart(code: number): boolean {
  return isWordStart(code) || isDigit(code) || code === 0x24
}

const closers = new Map([
  ['[', ']'],
  ['(', ')'],
  ['{', '}'],
  ['<', '>'],
])

const stringPrefixes = new Set(['n', 'e', 'x', 'b', 'u&', 'binary', 'date', 'timestamp', 'time'])

const singleOperators = new Set('=<>!~^|&+-*/%?:'.split(''))

const operatorsByFirst: string[][] = []
for (const operator of '<=> ->> #>> !~* <> <= >= != !< !> == || && ^= *= =* << >> !~ ~* :: := -> #> @> <@ ?| ?& @? ||/ |/ ~~'.split(
  ' ',
)) {
  const row = (operatorsByFirst[operator.charCodeAt(0)] ??= [])
  row.push(operator)
  row.sort((left, right) => right.length - left.length)
}
