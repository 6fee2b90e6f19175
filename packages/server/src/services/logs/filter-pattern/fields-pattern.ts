import { readExpression } from './boolean-expression.ts'
import { compare, readComparison, readOperand, requireNumber } from './conditions.ts'
import type { FilterPattern } from './pattern.ts'
import { Scanner } from './scanner.ts'

/** A field of a space-delimited pattern. */
interface Field {
  readonly name: string
  readonly holds: (value: string) => boolean
}

const fieldName = /[$@]?[A-Za-z_][A-Za-z0-9_$@.-]*/y

/** Compiles `[ip, user, ..., status = 4* && status != 404]`. */
export function compileFields(text: string): FilterPattern {
  const scanner = new Scanner(text)
  const fields: (Field | '...')[] = []
  scanner.expect('[')
  if (!scanner.take(']')) {
    do fields.push(scanner.take('...') ? '...' : readField(scanner))
    while (scanner.take(','))
    scanner.expect(']')
  }
  scanner.skipBlanks()
  if (!scanner.done) throw scanner.error('nothing may follow the closing bracket')
  const gaps = fields.filter((field) => field === '...').length
  if (gaps > 1) throw scanner.error('only one ellipsis is allowed')
  const gap = fields.indexOf('...')
  const before = fields.slice(0, gap < 0 ? fields.length : gap) as Field[]
  const after = (gap < 0 ? [] : fields.slice(gap + 1)) as Field[]
  return {
    kind: 'fields',
    match(message) {
      const values = splitFields(message)
      const least = before.length + after.length
      if (gap < 0 ? values.length !== least : values.length < least) return undefined
      const offset = values.length - after.length
      const agree =
        before.every(({ holds }, index) => holds(values[index] ?? '')) &&
        after.every(({ holds }, index) => holds(values[offset + index] ?? ''))
      if (!agree) return undefined
      const named = new Map(values.map((value, index) => [`$${index + 1}`, value]))
      const rename = ({ name }: Field, index: number): void => {
        if (name === '') return
        named.delete(`$${index + 1}`)
        named.set(`$${name}`, values[index] ?? '')
      }
      before.forEach(rename)
      after.forEach((field, index) => rename(field, offset + index))
      return Object.assign((name: string) => named.get(name), { all: named })
    },
    names: (extract) => [...(extract?.all?.keys() ?? [])],
  }
}

function readField(scanner: Scanner): Field {
  let own = ''
  scanner.skipBlanks()
  const start = scanner.at
  if (scanner.peek() === ',' || scanner.peek() === ']') return { name: '', holds: () => true }
  const name = scanner.match(fieldName)
  scanner.skipBlanks()
  if (name !== undefined && (scanner.peek() === ',' || scanner.peek() === ']')) {
    return { name: name.replace(/^\$/, ''), holds: () => true }
  }
  scanner.at = start
  const holds = readExpression<string>(scanner, () => {
    scanner.skipBlanks()
    const named = scanner.match(fieldName)?.replace(/^\$/, '')
    if (named === undefined) throw scanner.error('a field name is missing')
    if (own !== '' && named !== own) throw scanner.error('a field may only be compared with itself')
    own = named
    const comparison = readComparison(scanner)
    if (comparison === undefined) throw scanner.error('an operator is missing')
    const operand = readOperand(scanner, /[^\s&|()[\],"%]+/y)
    requireNumber(comparison, operand, scanner)
    return (value) => compare(comparison, operand, value)
  })
  return { name: own, holds }
}

/** Fields are separated by blanks; what stands in quotes or brackets is one field, without them. */
function splitFields(message: string): string[] {
  const fields: string[] = []
  for (const [, quoted, bracketed, bare] of message.matchAll(
    /"((?:[^"\\]|\\.)*)"(?=\s|$)|\[([^\]]*)\](?=\s|$)|(\S+)/g,
  )) {
    fields.push(quoted ?? bracketed ?? bare ?? '')
  }
  return fields
}
