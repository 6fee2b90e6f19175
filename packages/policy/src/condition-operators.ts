import { BlockList, isIP } from 'node:net'
import { compileArnCondition } from './arn-pattern.ts'
import type { ConditionContext } from './context.ts'
import { parseDate } from './dates.ts'
import { LEGACY, PolicySyntaxError } from './syntax-error.ts'
import { compileEquality, compileTemplate } from './variables.ts'
import type { Template, TemplateTest } from './variables.ts'

/** Tests one value of the request against all values that the policy lists (any of them is enough). */
export type ValueTest = (value: string, context: ConditionContext) => boolean

/** One family of condition operators: whether it is the negated form, and how policy values compile. */
export interface ConditionOperator {
  readonly negated: boolean
  readonly compile: (values: readonly Template[]) => ValueTest
}

const asIs = (text: string): string => text
const lowerCase = (text: string): string => text.toLowerCase()

const equals = anyOf((value) => compileEquality(value, asIs))
const equalsIgnoreCase = anyOf((value) => compileEquality(value, lowerCase))
const like = anyOf(compileTemplate)
const arnLike = anyOf(compileArnCondition)
const bool = anyOf((value) => {
  const wanted = plainText(value).toLowerCase()
  return (text) => text.toLowerCase() === wanted
})
const binary = anyOf((value) => {
  const wanted = Buffer.from(plainText(value), 'base64')
  return (text) => wanted.equals(Buffer.from(text, 'base64'))
})

type Order = (given: number, wanted: number) => boolean
const equalTo: Order = (given, wanted) => given === wanted
const lessThan: Order = (given, wanted) => given < wanted
const atMost: Order = (given, wanted) => given <= wanted
const moreThan: Order = (given, wanted) => given > wanted
const atLeast: Order = (given, wanted) => given >= wanted

/**
 * Every condition operator of the policy language but `Null`, by name.
 * `ArnEquals` and `ArnLike` behave alike.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
 */
export const CONDITION_OPERATORS: Readonly<Record<string, ConditionOperator>> = {
  StringEquals: positive(equals),
  StringNotEquals: negative(equals),
  StringEqualsIgnoreCase: positive(equalsIgnoreCase),
  StringNotEqualsIgnoreCase: negative(equalsIgnoreCase),
  StringLike: positive(like),
  StringNotLike: negative(like),
  NumericEquals: positive(ordered(parseNumber, equalTo)),
  NumericNotEquals: negative(ordered(parseNumber, equalTo)),
  NumericLessThan: positive(ordered(parseNumber, lessThan)),
  NumericLessThanEquals: positive(ordered(parseNumber, atMost)),
  NumericGreaterThan: positive(ordered(parseNumber, moreThan)),
  NumericGreaterThanEquals: positive(ordered(parseNumber, atLeast)),
  DateEquals: positive(ordered(parseDate, equalTo)),
  DateNotEquals: negative(ordered(parseDate, equalTo)),
  DateLessThan: positive(ordered(parseDate, lessThan)),
  DateLessThanEquals: positive(ordered(parseDate, atMost)),
  DateGreaterThan: positive(ordered(parseDate, moreThan)),
  DateGreaterThanEquals: positive(ordered(parseDate, atLeast)),
  Bool: positive(bool),
  BinaryEquals: positive(binary),
  IpAddress: positive(inNetworks),
  NotIpAddress: negative(inNetworks),
  ArnEquals: positive(arnLike),
  ArnLike: positive(arnLike),
  ArnNotEquals: negative(arnLike),
  ArnNotLike: negative(arnLike),
}

function positive(compile: ConditionOperator['compile']): ConditionOperator {
  return { negated: false, compile }
}

function negative(compile: ConditionOperator['compile']): ConditionOperator {
  return { negated: true, compile }
}

function anyOf(compileOne: (value: Template) => TemplateTest): ConditionOperator['compile'] {
  return (values) => {
    const tests = values.map(compileOne)
    const [only] = tests
    if (only && tests.length === 1) return only
    return (text, context) => tests.some((test) => test(text, context))
  }
}

/** Numbers and dates take no policy variables, so the wanted side is read once. */
function ordered(
  read: (text: string) => number | undefined,
  order: Order,
): ConditionOperator['compile'] {
  return anyOf((value) => {
    const wanted = read(plainText(value))
    if (wanted === undefined) throw new PolicySyntaxError(LEGACY)
    return (text) => {
      const given = read(text)
      return given !== undefined && order(given, wanted)
    }
  })
}

function parseNumber(text: string): number | undefined {
  if (!/^\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*$/.test(text)) return undefined
  return Number(text)
}

function inNetworks(values: readonly Template[]): ValueTest {
  const networks = new BlockList()
  for (const value of values) addNetwork(networks, plainText(value))
  return (text) => {
    const family = isIP(text)
    return family !== 0 && networks.check(text, family === 6 ? 'ipv6' : 'ipv4')
  }
}

function addNetwork(networks: BlockList, text: string): void {
  const [address = '', bits] = text.split('/')
  const family = isIP(address)
  const width = family === 6 ? 128 : 32
  const prefix = bits === undefined ? width : Number(bits)
  const isPrefix = bits === undefined || /^\d{1,3}$/.test(bits)
  if (family === 0 || !isPrefix || prefix > width) throw new PolicySyntaxError(LEGACY)
  networks.addSubnet(address, prefix, family === 6 ? 'ipv6' : 'ipv4')
}

function plainText(value: Template): string {
  return value.parts.map((part) => (part.kind === 'variable' ? '' : part.text)).join('')
}
