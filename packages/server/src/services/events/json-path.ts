/** A step of a path: a member, an element, or all of them. */
type Step = { readonly name: string } | { readonly index: number } | 'all'

/** A compiled JSON path. */
export type JsonPath = readonly Step[]

const stepForm = /\.\*|\.([^.[\]\s'"*]+)|\[(\d+)\]|\[\*\]/y

/**
 * Compiles the part of JSONPath that EventBridge has: dots, indices and wildcards; undefined for
 * everything else (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html).
 */
export function compileJsonPath(path: string): JsonPath | undefined {
  if (!path.startsWith('$')) return undefined
  const steps: Step[] = []
  let at = 1
  while (at < path.length) {
    stepForm.lastIndex = at
    const found = stepForm.exec(path)
    if (!found) return undefined
    const [whole, name, index] = found
    if (name !== undefined) steps.push({ name })
    else if (index !== undefined) steps.push({ index: Number(index) })
    else steps.push('all')
    at += whole.length
  }
  return steps
}

/** What a path leads to: undefined for nothing, a list where there are wildcards. */
export function followJsonPath(path: JsonPath, value: unknown): unknown {
  let found: unknown[] = [value]
  for (const step of path) found = found.flatMap((each) => stepInto(step, each))
  return path.includes('all') ? found : found[0]
}

function stepInto(step: Step, value: unknown): unknown[] {
  if (typeof value !== 'object' || value === null) return []
  if (step === 'all') return Object.values(value)
  const name = 'name' in step ? step.name : step.index
  if ('index' in step && !Array.isArray(value)) return []
  return Object.hasOwn(value, name) ? [(value as Readonly<Record<string, unknown>>)[name]] : []
}
