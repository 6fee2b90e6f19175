/** A filter pattern that CloudWatch Logs would not take; the message says why. */
export class FilterPatternError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'FilterPatternError'
  }
}

/** Reads a filter pattern from left to right. */
export class Scanner {
  readonly text: string
  at = 0

  constructor(text: string) {
    this.text = text
  }

  get done(): boolean {
    return this.at >= this.text.length
  }

  peek(): string {
    return this.text[this.at] ?? ''
  }

  skipBlanks(): void {
    while (/\s/.test(this.peek())) this.at += 1
  }

  /** Takes these characters when they come next, after blanks. */
  take(token: string): boolean {
    this.skipBlanks()
    if (!this.text.startsWith(token, this.at)) return false
    this.at += token.length
    return true
  }

  /** Takes what the (sticky) expression finds right here. */
  match(expression: RegExp): string | undefined {
    expression.lastIndex = this.at
    const found = expression.exec(this.text)?.[0]
    if (found !== undefined) this.at += found.length
    return found
  }

  expect(token: string): void {
    if (!this.take(token)) throw this.error(`expected ${JSON.stringify(token)}`)
  }

  /** The text in double quotes that begins here; `\"` and `\\` stand for themselves. */
  quoted(): string {
    const found = this.match(/"((?:[^"\\]|\\.)*)"/y)
    if (found === undefined) throw this.error('a quotation mark is not closed')
    return found.slice(1, -1).replace(/\\(["\\])/g, '$1')
  }

  /** The text between percent signs that begins here. */
  regex(): string {
    const found = this.match(/%((?:[^%\\]|\\.)+)%/y)
    if (found === undefined) throw this.error('a regular expression is not closed by %')
    return found.slice(1, -1)
  }

  error(what: string): FilterPatternError {
    return new FilterPatternError(`Invalid filter pattern: ${what} at character ${this.at + 1}`)
  }
}
