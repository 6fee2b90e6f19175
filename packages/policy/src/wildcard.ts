/** A pattern in code units, with `ANY_RUN` for `*` and `ANY_ONE` for `?`. */
export type Glob = readonly number[]

/** Decides whether a text fits a pattern compiled earlier. */
export type TextTest = (text: string) => boolean

/** Stands for `*`: any run of characters, also none. */
export const ANY_RUN = -1

/** Stands for `?`: exactly one character. */
export const ANY_ONE = -2

/** Appends a text to a glob, with its `*` and `?` as wildcards. */
export function appendPattern(glob: number[], text: string): void {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code === 42) {
      // A run of stars says no more than one and would only cost time.
      if (glob.at(-1) !== ANY_RUN) glob.push(ANY_RUN)
    } else glob.push(code === 63 ? ANY_ONE : code)
  }
}

/** Appends a text to a glob without wildcards, for `${*}` and the values of policy variables. */
export function appendLiteral(glob: number[], text: string): void {
  for (let i = 0; i < text.length; i++) glob.push(text.charCodeAt(i))
}

/** Matches a text in time proportional to pattern times text, without backtracking beyond the last star. */
export function matchesGlob(glob: Glob, text: string): boolean {
  let at = 0
  let position = 0
  let star = -1
  let resume = 0
  while (position < text.length) {
    const wanted = glob[at]
    if (wanted === ANY_RUN) {
      star = at++
      resume = position
    } else if (wanted === ANY_ONE || wanted === text.charCodeAt(position)) {
      at++
      position++
    } else if (star >= 0) {
      at = star + 1
      position = ++resume
    } else return false
  }
  while (glob[at] === ANY_RUN) at++
  return at === glob.length
}

/** Compiles a glob once, so that the common shapes (`*`, literal, `prefix*`) cost one string operation. */
export function compileGlob(glob: Glob): TextTest {
  const firstWildcard = glob.findIndex((code) => code < 0)
  if (firstWildcard < 0) {
    const literal = textOf(glob)
    return (text) => text === literal
  }
  if (glob.length === 1 && glob[0] === ANY_RUN) return () => true
  if (firstWildcard === glob.length - 1 && glob[firstWildcard] === ANY_RUN) {
    const prefix = textOf(glob.slice(0, -1))
    return (text) => text.startsWith(prefix)
  }
  return (text) => matchesGlob(glob, text)
}

/** Compiles a pattern text with `*` and `?`. */
export function compilePattern(pattern: string): TextTest {
  const glob: number[] = []
  appendPattern(glob, pattern)
  return compileGlob(glob)
}

function textOf(codes: Glob): string {
  return codes.map((code) => String.fromCharCode(code)).join('')
}
