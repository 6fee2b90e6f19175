import type { Detection } from '../inspected-value.ts'
import { Lexer, literalEnd } from './lexer.ts'
import { normalForm, withoutPercents } from './normal-form.ts'
import { readValue } from './reading.ts'
import { bareVerdict, literalVerdict } from './verdict.ts'
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
  const found = detection(plain, sensitivity)
  if (found !== undefined) return found
  if (plain.includes('%')) {
    const decoded = withoutPercents(plain)
    if (decoded !== plain) {
      const again = detection(normalForm(decoded), sensitivity)
      if (again !== undefined) return again
    }
  }
  if (plain.includes('+') && !plain.includes(' '))
    return detection(plain.replaceAll('+', ' '), sensitivity)
  return undefined
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
  const bare = readValue(new Lexer(text, 0, true), 'operand')
  const reason = bareVerdict(bare, sensitivity)
  if (reason !== undefined)
    return { evidence: text.slice(0, Math.min(bare.end, evidenceLength)), reason }
  const escapes = text.includes('\\')
  for (const quote of [0x27, 0x22, 0x60]) {
    const from = literalEnd(text, 0, quote, false)
    const found = from === -1 ? undefined : literal(text, from, sensitivity)
    if (found !== undefined) return found
    if (!escapes || from === -1) continue
    const escaped = literalEnd(text, 0, quote, true)
    const again =
      escaped === -1 || escaped === from ? undefined : literal(text, escaped, sensitivity)
    if (again !== undefined) return again
  }
  return undefined
}

function literal(text: string, from: number, sensitivity: Sensitivity): Detection | undefined {
  const evidence = readValue(new Lexer(text, from, false), 'operator')
  const reason = literalVerdict(evidence, sensitivity, text.slice(0, from - 1))
  if (reason === undefined) return undefined
  return {
    evidence: text.slice(Math.max(0, from - 1), Math.min(evidence.end, from - 1 + evidenceLength)),
    reason,
  }
}
