import type { Detection } from '../inspected-value.ts'
import { Lexer, literalEnd } from './lexer.ts'
import {
  normalForm,
  withoutDoubling,
  withoutEmptyExponents,
  withoutPercents,
} from './normal-form.ts'
import { beginsWithTwoNames, nameFollows } from './prose.ts'
import { readValue } from './reading.ts'
import { bareVerdict, literalVerdict, passageVerdict } from './verdict.ts'
import type { Sensitivity } from './verdict.ts'

const evidenceLength = 100

/**
 * Says whether a text would, put into an SQL statement as it is, leave its place and continue the statement: where a number or name
 * is due, or within a literal in single quotes, double quotes or backticks. LOW keeps to what ordinary text never is; HIGH
 * also takes what ordinary text seldom is. Time is linear in the text's length.
 */
export function detectSqli(text: string, sensitivity: Sensitivity): Detection | undefined {
  if (!suspicious(text)) return undefined
  const plain = normalForm(text)
  return (
    detection(plain, sensitivity) ??
    (plain.includes('%')
      ? detection(normalForm(withoutPercents(plain)), sensitivity)
      : undefined) ??
    (plain.includes('+') && !plain.trim().includes(' ')
      ? detection(plain.split('+').join(' '), sensitivity)
      : undefined) ??
    (plain.includes('.e')
      ? changed(plain, withoutEmptyExponents(plain), sensitivity)
      : undefined) ??
    changed(plain, withoutDoubling(plain), sensitivity)
  )
}

function changed(before: string, after: string, sensitivity: Sensitivity): Detection | undefined {
  return after === before ? undefined : detection(after, sensitivity)
}

/** Whether the text has anything besides letters, digits and the marks of numbers, dates, names and addresses. */
function suspicious(text: string): boolean {
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index)
    if (code >= 128 || harmless[code] !== 1) return true
  }
  return false
}

const harmless = new Uint8Array(128)
for (const character of 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.,:@?=')
  harmless[character.charCodeAt(0)] = 1

function detection(text: string, sensitivity: Sensitivity): Detection | undefined {
  const found = anchored(text, false, sensitivity)
  if (found !== undefined || !text.includes('\\')) return found
  return anchored(text, true, sensitivity)
}

/** Reads the text from where an attacker must begin: its start, and the first quote of each kind. */
function anchored(
  text: string,
  backslash: boolean,
  sensitivity: Sensitivity,
): Detection | undefined {
  let garbage = beginsWithTwoNames(text)
  if (!garbage) {
    const bare = readValue(new Lexer(text, 0, backslash), 'operand')
    const reason = bareVerdict(bare, sensitivity)
    if (reason !== undefined) return detected(text, 0, bare.end, reason)
    garbage = bare.ending === 'garbage'
  }
  for (const quote of [0x27, 0x22, 0x60]) {
    const from = literalEnd(text, 0, quote, backslash)
    if (from === -1 || nameFollows(text, from)) continue
    const evidence = readValue(new Lexer(text, from, backslash), 'operator')
    const why = literalVerdict(evidence, sensitivity, text.slice(0, from - 1))
    if (why !== undefined) return detected(text, from - 1, evidence.end, why)
  }
  return garbage ? passage(text) : undefined
}

const candidateLimit = 16
const passageLimit = 200

/** Looks further on, where what stands before is of no use to an attacker, for what can be nothing but SQL. */
function passage(text: string): Detection | undefined {
  const first = text.indexOf('select')
  if (first === -1) return undefined
  let at = 0
  for (let count = 0; count < candidateLimit; count += 1) {
    const union = text.indexOf('union', at)
    const inner = text.indexOf('(select', at)
    if (union === -1 && inner === -1) return undefined
    const isUnion = union !== -1 && (inner === -1 || union < inner)
    const start = isUnion ? union : inner
    at = start + 5
    // A query that is joined to another one is an example in a text about SQL.
    if (isUnion && first < union) continue
    const place = isUnion ? 'operator' : 'operand'
    const evidence = readValue(new Lexer(text, start, false), place, passageLimit)
    const why = passageVerdict(evidence)
    if (why !== undefined) return detected(text, start, evidence.end, why)
  }
  return undefined
}

function detected(text: string, start: number, end: number, reason: string): Detection {
  return { evidence: text.slice(start, Math.min(end, start + evidenceLength)), reason }
}
