/** One step of a wildcard pattern: a character to match, or any run of characters. */
type Step = string | typeof anyRun

const anyRun = Symbol('any run of characters')

/** Reads `a*b`, where `\*` and `\\` stand for themselves. Throws EventBridge's complaint. */
function stepsOf(pattern: string): Step[] {
  const steps: Step[] = []
  for (let index = 0; index < pattern.length; index++) {
    const character = pattern.charAt(index)
    const following = pattern.charAt(index + 1)
    // Positions count the quote that EventBridge puts in front.
    if (character === '*') {
      if (following === '*') {
        throw new RangeError(`Consecutive wildcard characters at pos ${index + 1}`)
      }
      steps.push(anyRun)
    } else if (character === '\\') {
      if (following !== '*' && following !== '\\') {
        throw new RangeError(`Invalid escape character at pos ${index + 1}`)
      }
      steps.push(following)
      index++
    } else steps.push(character)
  }
  return steps
}

/** A compiled wildcard pattern. */
export interface Wildcard {
  matches(text: string): boolean
  readonly steps: readonly Step[]
}

/** Compiles a wildcard pattern to a search that never backtracks over more than one star. */
export function compileWildcard(pattern: string): Wildcard {
  const steps = stepsOf(pattern)
  const pieces: string[] = ['']
  for (const step of steps) {
    if (step === anyRun) pieces.push('')
    else pieces[pieces.length - 1] += step
  }
  return { steps, matches: (text) => fits(pieces, text) }
}

function fits(pieces: readonly string[], text: string): boolean {
  const [first = ''] = pieces
  if (pieces.length === 1) return text === first
  const last = pieces.at(-1) ?? ''
  if (text.length < first.length + last.length) return false
  if (!text.startsWith(first) || !text.endsWith(last)) return false
  const end = text.length - last.length
  let from = first.length
  for (const piece of pieces.slice(1, -1)) {
    const found = text.indexOf(piece, from)
    if (found === -1 || found + piece.length > end) return false
    from = found + piece.length
  }
  return true
}

/** How many places of its wildcard patterns one value may be at, at most; EventBridge refuses more. */
const maxSimultaneous = 10
/** Sets of places looked at before a pattern counts as too complex anyway. */
const maxSets = 5_000

/**
 * Whether the wildcard patterns of one field are too complex together: whether some value could be
 * at `maxSimultaneous` places of them at once (aws/event-ruler, MachineComplexityEvaluator).
 */
export function isTooComplex(wildcards: readonly Wildcard[]): boolean {
  const all = wildcards.map(({ steps }) => steps)
  const alphabet = new Set<Step>(all.flat())
  const begin = all.flatMap((steps, pattern) => closure(steps, pattern, 0))
  const seen = new Set<string>()
  const queue = [begin]
  for (let places = queue.pop(); places; places = queue.pop()) {
    for (const character of alphabet) {
      const next = [...new Set(places.flatMap((place) => advance(all, place, character)))].sort()
      const key = next.join(' ')
      if (next.length === 0 || seen.has(key)) continue
      if (next.length >= maxSimultaneous || seen.size >= maxSets) return true
      seen.add(key)
      queue.push(next)
    }
  }
  return false
}

/** A place is `<pattern>:<index of the next step>`; standing before a star is standing behind it too. */
function closure(steps: readonly Step[], pattern: number, index: number): string[] {
  const here = `${pattern}:${index}`
  return steps[index] === anyRun ? [here, `${pattern}:${index + 1}`] : [here]
}

function advance(all: readonly (readonly Step[])[], place: string, character: Step): string[] {
  const [pattern = 0, index = 0] = place.split(':').map(Number)
  const steps = all[pattern] ?? []
  const step = steps[index]
  if (step === anyRun) return closure(steps, pattern, index)
  return step !== undefined && step === character ? closure(steps, pattern, index + 1) : []
}
