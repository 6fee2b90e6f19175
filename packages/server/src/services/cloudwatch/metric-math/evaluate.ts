import { mathFunctions } from './functions.ts'
import type { MathScope } from './functions.ts'
import { searchArgs } from './parse.ts'
import type { Node } from './parse.ts'
import { allSeries, combine, list, mapNumbers, MetricMathError, scalar } from './values.ts'
import type { MathValue } from './values.ts'

const truth = (holds: boolean): number => (holds ? 1 : 0)

const operators: Readonly<Record<string, (a: number, b: number) => number>> = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => a / b,
  '^': (a, b) => a ** b,
  '==': (a, b) => truth(a === b),
  '!=': (a, b) => truth(a !== b),
  '<': (a, b) => truth(a < b),
  '>': (a, b) => truth(a > b),
  '<=': (a, b) => truth(a <= b),
  '>=': (a, b) => truth(a >= b),
  '&&': (a, b) => truth(a !== 0 && b !== 0),
  AND: (a, b) => truth(a !== 0 && b !== 0),
  '||': (a, b) => truth(a !== 0 || b !== 0),
  OR: (a, b) => truth(a !== 0 || b !== 0),
}

/** Words that functions take as they are. */
const words = new Set(['REPEAT', 'LINEAR', 'AVG', 'MIN', 'MAX', 'SUM', 'ASC', 'DESC'])

/** Computes an expression; `valueOf` gives what the other queries are worth. Throws MetricMathError. */
export function evaluateExpression(
  node: Node,
  valueOf: (id: string) => MathValue | undefined,
  scope: MathScope,
): MathValue {
  const evaluate = (each: Node): MathValue => {
    switch (each.kind) {
      case 'number':
        return scalar(each.value)
      case 'text':
        return { kind: 'text', text: each.text }
      case 'name': {
        const value = valueOf(each.name)
        if (value) return value
        if (words.has(each.name)) return { kind: 'text', text: each.name }
        throw new MetricMathError(`${each.name} is not defined`)
      }
      case 'list':
        return list(each.items.flatMap((item) => allSeries(evaluate(item))))
      case 'negate':
        return mapNumbers(evaluate(each.of), (number) => -number)
      case 'binary': {
        const operate = operators[each.operator]
        if (!operate) throw new MetricMathError(`${each.operator} is no operator`)
        return combine(evaluate(each.left), evaluate(each.right), operate)
      }
      case 'call': {
        if (each.name === 'SEARCH') return searched(each.args)
        const call = Object.hasOwn(mathFunctions, each.name) ? mathFunctions[each.name] : undefined
        if (!call) throw new MetricMathError(`the function ${each.name} is not supported`)
        return call(each.args.map(evaluate), scope)
      }
    }
  }
  const searched = (args: readonly Node[]): MathValue => {
    const found = valueOf(JSON.stringify(searchArgs(args)))
    if (!found) throw new MetricMathError('SEARCH is not available here')
    return found
  }
  return evaluate(node)
}
