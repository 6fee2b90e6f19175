/** The states of an alarm. */
export type AlarmState = 'OK' | 'ALARM' | 'INSUFFICIENT_DATA'

/** A rule of a composite alarm that cannot be read; the message says why. */
export class AlarmRuleError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'AlarmRuleError'
  }
}

/** A compiled rule of a composite alarm. */
export interface AlarmRule {
  /** The names of the alarms it refers to, each once. */
  readonly alarms: readonly string[]
  holds(stateOf: (alarm: string) => AlarmState | undefined): boolean
}

type Test = (stateOf: (alarm: string) => AlarmState | undefined) => boolean

const token =
  /\s*(?:(AND|OR|NOT|TRUE|FALSE)\b|(ALARM|OK|INSUFFICIENT_DATA)\s*\(\s*(?:"([^"]+)"|'([^']+)'|([^\s"'()]+))\s*\)|([()]))/y

interface Token {
  readonly word: string
  readonly state?: AlarmState
  readonly alarm?: string
}

function tokenize(text: string): Token[] {
  const found: Token[] = []
  const source = text.trim()
  token.lastIndex = 0
  while (token.lastIndex < source.length) {
    const match = token.exec(source)
    if (!match) throw new AlarmRuleError('AlarmRule must be a valid rule expression')
    const [, word, state, double, single, bare, sign] = match
    const alarm = double ?? single ?? bare
    if (state !== undefined && alarm !== undefined) {
      found.push({ word: 'STATE', state: state as AlarmState, alarm: nameOf(alarm) })
    } else found.push({ word: word ?? sign ?? '' })
  }
  return found
}

/** The name in an alarm's ARN, or the name itself. */
function nameOf(reference: string): string {
  return /^arn:[^:]+:cloudwatch:[^:]*:[^:]*:alarm:(.+)$/.exec(reference)?.[1] ?? reference
}

const deepest = 50

/**
 * Compiles `ALARM(a) AND (OK("b c") OR NOT INSUFFICIENT_DATA(d))`; AND binds tighter than OR.
 * Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutCompositeAlarm.html
 */
export function compileAlarmRule(text: string): AlarmRule {
  const tokens = tokenize(text)
  const alarms = new Set<string>()
  let at = 0
  const take = (word: string): boolean => {
    if (tokens[at]?.word !== word) return false
    at += 1
    return true
  }
  const readAny = (depth: number): Test => {
    const choices = [readAll(depth)]
    while (take('OR')) choices.push(readAll(depth))
    return (stateOf) => choices.some((choice) => choice(stateOf))
  }
  const readAll = (depth: number): Test => {
    const parts = [readOne(depth)]
    while (take('AND')) parts.push(readOne(depth))
    return (stateOf) => parts.every((part) => part(stateOf))
  }
  const readOne = (depth: number): Test => {
    if (depth > deepest) throw new AlarmRuleError('AlarmRule is nested too deeply')
    if (take('NOT')) {
      const inner = readOne(depth + 1)
      return (stateOf) => !inner(stateOf)
    }
    if (take('TRUE')) return () => true
    if (take('FALSE')) return () => false
    if (take('(')) {
      const inner = readAny(depth + 1)
      if (!take(')')) throw new AlarmRuleError('AlarmRule is not closed')
      return inner
    }
    const { state, alarm } = tokens[at++] ?? {}
    if (state === undefined || alarm === undefined) {
      throw new AlarmRuleError('AlarmRule must be a valid rule expression')
    }
    alarms.add(alarm)
    return (stateOf) => stateOf(alarm) === state
  }
  const test = readAny(0)
  if (at < tokens.length) throw new AlarmRuleError('AlarmRule must be a valid rule expression')
  return { alarms: [...alarms], holds: test }
}
