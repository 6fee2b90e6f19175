import { incompatiblePolicies, policyAttribute, policyType, tooManyPolicies } from './errors.ts'
import type { PolicyState } from './store.ts'

const maxPolicies = 10
const unitMs: Readonly<Record<string, number>> = { Hours: 3_600_000, Days: 86_400_000 }

/** When a policy acts. */
export type Timing =
  | { readonly at: Date }
  | { readonly fromExpiryMs: number }
  | { readonly unchangedMs: number; readonly words: string }

/** A policy of a request. */
export interface ParameterPolicy {
  readonly type: PolicyState['type']
  readonly text: string
  readonly timing: Timing
}

type Json = Readonly<Record<string, unknown>>

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/**
 * Reads a request's policies (Systems Manager User Guide, "Assigning parameter policies"); an empty
 * list, or one empty object, takes away those there are. Throws Invalid…, Incompatible… and
 * PoliciesLimitExceededException.
 */
export function parsePolicies(text: string): readonly ParameterPolicy[] {
  const parsed = parseJson(text)
  const list: readonly unknown[] = Array.isArray(parsed) ? parsed : [parsed]
  const wanted = list.filter((each) => !isObject(each) || Object.keys(each).length > 0)
  if (wanted.length > maxPolicies) throw tooManyPolicies()
  const policies = wanted.map(parsePolicy)
  const count = (type: string): number => policies.filter((each) => each.type === type).length
  if (count('Expiration') > 1) {
    throw incompatiblePolicies("You can't specify two Expiration policies for a parameter.")
  }
  if (count('ExpirationNotification') > 0 && count('Expiration') === 0) {
    throw incompatiblePolicies(
      'An ExpirationNotification policy requires an Expiration policy for the parameter.',
    )
  }
  if (new Set(policies.map((each) => each.text)).size < policies.length) {
    throw incompatiblePolicies("You can't specify the same policy twice for a parameter.")
  }
  return policies
}

/** Reads the text of one policy again, as it is kept. */
export function parsePolicyText(text: string): ParameterPolicy {
  return parsePolicy(parseJson(text))
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw policyAttribute('The policies are not valid JSON.')
  }
}

function parsePolicy(value: unknown): ParameterPolicy {
  if (!isObject(value)) throw policyAttribute('A policy must be a JSON object.')
  const { Type, Version, Attributes } = value
  const parseTiming = typeof Type === 'string' && Object.hasOwn(timings, Type) && timings[Type]
  if (!parseTiming) throw policyType(String(Type))
  if (Version !== '1.0') throw policyAttribute('The policy version must be 1.0.')
  if (!isObject(Attributes)) throw policyAttribute('A policy must have Attributes.')
  const timing = parseTiming(Attributes)
  return { type: Type as PolicyState['type'], text: JSON.stringify(value), timing }
}

const timings: Readonly<Record<string, (attributes: Json) => Timing>> = {
  Expiration({ Timestamp, ...others }) {
    refuseOthers(others)
    const isWhole = typeof Timestamp === 'string' && isoForm.test(Timestamp)
    const at = new Date(isWhole ? Timestamp : Number.NaN)
    if (Number.isNaN(at.getTime())) {
      throw policyAttribute('Timestamp must be a date and time in ISO 8601 format.')
    }
    return { at }
  },
  ExpirationNotification({ Before, After, Unit, ...others }) {
    refuseOthers(others)
    if ((Before === undefined) === (After === undefined)) {
      throw policyAttribute('An ExpirationNotification has either Before or After.')
    }
    return {
      fromExpiryMs:
        Before === undefined ? duration('After', After, Unit) : -duration('Before', Before, Unit),
    }
  },
  NoChangeNotification({ After, Unit, ...others }) {
    refuseOthers(others)
    return { unchangedMs: duration('After', After, Unit), words: `${After} ${Unit}` }
  },
}

const isoForm = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d))?$/

function refuseOthers(others: Json): void {
  const [name] = Object.keys(others)
  if (name !== undefined) throw policyAttribute(`The policy attribute ${name} isn't valid.`)
}

function duration(name: string, amount: unknown, unit: unknown): number {
  const text = String(amount)
  const ms = typeof unit === 'string' && Object.hasOwn(unitMs, unit) ? unitMs[unit] : undefined
  if (!ms) throw policyAttribute('Unit must be Days or Hours.')
  if (!/^[1-9]\d{0,4}$/.test(text)) {
    throw policyAttribute(`${name} must be a whole number greater than zero.`)
  }
  return Number(text) * ms
}

/** What the dates of policies depend on. */
export interface PolicyMoment {
  readonly now: Date
  /** The policies that the parameter has so far. */
  readonly before: readonly PolicyState[]
}

/**
 * Policies with their dates, for a parameter that is changed now. What has been done for the very
 * same policy and expiry is not done again. Throws InvalidPolicyAttributeException for an expiry in
 * the past.
 */
export function planPolicies(
  policies: readonly ParameterPolicy[],
  { now, before }: PolicyMoment,
): readonly PolicyState[] {
  const expiry = policies.flatMap(({ timing }) => ('at' in timing ? [timing.at] : []))[0]
  const isSameExpiry = expiryText(policies) === expiryText(before)
  return policies.map(({ type, text, timing }) => {
    const known = isSameExpiry ? before.find((each) => each.text === text) : undefined
    if (known && type !== 'NoChangeNotification') return known
    const due = dueOf(timing, { now, expiry })
    const isPast = due.getTime() <= now.getTime()
    if (type === 'Expiration' && isPast) {
      throw policyAttribute('The expiration timestamp must be in the future.')
    }
    const createdAt = now.toISOString()
    return { type, text, status: 'Pending', due: isPast ? createdAt : due.toISOString(), createdAt }
  })
}

function expiryText(policies: readonly Pick<PolicyState, 'type' | 'text'>[]): string | undefined {
  return policies.find(({ type }) => type === 'Expiration')?.text
}

/** Policies that stay as they are while their parameter is changed: only what counts from the change is due anew. */
export function carryPolicies(before: readonly PolicyState[], now: Date): readonly PolicyState[] {
  return before.map((state) => {
    if (state.type !== 'NoChangeNotification') return state
    const { timing } = parsePolicyText(state.text)
    const due = dueOf(timing, { now, expiry: undefined }).toISOString()
    return { ...state, status: 'Pending', due }
  })
}

function dueOf(timing: Timing, { now, expiry }: { now: Date; expiry: Date | undefined }): Date {
  if ('at' in timing) return timing.at
  if ('unchangedMs' in timing) return new Date(now.getTime() + timing.unchangedMs)
  return new Date((expiry ?? now).getTime() + timing.fromExpiryMs)
}

/** The date of what is due next, if anything is. */
export function nextDue(policies: readonly PolicyState[]): string | undefined {
  return policies
    .filter(({ status }) => status === 'Pending')
    .map(({ due }) => due)
    .toSorted()[0]
}

/** Why a policy acted, as its event says it. */
export function reasonOf(
  { type, text, createdAt }: PolicyState,
  expiry: string | undefined,
): string {
  const created = `This notification was generated based on the policy created at ${createdAt}.`
  if (type === 'Expiration') return `The parameter expired at ${expiry} and was deleted.`
  if (type === 'ExpirationNotification') {
    return `The expiration time of the parameter is ${expiry}. ${created}`
  }
  const { timing } = parsePolicyText(text)
  const words = 'words' in timing ? timing.words : ''
  return `The parameter has not been changed for ${words}. ${created}`
}
