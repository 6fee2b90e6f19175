import { unixCommands } from './data/unix-commands.ts'
import type { CommandShape } from './data/unix-commands.ts'
import { globReaches } from './glob.ts'
import { shellWord, skipBlanks } from './word.ts'
import type { ShellWord } from './word.ts'

/** A command of a line, and how sure it is that it is one. */
export interface Command {
  readonly name: string
  /**
   * `disguised`: nobody writes it so but to hide it. `sensitive`: what it is given only an attacker gives. `shaped`: it has
   * arguments as commands have. `alone`: the word, and nothing after it.
   */
  readonly evidence: 'disguised' | 'sensitive' | 'shaped' | 'alone'
  /** It is one of those that stand after a pipe in everybody's notes. */
  readonly filter: boolean
  /** It is a tool of developers, which texts about software name between backticks and on lines of their own. */
  readonly tool: boolean
  /** Its name is in the table; of another only its flags say that it is a command. */
  readonly known: boolean
  /** It was run through another: `time id`. */
  readonly prefixed: boolean
  readonly end: number
}

const filters = new Set(
  'grep egrep sort uniq wc head tail less more awk sed cut tr xargs tee jq column find'.split(' '),
)
const tools = new Set(
  'npm gem pip pip3 git docker kubectl make apt apt-get yum dnf apk rpm snap go node java set export gcc cc mkdir tar ssh nginx sudo cargo composer brew'.split(
    ' ',
  ),
)
const plain = { filter: false, tool: false, known: true, prefixed: false } as const
/** Commands that run another: `time id`. */
export const runners: ReadonlySet<string> = new Set(
  'time nohup strace ltrace sudo exec xargs busybox timeout env then do else if while until eval nice setsid watch stdbuf flock cpulimit command'.split(
    ' ',
  ),
)
/** Those of them that are no words of a sentence's beginning. */
const direct = new Set('time nohup strace ltrace sudo exec xargs busybox timeout'.split(' '))
const systemPath =
  /^(?:file:\/\/)?(?:\/(?:etc|bin|sbin|usr|var|home|tmp|proc|root|dev|opt|boot|sys|mnt|srv|lib)(?:\/|$)|~\/|\/$)/
const sensitiveFile =
  /\/etc\/+(?:\.\/+)*(?:passwd|shadow|group|hosts|issue|sudoers)|\/proc\/(?:self|version|cpuinfo)|\.ssh\/|\.bash_history|(?:win|boot|php)\.ini|wp-config|\.htpasswd|config\.php/
const address =
  /^(?:\w+:\/\/|\d{1,3}(?:\.\d{1,3}){3}(?:$|[/:])|localhost$)|^[\w-]+(?:\.[\w-]+)*\.[a-z]{2,}(?::\d+)?(?:\/\S*)?$/i
const opening = /[\s({!"']/

/** The command whose line begins at `from`, when a command begins there. */
export function commandAt(text: string, from: number): Command | undefined {
  const start = afterOpening(text, from)
  const first = text.charAt(start)
  if (!/[a-z/\\'"$.~{?[]/.test(first)) return undefined
  if (first === '{') return braced(text, start)
  let word = shellWord(text, start)
  const prefixed = direct.has(word.text)
  for (let skipped = 0; skipped < 4; skipped += 1) {
    const assigned = /^[A-Za-z_]\w*=/.test(word.text)
    if (
      assigned &&
      word.disguised &&
      unixCommands.has(word.text.slice(word.text.indexOf('=') + 1).split(' ')[0] ?? '')
    ) {
      return { name: word.text, evidence: 'disguised', ...plain, end: word.end }
    }
    if (
      !assigned &&
      !runners.has(word.text) &&
      word.text !== '!' &&
      !(word.text === '' && word.code)
    )
      break
    const next = skipBlanks(text, word.end)
    if (!/[a-z/\\'"$.~]/.test(text.charAt(next.at)) || next.at === word.end) break
    const following = shellWord(text, next.at)
    if (!assigned && following.text !== '' && !unixCommands.has(baseName(following.text))) break
    word = following
  }
  const found = evaluated(text, word)
  return prefixed && found !== undefined ? { ...found, prefixed: !direct.has(found.name) } : found
}

function afterOpening(text: string, from: number): number {
  let at = from
  for (let steps = 0; steps < 12; steps += 1) {
    at = skipBlanks(text, at).at
    const character = text.charAt(at)
    const skippable =
      opening.test(character) &&
      !(character === '{' && /^\{[^\s{},]*,/.test(text.slice(at, at + 40)))
    const openingQuote =
      (character === "'" || character === '"') && !closedWord(text, at, character)
    if (character === "'" || character === '"' ? !openingQuote : !skippable) return at
    at += 1
  }
  return at
}

/** Whether a quote opens a word that is closed: `'cat'`; one that is not closes what the application had opened. */
function closedWord(text: string, at: number, quote: string): boolean {
  const close = text.slice(at + 1, at + 42).indexOf(quote)
  return close >= 0 && /^[\w./\\?*-]{0,40}$/.test(text.slice(at + 1, at + 1 + close))
}

/** `{cat,/etc/passwd}`: a line whose blanks are written as a brace expansion's commas. */
function braced(text: string, start: number): Command | undefined {
  const length = text.slice(start, start + 300).indexOf('}')
  if (length < 0) return undefined
  const close = start + length
  const [first = '', ...rest] = text.slice(start + 1, close).split(',')
  const { text: name } = shellWord(first.trim(), 0)
  const shape = unixCommands.get(baseName(name))
  if (shape === undefined || rest.length === 0 || /[:=]/.test(first)) return undefined
  if (!rest.some((word) => /[/\-$'"\\.\d]/.test(word)) || /["']\s*:/.test(text)) return undefined
  return { name, evidence: 'disguised', ...plain, end: close + 1 }
}

function baseName(word: string): string {
  return word.includes('/') ? word.slice(word.lastIndexOf('/') + 1) : word
}

function evaluated(text: string, word: ShellWord): Command | undefined {
  const { text: name, end } = word
  if (name === '') {
    if (
      word.code &&
      end > 1 &&
      /\|\s*$/.test(
        text.slice(Math.max(0, end - 20), end).replace(/\$(?:0|\{?SHELL\}?|\{?BASH\}?)$/, ''),
      )
    ) {
      return { name: text.slice(end - 2, end), evidence: 'sensitive', ...plain, end }
    }
    const { sensitive, end: to } = argumentsOf(text, end)
    return word.code && sensitive
      ? {
          name: text.slice(Math.max(0, end - 4), end),
          evidence: 'sensitive',
          ...plain,
          end: to,
        }
      : undefined
  }
  if (word.glob && globReaches(name)) return { name, evidence: 'disguised', ...plain, end }
  const pathed = name.includes('/')
  const base = baseName(name)
  const shape = unixCommands.get(base)
  if (shape === undefined) return pathed || word.glob ? undefined : unknown(text, word)
  if (pathed && !/^(?:\.{0,2}\/|~\/|usr\/|bin\/)/.test(name)) return undefined
  const made = (evidence: Command['evidence'], to: number): Command => ({
    name: base,
    evidence,
    filter: filters.has(base),
    tool: tools.has(base),
    known: true,
    prefixed: false,
    end: to,
  })
  const rest = argumentsOf(text, end)
  if (word.disguised && (rest.closed || rest.shaped || rest.disguised))
    return made('disguised', rest.end)
  if (pathed && /^\/+(?:usr\/+(?:local\/+)?)?s?bin\//.test(name)) return made('sensitive', rest.end)
  if (rest.disguised) return made('disguised', rest.end)
  if (rest.sensitive) return made('sensitive', rest.end)
  return shapedAs(shape, base, rest, made)
}

/** A word that no table has, with a flag as only commands have. */
function unknown(text: string, { text: name, end }: ShellWord): Command | undefined {
  if (!/^[a-z][a-z\d_.-]{1,24}$/.test(name)) return undefined
  const rest = argumentsOf(text, end)
  return rest.flagged && rest.closed
    ? { ...plain, name, evidence: 'shaped', known: false, end: rest.end }
    : undefined
}

function shapedAs(
  shape: CommandShape,
  name: string,
  rest: Rest,
  made: (evidence: Command['evidence'], to: number) => Command,
): Command | undefined {
  switch (shape) {
    case 'alone':
      return rest.shaped || rest.hosted
        ? made('shaped', rest.end)
        : rest.closed && rest.first === ''
          ? made('alone', rest.end)
          : undefined
    case 'number':
      return /^\d+(?:\.\d+)?[smh]?$/.test(rest.first) && rest.count === 1 && rest.closed
        ? made('shaped', rest.end)
        : undefined
    case 'host':
      if (rest.flagged && rest.hosted) return made('sensitive', rest.end)
      return rest.shaped || address.test(rest.first) ? made('shaped', rest.end) : undefined
    case 'code':
      if (/^-\w*[ceirE]$/.test(rest.first)) return made('sensitive', rest.end)
      return rest.shaped || (rest.closed && rest.first === '' && name.endsWith('sh'))
        ? made('shaped', rest.end)
        : undefined
    case 'shaped':
      if (rest.shaped) return made('shaped', rest.end)
      return (name === 'echo' || name === 'printf') && rest.count === 1 && rest.closed
        ? made('shaped', rest.end)
        : undefined
  }
}

/** What follows a command's name, up to the end of the command. */
interface Rest {
  readonly first: string
  readonly count: number
  readonly shaped: boolean
  readonly sensitive: boolean
  readonly disguised: boolean
  /** An argument is a host's name. */
  readonly hosted: boolean
  /** An argument is a flag. */
  readonly flagged: boolean
  /** The command ends where a command ends: at the text's end, a separator, a closing quote or a comment. */
  readonly closed: boolean
  readonly end: number
}

const mostArguments = 8

function argumentsOf(text: string, from: number): Rest {
  let at = from
  let first = ''
  let count = 0
  let shaped = false
  let sensitive = false
  let disguised = false
  let hosted = false
  let flagged = false
  for (; count < mostArguments; count += 1) {
    const blanks = skipBlanks(text, at)
    const redirect = /^\d?[<>]{1,3}&?/.exec(text.slice(blanks.at, blanks.at + 4))
    if (redirect === null && blanks.at === at) break
    const begin = blanks.at + (redirect?.[0].length ?? 0)
    const word = shellWord(text, skipBlanks(text, begin).at)
    if (word.end === begin && word.text === '') {
      at = blanks.at
      break
    }
    disguised ||= blanks.disguised
    if (count === 0) first = word.text
    flagged ||= /^-{1,2}[A-Za-z][\w-]*$/.test(word.text)
    hosted ||= count < 3 && address.test(word.text)
    if (count < 2 || shaped)
      shaped ||= isShaped(word) || (redirect !== null && /^[\w./&$-]+$/.test(word.text))
    sensitive ||=
      (systemPath.test(word.text) && count < 5) ||
      sensitiveFile.test(word.text) ||
      (word.glob && globReaches(word.text))
    disguised ||= word.disguised && (sensitive || isShaped(word))
    at = word.end
  }
  return {
    first,
    count,
    shaped,
    sensitive,
    disguised,
    hosted,
    flagged,
    closed: endsCommand(text, at),
    end: at,
  }
}

function isShaped(word: ShellWord): boolean {
  return (
    word.code ||
    (word.glob && /[*/[]/.test(word.text)) ||
    /^(?:-{1,2}[A-Za-z]|\.{0,2}\/|~|\.$)|:\/\/|:\d+$|^\w+:\d/.test(word.text) ||
    /^\d{1,3}(?:\.\d{1,3}){3}/.test(word.text) ||
    /^[\w-]+\.(?:php\d?|txt|sh|py|pl|ini|conf|log|html?|asp|jsp|cgi|xml|ya?ml|json|js|exe|bat|key|pem|bak|sql|db|env)$/.test(
      word.text,
    )
  )
}

function endsCommand(text: string, from: number): boolean {
  const { at } = skipBlanks(text, from)
  return (
    at >= text.length || /[;|&)\n\r`'"#<>}\0]/.test(text.charAt(at)) || text.startsWith('\\n', at)
  )
}
