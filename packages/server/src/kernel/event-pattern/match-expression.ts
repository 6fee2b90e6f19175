import type { JsonReader, Token } from './json-reader.ts'
import * as matchers from './matchers.ts'
import type { Matcher, NumericRange, Scalar } from './matchers.ts'
import { PatternError } from './pattern-error.ts'
import type { Wildcard } from './wildcard.ts'

/** What an entry of a pattern's list asks of a value. */
export interface Expectation {
  readonly matcher?: Matcher
  /** `{"exists": false}`. */
  readonly absent?: true
  /** `{"exists": true}`. */
  readonly present?: true
  /** For the limit of complexity. */
  readonly wildcards?: readonly Wildcard[]
}

const onlyOneKey = 'Only one key allowed in match expression'
const tooManyElements = 'Too many elements in numeric expression'

/** Reads a match expression, `{"prefix": "a"}`, whose brace has been read. */
export function readExpression(reader: JsonReader): Expectation {
  const name = reader.next()
  if (name?.kind !== 'field') reader.refuse('Match expression name not found')
  const read = Object.hasOwn(expressions, name.text) ? expressions[name.text] : undefined
  if (!read) reader.refuse(`Unrecognized match type ${name.text}`)
  return read(reader)
}

const expressions: Readonly<Record<string, (reader: JsonReader) => Expectation>> = {
  exactly: (reader) => {
    const text = readString(reader, 'exact match pattern must be a string')
    endExpression(reader)
    return { matcher: (value) => value === text }
  },
  prefix: (reader) => readAffix(reader, 'prefix'),
  suffix: (reader) => readAffix(reader, 'suffix'),
  numeric: readNumeric,
  'anything-but': readAnythingBut,
  exists: readExists,
  cidr: (reader) => {
    const text = readString(reader, 'prefix match pattern must be a string')
    const matcher = withoutPlace(() => matchers.cidrMatcher(text))
    endExpression(reader)
    return { matcher }
  },
  'equals-ignore-case': (reader) => {
    const text = readString(reader, 'equals-ignore-case match pattern must be a string')
    endExpression(reader)
    return { matcher: matchers.ignoreCaseMatcher(text, 'whole') }
  },
  wildcard: (reader) => {
    const text = readString(reader, 'wildcard match pattern must be a string')
    const wildcard = atPlace(reader, () => matchers.readWildcard(text))
    endExpression(reader)
    return { matcher: matchers.wildcardMatcher(wildcard), wildcards: [wildcard] }
  },
}

function readString(reader: JsonReader, complaint: string): string {
  const token = reader.next()
  if (token?.kind !== 'string') reader.refuse(complaint)
  return reader.textOf(token)
}

function endExpression(reader: JsonReader, complaint = onlyOneKey): void {
  if (reader.next()?.kind !== '}') reader.refuse(complaint)
}

/** Runs a part whose complaints EventBridge gives without a place. */
function withoutPlace<T>(run: () => T): T {
  try {
    return run()
  } catch (error) {
    if (error instanceof RangeError) throw new PatternError(error.message)
    throw error
  }
}

function atPlace<T>(reader: JsonReader, run: () => T): T {
  try {
    return run()
  } catch (error) {
    if (error instanceof RangeError) reader.refuse(error.message)
    throw error
  }
}

function readAffix(reader: JsonReader, name: 'prefix' | 'suffix'): Expectation {
  const token = reader.next()
  if (token?.kind === '{') return readAffixIgnoringCase(reader, name)
  if (token?.kind !== 'string') reader.refuse(`${name} match pattern must be a string`)
  const text = reader.textOf(token)
  endExpression(reader)
  const make = name === 'prefix' ? matchers.prefixMatcher : matchers.suffixMatcher
  return { matcher: make(text) }
}

function readAffixIgnoringCase(reader: JsonReader, name: 'prefix' | 'suffix'): Expectation {
  const title = name === 'prefix' ? 'Prefix' : 'Suffix'
  const inner = reader.next()
  if (inner?.kind !== 'field') reader.refuse(`${title} expression name not found`)
  if (inner.text !== 'equals-ignore-case') {
    reader.refuse(`Unsupported ${name} pattern: ${inner.text}`)
  }
  const text = readString(reader, 'equals-ignore-case match pattern must be a string')
  endExpression(reader)
  endExpression(reader)
  return { matcher: matchers.ignoreCaseMatcher(text, name === 'prefix' ? 'start' : 'end') }
}

function readExists(reader: JsonReader): Expectation {
  const token = reader.next()
  if (token?.kind !== 'true' && token?.kind !== 'false') {
    reader.refuse('exists match pattern must be either true or false.')
  }
  endExpression(reader)
  return token.kind === 'true' ? { present: true } : { absent: true }
}

const bounds: Readonly<Record<string, (value: number) => NumericRange>> = {
  '=': (value) => ({ from: { value, included: true }, to: { value, included: true } }),
  '>=': (value) => ({ from: { value, included: true } }),
  '>': (value) => ({ from: { value, included: false } }),
  '<=': (value) => ({ to: { value, included: true } }),
  '<': (value) => ({ to: { value, included: false } }),
}

/** Numbers that EventBridge compares reach this far from zero. */
const maxNumber = 5_000_000_000

function readNumeric(reader: JsonReader): Expectation {
  if (reader.next()?.kind !== '[') reader.refuse('Value of numeric must be an array.')
  const token = reader.next()
  if (token?.kind !== 'string') {
    reader.refuse(`Invalid member in numeric match: ${token?.text ?? ''}`)
  }
  const operator = reader.textOf(token)
  const number = reader.next()
  const bound = Object.hasOwn(bounds, operator) ? bounds[operator] : undefined
  if (!bound) reader.refuse(`Unrecognized numeric range operator: ${operator}`)
  const value = readNumber(reader, number, operator === '=' ? 'equals' : operator)
  const range = bound(value)
  const next = reader.next()
  const isRange = next?.kind !== ']'
  if (isRange && !operator.startsWith('>')) reader.refuse(tooManyElements)
  const whole = isRange ? { ...range, ...readUpperEnd(reader, next, value) } : range
  endExpression(reader, tooManyElements)
  return { matcher: matchers.rangeMatcher(whole) }
}

function readUpperEnd(reader: JsonReader, token: Token | undefined, from: number): NumericRange {
  if (token?.kind !== 'string') reader.refuse(`Bad value in numeric range: ${token?.text ?? ''}`)
  const operator = reader.textOf(token)
  if (operator !== '<' && operator !== '<=') {
    reader.refuse(`Bad numeric range operator: ${operator}`)
  }
  const value = readNumber(reader, reader.next(), operator)
  if (reader.next()?.kind !== ']') reader.refuse('Too many terms in numeric range expression')
  if (value <= from) reader.refuse('Bottom must be less than top')
  return { to: { value, included: operator === '<=' } }
}

function readNumber(reader: JsonReader, token: Token | undefined, operator: string): number {
  if (token?.kind !== 'number') reader.refuse(`Value of ${operator} must be numeric`)
  const value = Number(token.text)
  if (Math.abs(value) > maxNumber) {
    reader.refuse(`Value must be between ${-maxNumber} and ${maxNumber}, inclusive`)
  }
  return value
}

const anythingButForms: Readonly<Record<string, string>> = {
  'equals-ignore-case':
    'Inside anything-but/equals-ignore-case list, number|start|null|boolean is not supported.',
  prefix: 'prefix/suffix match pattern must be a string',
  suffix: 'prefix/suffix match pattern must be a string',
  wildcard: 'wildcard match pattern must be a string',
}

function readAnythingBut(reader: JsonReader): Expectation {
  let token = reader.next()
  let form: string | undefined
  if (token?.kind === '{') {
    const name = reader.next()
    if (name?.kind !== 'field') reader.refuse('Anything-But expression name not found')
    form = name.text
    if (!Object.hasOwn(anythingButForms, form)) {
      reader.refuse(`Unsupported anything-but pattern: ${form}`)
    }
    token = reader.next()
  }
  if (!token || !['[', 'string', 'number'].includes(token.kind)) {
    reader.refuse('Value of anything-but must be an array or single string/number value.')
  }
  const expectation = form === undefined ? butValues(reader, token) : butForms(reader, token, form)
  endExpression(reader, tooManyElements)
  if (form !== undefined) endExpression(reader, tooManyElements)
  return expectation
}

function butValues(reader: JsonReader, token: Token): Expectation {
  if (token.kind !== '[') return { matcher: matchers.anythingBut(new Set([plain(reader, token)])) }
  const values = new Set<Scalar>()
  for (let entry = reader.next(); entry?.kind !== ']'; entry = reader.next()) {
    if (entry?.kind !== 'string' && entry?.kind !== 'number') {
      reader.refuseInList('Inside anything but list, start|null|boolean is not supported.')
    }
    values.add(plain(reader, entry))
  }
  const types = new Set([...values].map((value) => typeof value))
  if (types.size !== 1) {
    reader.refuse(
      'Inside anything but list, either all values are number or string, mixed type is not supported',
    )
  }
  return { matcher: matchers.anythingBut(values) }
}

function plain(reader: JsonReader, token: Token): Scalar {
  return token.kind === 'string' ? reader.textOf(token) : Number(token.text)
}

function butForms(reader: JsonReader, token: Token, form: string): Expectation {
  const complaint = anythingButForms[form] ?? ''
  const texts: string[] = []
  if (token.kind === '[') {
    for (let entry = reader.next(); entry?.kind !== ']'; entry = reader.next()) {
      if (entry?.kind !== 'string') reader.refuseInList(complaint)
      texts.push(affix(reader, entry, form))
    }
  } else {
    if (token.kind !== 'string') reader.refuse(complaint)
    texts.push(affix(reader, token, form))
  }
  if (form !== 'wildcard') {
    const make = {
      prefix: matchers.prefixMatcher,
      suffix: matchers.suffixMatcher,
      'equals-ignore-case': (text: string) => matchers.ignoreCaseMatcher(text, 'whole'),
    }[form]
    return { matcher: matchers.noneOf(make ? texts.map(make) : []) }
  }
  const wildcards = texts.map((text) => atPlace(reader, () => matchers.readWildcard(text)))
  return { matcher: matchers.noneOf(wildcards.map(matchers.wildcardMatcher)), wildcards }
}

function affix(reader: JsonReader, token: Token, form: string): string {
  const text = reader.textOf(token)
  if (text === '' && (form === 'prefix' || form === 'suffix')) {
    reader.refuse('Null prefix/suffix not allowed')
  }
  return text
}
