const posixClasses: Readonly<Record<string, string>> = {
  Alpha: 'A-Za-z',
  Alnum: 'A-Za-z0-9',
  Digit: '0-9',
  Lower: 'a-z',
  Upper: 'A-Z',
  XDigit: '0-9A-Fa-f',
  Space: ' \\t\\n\\x0b\\f\\r',
  Blank: ' \\t',
  ASCII: '\\x00-\\x7f',
  Cntrl: '\\x00-\\x1f\\x7f',
  Graph: '!-~',
  Print: ' -~',
  Punct: '!-\\/:-@\\[-`{-~',
  IsAlphabetic: '\\p{Alphabetic}',
  IsDigit: '\\p{Nd}',
  IsLatin: '\\p{Script=Latin}',
}

/** Walks a Java pattern and writes the JavaScript one (`u` flag). */
class PatternWriter {
  readonly #source: string
  #at = 0
  #inClass = false
  #out = ''
  /** Whether the last thing written inside a class stands for many characters, as `\w` does. */
  #afterSet = false

  constructor(source: string) {
    this.#source = source
  }

  write(): string {
    while (this.#at < this.#source.length) {
      if (this.#inClass) this.#classStep()
      else this.#step()
    }
    return this.#out
  }

  #take(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.#at
    const match = pattern.exec(this.#source)
    if (match === null) return undefined
    this.#at += match[0].length
    return match
  }

  #step(): void {
    if (this.#escape()) return
    const open = this.#take(/\[\^?\]?/y)
    if (open !== undefined) {
      this.#out += open[0].replace(']', '\\]')
      this.#inClass = true
      this.#afterSet = false
      return
    }
    // JavaScript has neither possessive quantifiers nor atomic groups; greedy accepts no less.
    const quantifier = this.#take(/([*+?]|\{\d+(?:,\d*)?\})(\+|\?)?/y)
    if (quantifier !== undefined) {
      this.#out += `${quantifier[1] ?? ''}${quantifier[2] === '?' ? '?' : ''}`
      return
    }
    if (this.#take(/\(\?>/y) !== undefined) {
      this.#out += '(?:'
      return
    }
    if (this.#take(/\(\?[<=!:]/y) !== undefined) {
      this.#out += this.#source.slice(this.#at - 3, this.#at)
      return
    }
    const literal = this.#source.charAt(this.#at++)
    this.#out += /[{}\]]/.test(literal) ? `\\${literal}` : literal
  }

  #classStep(): void {
    if (this.#escape()) return
    const literal = this.#source.charAt(this.#at++)
    if (literal === ']') {
      this.#inClass = false
      this.#out += literal
      return
    }
    if (literal === '[' || this.#source.startsWith('&&', this.#at - 1)) {
      throw new SyntaxError(`Nested classes are not translated: ${this.#source}`)
    }
    const rest = this.#source.slice(this.#at)
    const loose = literal === '-' && (this.#afterSet || /^\\[wdsWDSpP]/.test(rest))
    this.#out += loose ? '\\-' : literal
    this.#afterSet = false
  }

  #escape(): boolean {
    if (this.#source.charAt(this.#at) !== '\\') return false
    const set = this.#take(/\\(?:[wdWD]|[pP]\{\w+(?:=\w+)?\}|[pP][A-Z]|s|S|h)/y)
    if (set !== undefined) {
      this.#out += this.#set(set[0])
      this.#afterSet = true
      return true
    }
    this.#afterSet = false
    const code = this.#take(/\\(?:u[0-9A-Fa-f]{4}|x[0-9A-Fa-f]{2}|[tnrfbB]|[1-9])/y)
    if (code !== undefined) {
      this.#out += code[0]
      return true
    }
    const wide = this.#take(/\\x\{([0-9A-Fa-f]+)\}/y)
    if (wide !== undefined) {
      this.#out += `\\u{${wide[1] ?? ''}}`
      return true
    }
    if (this.#take(/\\A/y) !== undefined) {
      this.#out += '^'
      return true
    }
    if (this.#take(/\\[zZ]/y) !== undefined) {
      this.#out += '$'
      return true
    }
    const literal = this.#source.charAt(this.#at + 1)
    this.#at += 2
    const keepsBackslash =
      /[\^$\\.*+?()[\]{}|/]/.test(literal) || (this.#inClass && literal === '-')
    this.#out += keepsBackslash ? `\\${literal}` : literal
    return true
  }

  #set(escape: string): string {
    // Java's \s is ASCII; JavaScript's is Unicode.
    const spaces = ' \\t\\n\\x0b\\f\\r'
    if (escape === '\\s') return this.#bracketed(spaces)
    if (escape === '\\h') return this.#bracketed(' \\t')
    if (escape === '\\S' && !this.#inClass) return `[^${spaces}]`
    const name = /^\\p\{(\w+)\}$/.exec(escape)?.[1]
    const posix = name === undefined ? undefined : posixClasses[name]
    if (posix !== undefined) return this.#bracketed(posix)
    const single = /^\\([pP])([A-Z])$/.exec(escape)
    if (single !== null) return `\\${single[1] ?? 'p'}{${single[2] ?? ''}}`
    return escape.replace(/\{Is/, '{')
  }

  #bracketed(content: string): string {
    return this.#inClass ? content : `[${content}]`
  }
}

/**
 * The JavaScript regular expression that accepts the whole of what a model's Java pattern matches
 * (`Matcher.matches`). Throws `SyntaxError` on what has no translation.
 */
export function javaPattern(source: string): RegExp {
  const inline = /^\(\?([is]+)\)/.exec(source)
  const body = source.slice(inline?.[0].length ?? 0)
  return new RegExp(`^(?:${new PatternWriter(body).write()})$`, `u${inline?.[1] ?? ''}`)
}
