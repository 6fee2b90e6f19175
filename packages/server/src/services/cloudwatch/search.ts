import type { Context } from '../../kernel/context.ts'
import { validation } from './errors.ts'
import { metricPrefix, metrics } from './metric-store.ts'
import type { MetricIdentity } from './metric-store.ts'

const maxFound = 500

type Test = (metric: MetricIdentity) => boolean

/**
 * The metrics that a search expression finds: `{Namespace,Dimension…} terms`
 * (https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/search-expression-syntax.html).
 * Throws ValidationError.
 */
export async function searchMetrics(
  ctx: Context,
  expression: string,
): Promise<readonly MetricIdentity[]> {
  const schema = /^\s*\{([^}]*)\}/.exec(expression)
  const [namespace, ...dimensions] = (schema?.[1] ?? '')
    .split(',')
    .map((part) => part.trim().replace(/^"(.*)"$/, '$1'))
    .filter((part) => part !== '')
  const test = readTerms(expression.slice(schema?.[0].length ?? 0))
  const prefix = namespace === undefined ? {} : { prefix: metricPrefix(namespace) }
  const rows = await ctx.store.table(metrics).list(prefix)
  return rows
    .map(({ value }) => value)
    .filter((metric) => {
      const names = metric.dimensions.map(({ name }) => name)
      const fits =
        namespace === undefined ||
        (names.length === dimensions.length && dimensions.every((name) => names.includes(name)))
      return fits && test(metric)
    })
    .slice(0, maxFound)
}

/** Terms side by side must all hold; OR binds looser, NOT tighter. */
function readTerms(text: string): Test {
  const words = [...text.matchAll(/[()]|(?:[\w./-]+=)?(?:"[^"]*"|[^\s()"]+)/g)].map(
    ([word]) => word,
  )
  let at = 0
  const readAny = (): Test => {
    const choices = [readAll()]
    while (words[at] === 'OR') {
      at += 1
      choices.push(readAll())
    }
    return (metric) => choices.some((choice) => choice(metric))
  }
  const readAll = (): Test => {
    const parts: Test[] = []
    while (at < words.length && words[at] !== 'OR' && words[at] !== ')') {
      if (words[at] === 'AND') at += 1
      else parts.push(readOne())
    }
    return (metric) => parts.every((part) => part(metric))
  }
  const readOne = (): Test => {
    const word = words[at++] ?? ''
    if (word === 'NOT') {
      const inner = readOne()
      return (metric) => !inner(metric)
    }
    if (word !== '(') return termOf(word)
    const inner = readAny()
    if (words[at++] !== ')') throw validation('The search expression is not closed.')
    return inner
  }
  const test = readAny()
  if (at < words.length) throw validation('The search expression cannot be read.')
  return test
}

function termOf(word: string): Test {
  const [, property, rest = ''] = /^(?:([\w./-]+)=)?([^]*)$/.exec(word) ?? []
  const isExact = rest.startsWith('"')
  const wanted = rest.replace(/^"([^]*)"$/, '$1')
  const holds = (value: string): boolean =>
    isExact ? value === wanted : value.toLowerCase().includes(wanted.toLowerCase())
  return ({ namespace, name, dimensions }) => {
    if (property === 'MetricName') return holds(name)
    if (property === 'Namespace') return holds(namespace)
    if (property !== undefined) {
      return dimensions.some((each) => each.name === property && holds(each.value))
    }
    const all = [namespace, name, ...dimensions.flatMap((each) => [each.name, each.value])]
    return all.some(holds)
  }
}
