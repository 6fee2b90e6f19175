/** An assertion about what follows the beginning of a text: that it does, or does not, match. */
export interface Assertion {
  readonly body: string
  readonly expected: boolean
}

/** Flags, the beginning, and after it characters of which each is one: whatever follows then stands at one place. */
const fixedStart =
  /^(\(\?[is]+\))?(?:\^|\\A)(?:(?:[^\\()[\]|*+?{}^$]|\\[^\dbBAzQEC]|\[\^?\]?(?:[^\\\]]|\\[^])*\])(?![*+?{]))*/

/**
 * Splits `^/(?!a)(?=b)c` into `^/c` and what `^/(?:a)` and `^/(?:b)` must say. All of them look at the text from one place, so each
 * can be tested for itself.
 */
export function splitAssertions(pattern: string): {
  readonly body: string
  readonly assertions: readonly Assertion[]
} {
  const start = fixedStart.exec(pattern)?.[0]
  if (start === undefined) return { body: pattern, assertions: [] }
  const assertions: Assertion[] = []
  let at = start.length
  for (;;) {
    const kind = pattern.slice(at, at + 3)
    const end = kind === '(?!' || kind === '(?=' ? groupEnd(pattern, at) : -1
    if (end < 0 || /^[*+?{]/.test(pattern.slice(end + 1))) break
    assertions.push({
      body: `${start}(?:${pattern.slice(at + 3, end)})`,
      expected: kind === '(?=',
    })
    at = end + 1
  }
  const rest = pattern.slice(at)
  if (assertions.length === 0 || hasTopLevelBar(rest)) return { body: pattern, assertions: [] }
  return { body: start + rest, assertions }
}

/** The index of the parenthesis that closes the group opened at `at`, or -1. */
function groupEnd(pattern: string, at: number): number {
  let depth = 0
  for (const [index, character] of significant(pattern, at)) {
    if (character === '(') depth += 1
    if (character === ')') {
      depth -= 1
      if (depth === 0) return index
    }
  }
  return -1
}

function hasTopLevelBar(pattern: string): boolean {
  let depth = 0
  for (const [, character] of significant(pattern, 0)) {
    if (character === '(') depth += 1
    if (character === ')') depth -= 1
    if (character === '|' && depth === 0) return true
  }
  return false
}

/** The characters that are neither escaped nor in a class. */
function* significant(pattern: string, from: number): Generator<readonly [number, string]> {
  let inClass = false
  for (let index = from; index < pattern.length; index += 1) {
    const character = pattern.charAt(index)
    if (character === '\\') index += 1
    else if (inClass) inClass = character !== ']'
    else if (character === '[') {
      inClass = true
      // A bracket that comes first is a member of the class.
      if (/^\^?\]/.test(pattern.slice(index + 1, index + 3))) {
        index += pattern.charAt(index + 1) === '^' ? 2 : 1
      }
    } else yield [index, character]
  }
}
