import { MetricMathError } from './values.ts'

/** An expression as a tree. */
export type Node =
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'call'; readonly name: string; readonly args: readonly Node[] }
  | { readonly kind: 'list'; readonly items: readonly Node[] }
  | { readonly kind: 'negate'; readonly of: Node }
  | {
      readonly kind: 'binary'
      readonly operator: string
      readonly left: Node
      readonly right: Node
    }

const tokens =
  /\s*(?:(\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+)|("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|([A-Za-z_][A-Za-z0-9_]*)|(==|!=|<=|>=|&&|\|\||[-+*/^<>(),[\]]))/y

interface Token {
  readonly kind: 'number' | 'text' | 'name' | 'sign'
  readonly text: string
}

function tokenize(source: string): Token[] {
  const found: Token[] = []
  tokens.lastIndex = 0
  while (tokens.lastIndex < source.trimEnd().length) {
    const match = tokens.exec(source)
    if (!match) throw new MetricMathError(`the expression cannot be read: ${source}`)
    const [, number, text, name, sign] = match
    if (number !== undefined) found.push({ kind: 'number', text: number })
    else if (text !== undefined) {
      found.push({ kind: 'text', text: text.slice(1, -1).replace(/\\(.)/g, '$1') })
    } else if (name !== undefined) found.push({ kind: 'name', text: name })
    else found.push({ kind: 'sign', text: sign ?? '' })
  }
  return found
}

/** Operators from the loosest to the tightest; `^` binds to the right. */
const levels: readonly (readonly string[])[] = [
  ['||', 'OR'],
  ['&&', 'AND'],
  ['==', '!=', '<', '>', '<=', '>='],
  ['+', '-'],
  ['*', '/'],
]

const deepest = 60

/** Parses a metric math expression. Throws MetricMathError. */
export function parseExpression(source: string): Node {
  const all = tokenize(source)
  let at = 0
  const peek = (): Token | undefined => all[at]
  const isNext = (...signs: readonly string[]): boolean => {
    const token = peek()
    return token !== undefined && token.kind !== 'text' && signs.includes(token.text)
  }
  const expect = (sign: string): void => {
    if (!isNext(sign)) throw new MetricMathError(`${sign} is missing in ${source}`)
    at += 1
  }
  const readLevel = (level: number, depth: number): Node => {
    const signs = levels[level]
    if (!signs) return readPower(depth)
    let left = readLevel(level + 1, depth)
    while (isNext(...signs)) {
      const operator = peek()?.text ?? ''
      at += 1
      left = { kind: 'binary', operator, left, right: readLevel(level + 1, depth) }
    }
    return left
  }
  const readPower = (depth: number): Node => {
    if (isNext('-')) {
      at += 1
      return { kind: 'negate', of: readPower(depth + 1) }
    }
    const left = readAtom(depth)
    if (!isNext('^')) return left
    at += 1
    return { kind: 'binary', operator: '^', left, right: readPower(depth + 1) }
  }
  const readList = (close: string, depth: number): Node[] => {
    const items: Node[] = []
    if (!isNext(close)) {
      do {
        items.push(readLevel(0, depth))
      } while (isNext(',') && ++at)
    }
    expect(close)
    return items
  }
  const readAtom = (depth: number): Node => {
    if (depth > deepest) throw new MetricMathError('the expression is nested too deeply')
    const token = peek()
    if (!token) throw new MetricMathError(`the expression ends too early: ${source}`)
    at += 1
    if (token.kind === 'number') return { kind: 'number', value: Number(token.text) }
    if (token.kind === 'text') return { kind: 'text', text: token.text }
    if (token.kind === 'name') {
      if (!isNext('(')) return { kind: 'name', name: token.text }
      at += 1
      return { kind: 'call', name: token.text, args: readList(')', depth + 1) }
    }
    if (token.text === '[') return { kind: 'list', items: readList(']', depth + 1) }
    if (token.text !== '(') throw new MetricMathError(`${token.text} is out of place in ${source}`)
    const inner = readLevel(0, depth + 1)
    expect(')')
    return inner
  }
  const tree = readLevel(0, 0)
  if (at < all.length) throw new MetricMathError(`the expression cannot be read: ${source}`)
  return tree
}

/** The names of other queries that an expression refers to. */
export function namesIn(node: Node): readonly string[] {
  switch (node.kind) {
    case 'name':
      return [node.name]
    case 'call':
      return node.args.flatMap(namesIn)
    case 'list':
      return node.items.flatMap(namesIn)
    case 'negate':
      return namesIn(node.of)
    case 'binary':
      return [...namesIn(node.left), ...namesIn(node.right)]
    default:
      return []
  }
}

/** The text and number arguments of every SEARCH in an expression. */
export function searchesIn(node: Node): readonly (readonly string[])[] {
  switch (node.kind) {
    case 'call':
      return node.name === 'SEARCH' ? [searchArgs(node.args)] : node.args.flatMap(searchesIn)
    case 'list':
      return node.items.flatMap(searchesIn)
    case 'negate':
      return searchesIn(node.of)
    case 'binary':
      return [...searchesIn(node.left), ...searchesIn(node.right)]
    default:
      return []
  }
}

/** The arguments of a SEARCH; they may only be written out. */
export function searchArgs(args: readonly Node[]): string[] {
  return args.map((arg) => {
    if (arg.kind === 'text') return arg.text
    if (arg.kind === 'number') return String(arg.value)
    throw new MetricMathError('SEARCH takes text and a number only')
  })
}
