/** A word of a shell's command line, as the shell would see it after expansion. */
export interface ShellWord {
  readonly text: string
  /** It was written so that it does not look like what it is: quotes or escapes within, empty expansions, `$IFS`. */
  readonly disguised: boolean
  /** It has wildcards that the shell expands. */
  readonly glob: boolean
  /** It has quotes, variables or substitutions, which a program's line has and a sentence has not. */
  readonly code: boolean
  readonly end: number
}

const fieldSeparator = /\$(?:\{IFS[^}]{0,20}\}|IFS(?:\$\d)?(?![A-Za-z_\d]))/y
const emptyExpansion = /\$(?:[@*#!?$\d-]|\{(?:[@*#!?\d-]|[A-Za-z_]\w*)\}|[A-Za-z_]\w*)/y
const partOfVariable = /\$\{(?:#|!)?[A-Za-z_@*]\w*(?:[:/%#^,@-][^}]{0,100})?\}/y
const slashVariable = /^\$\{(?:HOME|PATH|PWD|OLDPWD|SHELL|BASH)(?::0:1|%%[^}]*)\}$/

/** Skips blanks and what a shell takes for blanks; `disguised` says whether `$IFS` was among them. */
export function skipBlanks(
  text: string,
  from: number,
): { readonly at: number; readonly disguised: boolean } {
  let at = from
  let disguised = false
  for (;;) {
    const code = text.charCodeAt(at)
    if (code === 0x20 || code === 0x09 || code === 0x0d || code === 0x0b || code === 0xa0) at += 1
    else if (code === 0x24) {
      fieldSeparator.lastIndex = at
      if (!fieldSeparator.test(text)) return { at, disguised }
      at = fieldSeparator.lastIndex
      disguised = true
    } else return { at, disguised }
  }
}

interface Draft {
  text: string
  disguised: boolean
  glob: boolean
  code: boolean
  at: number
}

/** Reads the word that begins at `from`, as `bash` does; an unmatched quote ends it. */
export function shellWord(text: string, from: number): ShellWord {
  const draft: Draft = { text: '', disguised: false, glob: false, code: false, at: from }
  const last = Math.min(text.length, from + 300)
  while (draft.at < last && draft.text.length < 200 && step(text, draft));
  return {
    text: draft.text,
    disguised: draft.disguised,
    glob: draft.glob,
    code: draft.code,
    end: draft.at,
  }
}

/** Reads the next part of a word into the draft; false at the word's end. */
function step(text: string, draft: Draft): boolean {
  const character = text.charAt(draft.at)
  switch (character) {
    case ' ':
    case '\t':
    case '\r':
    case '\n':
    case '\0':
    case '\u00a0':
    case ';':
    case '|':
    case '&':
    case '(':
    case ')':
    case '<':
    case '>':
      return false
    case '\\':
      return escaped(text, draft)
    case "'":
    case '"':
      return quoted(text, draft, character)
    case '`':
      return substituted(text, draft, draft.at + 1, '`')
    case '$':
      return expanded(text, draft)
    case '?':
    case '*':
      draft.glob = true
      break
    case '[':
      draft.glob ||= /\[[^\]\s]{1,8}\]/y.test(text.slice(draft.at, draft.at + 10))
      break
    default:
  }
  draft.text += character
  draft.at += 1
  return true
}

function escaped(text: string, draft: Draft): boolean {
  const next = text.charAt(draft.at + 1)
  if (next === '' || ((next === 'n' || next === 'r') && !/[a-z]/.test(text.charAt(draft.at + 2))))
    return false
  if (next === '\n') draft.disguised = true
  else {
    draft.text += next
    draft.disguised ||= /[a-z]/.test(next) && !namesDrive(text)
  }
  draft.at += 2
  return true
}

/** Whether a path of Windows is among the text, whose backslashes are no escapes; every escape of one text asks. */
function namesDrive(text: string): boolean {
  if (text !== lastAsked) {
    lastAsked = text
    lastAnswer = text.includes(':\\')
  }
  return lastAnswer
}

let lastAsked = ''
let lastAnswer = false

function quoted(text: string, draft: Draft, quote: string): boolean {
  const length = text.slice(draft.at + 1, draft.at + 400).indexOf(quote)
  if (length < 0) return false
  const close = draft.at + 1 + length
  const inner = text.slice(draft.at + 1, close)
  const next = text.charAt(close + 1)
  if (
    /^[\w./-]*$/.test(inner) &&
    (wordEnd.test(draft.text) || (inner !== '' && wordStart.test(next)))
  ) {
    draft.disguised ||=
      wordStart.test(next) ||
      (wordEnd.test(draft.text) && inner !== '' && !draft.text.includes('='))
  }
  draft.code = true
  draft.text += inner
  draft.at = close + 1
  return true
}

const wordEnd = /[\w/.]$/
const wordStart = /^[\w/.]/

function expanded(text: string, draft: Draft): boolean {
  const next = text.charAt(draft.at + 1)
  draft.code = true
  if (next === "'") return ansiQuoted(text, draft)
  if (next === '(') return substituted(text, draft, draft.at + 2, ')')
  fieldSeparator.lastIndex = draft.at
  if (fieldSeparator.test(text)) return false
  partOfVariable.lastIndex = draft.at
  const part = partOfVariable.exec(text)
  if (part !== null && !emptyAt(text, draft.at, part[0].length)) {
    draft.text += slashVariable.test(part[0]) ? '/' : '?'
    draft.glob = true
    draft.disguised = true
    draft.at = partOfVariable.lastIndex
    return true
  }
  emptyExpansion.lastIndex = draft.at
  if (!emptyExpansion.test(text)) {
    draft.text += '$'
    draft.at += 1
    return true
  }
  const after = text.charAt(emptyExpansion.lastIndex)
  draft.disguised ||= draft.text !== '' && (wordStart.test(after) || after === '' || after === '/')
  draft.at = emptyExpansion.lastIndex
  return true
}

/** A `${NAME}` without operator is a plain variable. */
function emptyAt(text: string, at: number, length: number): boolean {
  emptyExpansion.lastIndex = at
  return emptyExpansion.test(text) && emptyExpansion.lastIndex === at + length
}

function ansiQuoted(text: string, draft: Draft): boolean {
  const length = text.slice(draft.at + 2, draft.at + 400).indexOf("'")
  if (length < 0) return false
  const close = draft.at + 2 + length
  draft.text += text
    .slice(draft.at + 2, close)
    .replace(
      /\\(?:(?:x(?=[\da-f])|u)([\da-f]{1,2}(?:(?<=\\u..)[\da-f]{2})?)|([0-7]{1,3})|(.))/gi,
      (_, hex, octal, other) =>
        hex === undefined && octal === undefined
          ? String(other)
          : String.fromCharCode(Number.parseInt(String(hex ?? octal), hex === undefined ? 8 : 16)),
    )
  draft.disguised = true
  draft.at = close + 1
  return true
}

/** A substitution within a word: what it yields is not known; an empty one is there to break the word up. */
function substituted(text: string, draft: Draft, from: number, close: '`' | ')'): boolean {
  let depth = 1
  let at = from
  for (; at < text.length && at - from < 100; at += 1) {
    const character = text.charAt(at)
    if (character === close) depth -= 1
    else if (character === '(' && close === ')') depth += 1
    if (depth === 0) break
  }
  if (depth > 0) return false
  const next = text.charAt(at + 1)
  draft.code = true
  if (draft.text !== '' && wordStart.test(next)) draft.disguised = true
  draft.text += at === from ? '' : close === ')' && text.charAt(from) === '(' ? '0' : '?'
  draft.glob ||= at !== from
  draft.at = at + 1
  return true
}
