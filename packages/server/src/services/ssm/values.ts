import type { ParameterTier } from '@aws-sdk/client-ssm'
import { RE2JS } from 're2js'
import { badPattern, patternMismatch, tooManyParameters, validation } from './errors.ts'

/** How large a value and how many parameters a tier takes (Systems Manager User Guide, "Managing parameter tiers"). */
export const tierLimits = {
  Standard: { valueBytes: 4096, parameters: 10_000 },
  Advanced: { valueBytes: 8192, parameters: 100_000 },
} as const

/** A tier that parameters are kept in. */
export type StoredTier = keyof typeof tierLimits

const tierPage =
  'For more information, see https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html'

/** What decides about the tier of a parameter that is put. */
export interface TierWish {
  /** What the request asks for. */
  readonly asked: ParameterTier | undefined
  /** The account's default, which counts for requests that ask for none. */
  readonly fallback: ParameterTier
  readonly before: StoredTier | undefined
  readonly value: string
  readonly hasPolicies: boolean
  /** Whether the tier has room for one more parameter. */
  readonly hasRoom: (tier: StoredTier) => Promise<boolean>
}

/** The tier of a parameter that is put. Throws ValidationException and ParameterLimitExceeded. */
export async function tierFor(wish: TierWish): Promise<StoredTier> {
  const { before, value, hasPolicies, hasRoom } = wish
  const bytes = Buffer.byteLength(value, 'utf8')
  const asked = wish.asked ?? (before === 'Advanced' ? 'Advanced' : wish.fallback)
  let tier: StoredTier = asked === 'Advanced' ? 'Advanced' : 'Standard'
  if (asked === 'Intelligent-Tiering') {
    const isMore = bytes > tierLimits.Standard.valueBytes || hasPolicies || before === 'Advanced'
    const isFull = !isMore && before === undefined && !(await hasRoom('Standard'))
    if (isMore || isFull) tier = 'Advanced'
  }
  if (before === 'Advanced' && tier === 'Standard') {
    throw validation(
      "This parameter uses the advanced-parameter tier. You can't downgrade a parameter from the advanced-parameter tier to the standard-parameter tier. If necessary, you can delete the advanced parameter and recreate it as a standard parameter. Be aware that standard parameters have a value limit of 4096 characters.",
    )
  }
  checkSize(tier, bytes)
  if (tier === 'Standard' && hasPolicies) {
    throw validation(
      `Standard tier parameters don't support parameter policies. To use parameter policies, upgrade the parameter to use the advanced-parameter tier. ${tierPage}`,
    )
  }
  if (before !== tier && !(await hasRoom(tier))) throw tooManyParameters()
  return tier
}

function checkSize(tier: StoredTier, bytes: number): void {
  const { valueBytes } = tierLimits[tier]
  if (bytes <= valueBytes) return
  throw validation(
    tier === 'Standard'
      ? `Standard tier parameters support a maximum parameter value of ${valueBytes} characters. To create a larger parameter value, upgrade the parameter to use the advanced-parameter tier. ${tierPage}`
      : `Advanced tier parameters support a maximum parameter value of ${valueBytes} characters.`,
  )
}

/** Checks a value by itself. Throws ValidationException, which never tells the value. */
export function checkValue(value: string): void {
  if (value === '') {
    throw validation(
      "1 validation error detected: Value '' at 'value' failed to satisfy constraint: Member must have length greater than or equal to 1.",
    )
  }
  if (/\{\{[^]*\}\}/.test(value)) {
    throw validation(
      'Parameter value can\'t nest another parameter. Do not use "{{}}" in the value.',
    )
  }
}

/** Checks a value against AllowedPattern, in time linear in its length. */
export function checkPattern(pattern: string | undefined, value: string): void {
  if (pattern === undefined || pattern === '') return
  let compiled: RE2JS
  try {
    compiled = RE2JS.compile(pattern)
  } catch {
    throw badPattern()
  }
  if (!compiled.matches(value)) throw patternMismatch(pattern)
}

const dataTypes = ['text', 'aws:ec2:image', 'aws:ssm:integration']

/** Checks a data type and its type. Throws ValidationException. */
export function checkDataType(dataType: string, type: string | undefined): void {
  if (!dataTypes.includes(dataType)) {
    throw validation(
      `The following data type is not supported: ${dataType} (Data type names are all lowercase.)`,
    )
  }
  if (dataType === 'aws:ec2:image' && type !== 'String') {
    throw validation('The data type aws:ec2:image is supported for String parameters only.')
  }
}

/** Whether a value has the form of an AMI id, such as `ami-12345abcdeEXAMPLE`. */
export function isImageId(value: string): boolean {
  return /^ami-(?:[0-9A-Za-z]{8}|[0-9A-Za-z]{17})$/.test(value)
}
