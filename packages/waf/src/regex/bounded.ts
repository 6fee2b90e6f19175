/**
 * More steps than this from one place of a text, and the linear engine is the safer one. Below it, JavaScript's own engine is many
 * times faster: `select.{0,100}from` is where the linear one has to keep a hundred states.
 */
const stepLimit = 512

/** A part of a pattern in JavaScript's syntax, with what matching it can cost. */
interface Part {
  readonly source: string
  /** In how many ways it can match at one place. */
  readonly ways: number
  /** How many steps all of them take together. */
  readonly steps: number
}

const nothing: Part = { source: '', ways: 1, steps: 0 }

/**
 * Translates a pattern that cannot backtrack for long, whatever the text, to a native expression: no repetition without an end but at
 * the pattern's own end, and few ways in all. Undefined for any other, and for syntax of which the two engines think differently.
 */
export function boundedExpression(pattern: string): RegExp | undefined {
  const isInsensitive = pattern.startsWith('(?i)')
  const reader = new PatternReader(isInsensitive ? pattern.slice(4) : pattern)
  const part = reader.read()
  if (part === undefined || part.steps > stepLimit) return undefined
  return new RegExp(part.source, isInsensitive ? 'i' : '')
}

const perlClasses: Readonly<Record<string, string>> = {
  d: '0-9',
  s: '\\t\\n\\f\\r ',
  w: '0-9A-Za-z_',
}
const classes = /\[(\^?)((?:[^\\[\]]|\\[dsw.*+?^$|(){}[\]\\/_-])+)\]/y
const repetitions = /\{(\d{1,3})(?:,(\d{1,3}))?\}/y

class PatternReader {
  readonly #pattern: string
  #at = 0
  #depth = 0

  constructor(pattern: string) {
    this.#pattern = pattern
  }

  read(): Part | undefined {
    const part = this.#alternatives()
    return this.#at === this.#pattern.length ? part : undefined
  }

  #alternatives(): Part | undefined {
    let all = this.#sequence()
    while (all !== undefined && this.#pattern.charAt(this.#at) === '|') {
      this.#at += 1
      const next = this.#sequence()
      if (next === undefined) return undefined
      all = {
        source: `${all.source}|${next.source}`,
        ways: all.ways + next.ways,
        steps: all.steps + next.steps + 1,
      }
    }
    return all
  }

  #sequence(): Part | undefined {
    let all = nothing
    while (this.#at < this.#pattern.length && !'|)'.includes(this.#pattern.charAt(this.#at))) {
      const atom = this.#atom()
      const part = atom && this.#repeated(atom)
      if (part === undefined) return undefined
      all = {
        source: all.source + part.source,
        ways: all.ways * part.ways,
        steps: all.steps + all.ways * part.steps,
      }
      if (all.steps > stepLimit) return undefined
    }
    return all
  }

  #atom(): Part | undefined {
    const character = this.#pattern.charAt(this.#at)
    this.#at += 1
    switch (character) {
      case '(':
        return this.#group()
      case '[':
        return this.#class()
      case '\\':
        return this.#escape()
      case '.':
        return single('[^\\n]')
      case '^':
      case '$':
        return single(character)
      default:
        return '*+?{}]'.includes(character) || character > '\x7e' ? undefined : single(character)
    }
  }

  #group(): Part | undefined {
    if (this.#pattern.startsWith('?:', this.#at)) this.#at += 2
    else if (this.#pattern.charAt(this.#at) === '?') return undefined
    this.#depth += 1
    const part = this.#alternatives()
    this.#depth -= 1
    if (this.#pattern.charAt(this.#at) !== ')') return undefined
    this.#at += 1
    return part && { ...part, source: `(?:${part.source})` }
  }

  #class(): Part | undefined {
    classes.lastIndex = this.#at - 1
    const [whole, not = '', members = ''] = classes.exec(this.#pattern) ?? []
    if (whole === undefined) return undefined
    this.#at += whole.length - 1
    const translated = members.replace(
      /\\([dsw])/g,
      (_, letter: string) => perlClasses[letter] ?? '',
    )
    // A range to or from a class is an error to one engine and three members to the other.
    const isClear = !/\\[dsw]-|-\\[dsw]|^-?\^|[^\0-\x7e]/.test(members)
    return isClear ? single(`[${not}${translated}]`) : undefined
  }

  #escape(): Part | undefined {
    const character = this.#pattern.charAt(this.#at)
    this.#at += 1
    const members = perlClasses[character.toLowerCase()]
    if (members !== undefined) {
      return single(`[${character === character.toLowerCase() ? '' : '^'}${members}]`)
    }
    return /^[.*+?^$|(){}[\]\\/bB-]$/.test(character) ? single(`\\${character}`) : undefined
  }

  #repeated(atom: Part): Part | undefined {
    const character = this.#pattern.charAt(this.#at)
    if (/^(?:[\^$]|\\[bB])$/.test(atom.source))
      return '*+?{'.includes(character || ' ') ? undefined : atom
    if (character === '?') {
      this.#at += 1
      return this.#times(atom, 0, 1)
    }
    if (character === '{') {
      repetitions.lastIndex = this.#at
      const [whole, least, most] = repetitions.exec(this.#pattern) ?? []
      if (whole === undefined || least === undefined) return undefined
      this.#at += whole.length
      return this.#times(atom, Number(least), Number(most ?? least))
    }
    if (character !== '*' && character !== '+') return atom
    this.#at += 1
    // At the end of the pattern, what may be repeated at will need not be: whether it matches is known.
    const isLast = this.#depth === 0 && this.#at === this.#pattern.length
    if (!isLast) return undefined
    return character === '+' ? atom : nothing
  }

  #times(atom: Part, least: number, most: number): Part | undefined {
    if ('*+?{'.includes(this.#pattern.charAt(this.#at) || ' ') || most < least) return undefined
    let ways = 0
    let steps = 0
    for (let times = 1, ofTimes = 1; times <= most && steps <= stepLimit; times += 1) {
      steps += ofTimes * atom.steps
      ofTimes *= atom.ways
      if (times >= least) ways += ofTimes
    }
    const source = `${atom.source}{${least},${most}}`
    return { source, ways: least === 0 ? ways + 1 : ways, steps: steps + 1 }
  }
}

function single(source: string): Part {
  return { source, ways: 1, steps: 1 }
}
