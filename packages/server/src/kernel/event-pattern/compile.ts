import { JsonReader } from './json-reader.ts'
import { readExpression } from './match-expression.ts'
import type { Expectation } from './match-expression.ts'
import { addressMatcher } from './matchers.ts'
import type { Matcher, Scalar } from './matchers.ts'
import { PatternError } from './pattern-error.ts'
import { isTooComplex } from './wildcard.ts'

/** A list of a pattern: what the values at one path may be. */
export interface PatternLeaf {
  readonly path: readonly string[]
  readonly exact: ReadonlySet<Scalar>
  readonly matchers: readonly Matcher[]
  readonly present: boolean
  readonly absent: boolean
}

/** An object of a pattern: all of its fields must match, and one branch of each `$or`. */
export interface PatternNode {
  readonly fields: Map<string, PatternNode | PatternLeaf>
  readonly ors: (readonly PatternNode[])[]
}

/** Names that EventBridge does not let stand for fields inside `$or`. */
const reservedInOr: ReadonlySet<string> = new Set([
  'exactly',
  'exists',
  'anything-but',
  'prefix',
  'suffix',
  'equals-ignore-case',
  'numeric',
  'cidr',
  'wildcard',
  '$or',
])

/** Rules into which the `$or`s of a pattern may multiply out (EventBridge User Guide, "Using $or"). */
const maxCombinations = 1000

/** Compiles the text of an event pattern. Throws PatternError with EventBridge's reason. */
export function compilePattern(text: string): PatternNode {
  const reader = new JsonReader(text)
  if (reader.next()?.kind !== '{') reader.refuse('Filter is not an object')
  const root = readObject(reader, [], false)
  if (combinationsOf(root) > maxCombinations) {
    throw new PatternError('Rule contains over 1000 combinations of $or values')
  }
  return root
}

function readObject(reader: JsonReader, path: readonly string[], inOr: boolean): PatternNode {
  const node: PatternNode = { fields: new Map(), ors: [] }
  let isEmpty = true
  for (let token = reader.next(); token?.kind === 'field'; token = reader.next()) {
    isEmpty = false
    const name = token.text
    if (name === '$or') {
      node.ors.push(readOr(reader, path))
      continue
    }
    if (inOr && reservedInOr.has(name)) {
      reader.refuse(`${name} is Ruler reserved fieldName which cannot be used inside $or.`)
    }
    // A dot in a name is a step of the path, as in EventBridge, which joins names by dots.
    const steps = name.split('.')
    const whole = [...path, ...steps]
    const value = reader.next()
    if (value?.kind === '{') addField(node, steps, readObject(reader, whole, inOr))
    else if (value?.kind === '[') addField(node, steps, readList(reader, whole))
    else reader.refuse(`"${name}" must be an object or an array`)
  }
  if (isEmpty) reader.refuse('Empty objects are not allowed')
  return node
}

/** Puts a field where its steps lead; what stood at the same path before is replaced. */
function addField(
  node: PatternNode,
  steps: readonly string[],
  value: PatternNode | PatternLeaf,
): void {
  const [name = '', ...rest] = steps
  const existing = node.fields.get(name)
  const known = existing && isNode(existing) ? existing : undefined
  if (rest.length > 0) {
    const inner = known ?? { fields: new Map(), ors: [] }
    addField(inner, rest, value)
    node.fields.set(name, inner)
  } else if (known && isNode(value)) {
    for (const [key, child] of value.fields) addField(known, [key], child)
    known.ors.push(...value.ors)
  } else node.fields.set(name, value)
}

function readOr(reader: JsonReader, path: readonly string[]): PatternNode[] {
  if (reader.next()?.kind !== '[') reader.refuse('It must be an Array followed with $or.')
  const branches: PatternNode[] = []
  for (let token = reader.next(); token?.kind !== ']'; token = reader.next()) {
    if (token?.kind !== '{') {
      reader.refuse('Only JSON object is allowed in array of $or relationship.')
    }
    branches.push(readObject(reader, path, true))
  }
  if (branches.length < 2) reader.refuse('There must have at least 2 Objects in $or relationship.')
  return branches
}

function readList(reader: JsonReader, path: readonly string[]): PatternLeaf {
  const exact = new Set<Scalar>()
  const expectations: Expectation[] = []
  let count = 0
  for (let token = reader.next(); token?.kind !== ']'; token = reader.next()) {
    count += 1
    switch (token?.kind) {
      case '{':
        expectations.push(readExpression(reader))
        break
      case 'string': {
        const text = reader.textOf(token)
        const matcher = addressMatcher(text)
        if (matcher) expectations.push({ matcher })
        else exact.add(text)
        break
      }
      case 'number':
        exact.add(Number(token.text))
        break
      case 'true':
      case 'false':
        exact.add(token.kind === 'true')
        break
      case 'null':
        exact.add(null)
        break
      default:
        reader.refuse('Match value must be String, number, true, false, or null')
    }
  }
  if (count === 0) reader.refuse('Empty arrays are not allowed')
  return leafOf(path, exact, expectations)
}

function leafOf(
  path: readonly string[],
  exact: ReadonlySet<Scalar>,
  expectations: readonly Expectation[],
): PatternLeaf {
  const wildcards = expectations.flatMap((each) => each.wildcards ?? [])
  if (wildcards.length > 0 && isTooComplex(wildcards)) {
    throw new PatternError(
      'Rule is too complex - try using fewer wildcard characters or fewer repeating character sequences after a wildcard character',
    )
  }
  return {
    path,
    exact,
    matchers: expectations.flatMap(({ matcher }) => matcher ?? []),
    present: expectations.some(({ present }) => present),
    absent: expectations.some(({ absent }) => absent),
  }
}

/** Whether a field of a pattern is an object rather than a list. */
export function isNode(field: PatternNode | PatternLeaf): field is PatternNode {
  return 'fields' in field
}

/** Each `$or` adds up the values of its branches, and the `$or`s of a pattern multiply. */
function combinationsOf(node: PatternNode): number {
  let product = 1
  for (const field of node.fields.values()) if (isNode(field)) product *= combinationsOf(field)
  for (const branches of node.ors) {
    product *= branches.reduce((sum, branch) => sum + valuesIn(branch), 0)
  }
  return product
}

function valuesIn(node: PatternNode): number {
  let sum = 0
  for (const field of node.fields.values()) {
    if (isNode(field)) sum += valuesIn(field)
    else {
      sum += field.exact.size + field.matchers.length + Number(field.present) + Number(field.absent)
    }
  }
  for (const branches of node.ors) {
    sum += branches.reduce((total, branch) => total + valuesIn(branch), 0)
  }
  return Math.max(sum, 1)
}
