/** A key or value of a JSON text, in the order in which they stand. */
export interface JsonToken {
  /** The token of the object or array that it is in; -1 for the root. */
  readonly parent: number
  readonly depth: number
  /** The key in an object, the index in an array; empty for the root. */
  readonly segment: string | number
  /** A string unescaped, another scalar as written; undefined for an object or array. */
  readonly text: string | undefined
}

/** What could be read of a JSON text. */
export interface JsonTokens {
  readonly tokens: readonly JsonToken[]
  /** The text was read to its end. */
  readonly complete: boolean
}

const depthLimit = 500
const scalar = /[-+.\w]+/y
const escape = /\\(?:u([\da-fA-F]{4})|([bfnrt])|(["\\/]))/g
const controls: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' }

interface Frame {
  readonly token: number
  readonly keys: Set<string> | undefined
  index: number
}

/**
 * Reads a byte string as JSON as AWS WAF does: a missing comma, a missing colon and colons too many are forgiven; an invalid
 * character, a key that comes twice, an early end and a root that is neither object nor array end the reading.
 * https://docs.aws.amazon.com/waf/latest/developerguide/waf-rule-statement-fields-list.html
 */
export function jsonTokens(source: string): JsonTokens {
  return new JsonScan(source).run()
}

class JsonScan {
  readonly #source: string
  readonly #tokens: JsonToken[] = []
  readonly #frames: Frame[] = []
  #at = 0
  /** The key that waits for its value. */
  #key: string | undefined

  constructor(source: string) {
    this.#source = source
  }

  run(): JsonTokens {
    const complete = this.#root() && this.#rest()
    return { tokens: this.#tokens, complete }
  }

  #root(): boolean {
    this.#skipSpace()
    const code = this.#source.charCodeAt(this.#at)
    return (code === 0x7b || code === 0x5b) && this.#open(code)
  }

  #rest(): boolean {
    while (this.#frames.length > 0) if (!this.#step()) return false
    this.#skipSpace()
    return this.#at === this.#source.length
  }

  #step(): boolean {
    this.#skipSpace()
    const code = this.#source.charCodeAt(this.#at)
    const frame = this.#frames.at(-1)
    if (frame === undefined) return false
    switch (code) {
      case 0x2c: // ,
        this.#at += 1
        return this.#key === undefined
      case 0x3a: // :
        this.#at += 1
        return this.#key !== undefined
      case 0x7d: // }
      case 0x5d: // ]
        this.#at += 1
        this.#frames.pop()
        return this.#key === undefined && (code === 0x7d) === (frame.keys !== undefined)
      case 0x22: {
        const text = this.#string()
        return text !== undefined && this.#take(frame, text, true)
      }
      case 0x7b: // {
      case 0x5b: // [
        return (frame.keys === undefined || this.#key !== undefined) && this.#open(code)
      default: {
        const text = this.#scalar()
        return text !== undefined && this.#take(frame, text, false)
      }
    }
  }

  /** A string or other scalar: a key where one is due, else a value. */
  #take(frame: Frame, text: string, quoted: boolean): boolean {
    if (frame.keys !== undefined && this.#key === undefined) {
      if (!quoted || frame.keys.has(text)) return false
      frame.keys.add(text)
      this.#key = text
      return true
    }
    this.#push(frame, text)
    return true
  }

  #push(frame: Frame | undefined, text: string | undefined): void {
    const segment = this.#key ?? (frame === undefined ? '' : frame.index)
    if (frame !== undefined) frame.index += 1
    this.#key = undefined
    const parent = frame?.token ?? -1
    this.#tokens.push({ parent, depth: this.#frames.length, segment, text })
  }

  #open(code: number): boolean {
    if (this.#frames.length >= depthLimit) return false
    this.#at += 1
    this.#push(this.#frames.at(-1), undefined)
    const keys = code === 0x7b ? new Set<string>() : undefined
    this.#frames.push({ token: this.#tokens.length - 1, keys, index: 0 })
    return true
  }

  #string(): string | undefined {
    const start = this.#at + 1
    let end = this.#source.indexOf('"', start)
    while (end > 0 && escaped(this.#source, end, start)) end = this.#source.indexOf('"', end + 1)
    if (end < 0) return undefined
    this.#at = end + 1
    return unescaped(this.#source.slice(start, end))
  }

  #scalar(): string | undefined {
    scalar.lastIndex = this.#at
    const text = scalar.exec(this.#source)?.[0]
    if (text === undefined) return undefined
    this.#at += text.length
    const known = text === 'true' || text === 'false' || text === 'null' || /^-?[\d.]/.test(text)
    return known ? text : undefined
  }

  #skipSpace(): void {
    for (;;) {
      const code = this.#source.charCodeAt(this.#at)
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return
      this.#at += 1
    }
  }
}

/** Whether an odd number of backslashes stands before the quote. */
function escaped(source: string, quote: number, start: number): boolean {
  let index = quote - 1
  while (index >= start && source.charCodeAt(index) === 0x5c) index -= 1
  return (quote - index) % 2 === 0
}

function unescaped(text: string): string {
  if (!text.includes('\\')) return text
  let wide = false
  const plain = text.replace(escape, (_, hex?: string, control?: string, same?: string) => {
    if (hex === undefined) return same ?? controls[control ?? ''] ?? ''
    const code = Number.parseInt(hex, 16)
    if (code < 0x80) return String.fromCharCode(code)
    wide = true
    return `\\u${hex}`
  })
  return wide ? plain.replace(/(?:\\u[\da-fA-F]{4})+/g, utf8Bytes) : plain
}

/** Escapes of other letters as the bytes of UTF-8, which is how the text beside them is written; pairs of surrogates are one letter. */
function utf8Bytes(escapes: string): string {
  const units = escapes.slice(2).split('\\u')
  const text = units.map((hex) => String.fromCharCode(Number.parseInt(hex, 16))).join('')
  return Buffer.from(text, 'utf8').toString('latin1')
}
