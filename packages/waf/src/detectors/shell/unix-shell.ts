import { characterMarks } from '../../inspected-value.ts'
import type { Detection } from '../../inspected-value.ts'
import { detection, matchDetection } from '../detector.ts'
import type { Detector } from '../detector.ts'
import { insideProse, isDocument, wordCount } from '../prose.ts'
import { commandAt, runners } from './command.ts'
import type { Command } from './command.ts'
import { unixCommands } from './data/unix-commands.ts'

/**
 * Would the value, put into a line for `sh` bare or within quotes, run a command? Every separator is outside quotes in one of
 * these contexts, so what counts is whether a command follows it; which words are commands depends on what follows them.
 */
export const unixShell: Detector = {
  name: 'a Unix command line',
  needs: [
    characterMarks.semicolon,
    characterMarks.pipe,
    characterMarks.dollar,
    characterMarks.quote,
    characterMarks.control,
    characterMarks.slash,
    characterMarks.brace,
    characterMarks.angle,
    characterMarks.space,
  ],
  detect,
}

/** What stands before a command: the beginning of the text, a separator, a line's end, or the opening of a substitution. */
type Opening = 'start' | 'separator' | 'ampersand' | 'pipe' | 'line' | 'substitution' | 'backtick'

const shellshock =
  /(?<![\w$]\s?)\(\s*\)\s*\{\s*(?:[^\s{}]{0,10};\s*\}\s*(?:;\s*(?:[a-z/$(`:]|$)|>)|\(a\)=>)/i
/** A value that is a substitution and nothing else, or an option with which a program is made to run another. */
const substitution =
  /^\s*[$<>]\(\s*(?!this\)|document\)|window\))[a-z]\w{1,20}\s*\)\s*$|^-{1,2}(?:oProxyCommand|exec|eval|upload-pack|receive-pack|use-compress-program|checkpoint-action|to-command|gpu-launcher|rsh|config-env)=/
const deviceSocket = /\/dev\/(?:tcp|udp)\/[\w.$-]/

function detect(text: string): Detection | undefined {
  if (text.includes('() {') || text.includes('(){')) {
    const found = matchDetection(shellshock.exec(text), 'a function that bash would import and run')
    if (found !== undefined) return found
  }
  if (text.includes('/dev/')) {
    const found = matchDetection(deviceSocket.exec(text), 'a connection opened by the shell')
    if (found !== undefined) return found
  }
  const whole = matchDetection(
    text.length < 60 ? substitution.exec(text) : null,
    'a substitution of the shell',
  )
  if (whole !== undefined) return whole
  const atStart = mayBeCommand(text, 0) ? judged(text, 0, 'start') : undefined
  if (atStart !== undefined) return atStart
  openings.lastIndex = 0
  for (let next = openings.exec(text); next !== null; next = openings.exec(text)) {
    const index = openings.lastIndex - 1 - (next[0].endsWith('(') ? 1 : 0)
    const opening = openingAt(text, index)
    const written = text.charCodeAt(index) === 0x6e
    if (opening === undefined || (!written && isEscaped(text, index))) continue
    const from = index + (opening === 'substitution' ? 2 : 1)
    const found = mayBeCommand(text, from) ? judged(text, from, opening) : undefined
    if (found !== undefined) return found
  }
  return undefined
}

const openings = /[;&|\n\r`]|[$<>]\(|\\n/g
const firstWord = /[\s({!"'\u00a0]{0,12}([a-z][\w.-]*)(.?)/sy

const wordCharacter = /[\s({!"'\u00a0]{0,12}[/\\'"$.~{?[`]/y

/** A quick look: a word of letters that is neither in the table nor followed by a flag is not worth reading as a shell does. */
function mayBeCommand(text: string, from: number): boolean {
  firstWord.lastIndex = from
  const found = firstWord.exec(text)
  if (found === null) {
    wordCharacter.lastIndex = from
    return wordCharacter.test(text)
  }
  const [, word = '', next = ''] = found
  if (unixCommands.has(word) || runners.has(word)) return true
  return (
    /[\\'"$`*?[\]/{=]/.test(next) ||
    (next === ' ' && text.slice(firstWord.lastIndex, firstWord.lastIndex + 80).includes('-'))
  )
}

/** A shell takes what an odd number of backslashes stands before as it is: nothing begins after it. */
function isEscaped(text: string, index: number): boolean {
  let start = index
  while (text.charCodeAt(start - 1) === 0x5c) start -= 1
  return (index - start) % 2 === 1
}

function openingAt(text: string, index: number): Opening | undefined {
  switch (text.charCodeAt(index)) {
    case 0x3b: // ;
      return 'separator'
    case 0x26: // &
      return text.charCodeAt(index + 1) === 0x26
        ? undefined
        : text.charCodeAt(index - 1) === 0x26
          ? 'separator'
          : 'ampersand'
    case 0x7c: // |
      return text.charCodeAt(index + 1) === 0x7c
        ? undefined
        : text.charCodeAt(index - 1) === 0x7c
          ? 'separator'
          : 'pipe'
    case 0x0a: // line feed
    case 0x0d:
      return 'line'
    case 0x6e: // a line feed that was written \n
      return text.charCodeAt(index - 1) === 0x5c ? 'line' : undefined
    case 0x60: // `
      return 'backtick'
    case 0x24: // $(
    case 0x3c: // <(
    case 0x3e: // >(
      return text.charCodeAt(index + 1) === 0x28 && text.charCodeAt(index + 2) !== 0x28
        ? 'substitution'
        : undefined
    default:
      return undefined
  }
}

function judged(text: string, at: number, opening: Opening): Detection | undefined {
  const close = opening === 'backtick' ? text.indexOf('`', at) : text.length
  if (close < 0) return undefined
  const command = commandAt(close === text.length ? text : text.slice(0, close), at)
  if (command === undefined || !convinces(text, at, opening, command)) return undefined
  return detection(
    text,
    opening === 'start' ? at : at - 1,
    command.end,
    `the command "${command.name}" ${where[opening]}`,
  )
}

/** Backticks that a heading, a quotation, a list or a fence of Markdown stands beside. */
const markdown = /```|^\s*(?:#{1,6}|>|[-*+]|\d+\.)\s+\w|\n[^\S\n]*(?:>|[-*+]|#{1,6})\s/

const where: Readonly<Record<Opening, string>> = {
  start: 'at the beginning',
  separator: 'after a separator',
  ampersand: 'after an ampersand',
  pipe: 'after a pipe',
  line: 'on a line of its own',
  substitution: 'in a substitution',
  backtick: 'between backticks',
}

/** At most so long, and so many lines, is what is injected between the lines of a value. */
const lineLimit = 200

const ambiguous = new Set(['groups', 'mount', 'hostname', 'dir', 'w', 'arp'])

function convinces(text: string, at: number, opening: Opening, command: Command): boolean {
  if (command.evidence === 'disguised')
    return opening !== 'backtick' || !insideProse(text, at - 1, command.end)
  const before = text.slice(0, Math.max(0, at - 1))
  const bare = injectionShaped(before)
  if (!command.known) {
    return (
      /^(?:separator|pipe|substitution)$/.test(opening) &&
      bare &&
      text.length < lineLimit &&
      wordCount(text, 5) < 5
    )
  }
  switch (opening) {
    case 'start':
      if (command.prefixed && !ambiguous.has(command.name)) return wordCount(text, 4) < 4
      return (
        command.evidence === 'sensitive' &&
        !(text.length > lineLimit && text.includes('\n')) &&
        !insideProse(text, 0, command.end)
      )
    case 'line':
      if (command.evidence === 'alone')
        return !/[A-Za-z]{2}/.test(before) && text.length < lineLimit
      return (
        bare &&
        !command.tool &&
        !isDocument(text) &&
        (text.length < lineLimit || command.evidence === 'sensitive')
      )
    case 'backtick':
      if (command.tool || markdown.test(text)) return false
      if (command.evidence === 'alone')
        return wordCount(before) + wordCount(text.slice(command.end)) === 0
      return !isDocument(text) && wordCount(before) + wordCount(text.slice(command.end)) < 3
    case 'pipe':
      if (command.filter && command.evidence !== 'sensitive') return false
      break
    default:
  }
  if (command.evidence === 'sensitive') return !isDocument(text) || bare
  return bare && (command.evidence !== 'alone' || text.length < 400)
}

/** Whether what stands before a separator is what a program asked for (a name, an address, nothing) and not writing. */
function injectionShaped(before: string): boolean {
  return wordCount(before.slice(-300), 3) < 3
}
