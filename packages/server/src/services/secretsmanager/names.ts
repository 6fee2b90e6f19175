import { randomInt } from 'node:crypto'
import { validation } from './errors.ts'

const nameForm = /^[A-Za-z0-9/_+=.@!-]+$/
const arnForm = /^arn:[a-z-]+:secretsmanager:([a-z0-9-]+):(\d{12}):secret:(.+)$/
const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'

/** Refuses what cannot be a secret's name. */
export function checkName(name: string): void {
  if (nameForm.test(name)) return
  throw validation(
    'Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!',
  )
}

/** The service whose secrets have names like this one: `rds` of `rds!db-…`. */
export function prefixOf(name: string): string | undefined {
  return /^([a-z0-9-]+)!/.exec(name)?.[1]
}

/** The ARN of a secret with its full resource name. */
export function arnOf(region: string, account: string, resource: string): string {
  const partition = region.startsWith('cn-')
    ? 'aws-cn'
    : region.startsWith('us-gov-')
      ? 'aws-us-gov'
      : 'aws'
  return `arn:${partition}:secretsmanager:${region}:${account}:secret:${resource}`
}

/** The ARN of a new secret: its name, a hyphen and six characters that no earlier one had. */
export function newArn(region: string, account: string, name: string): string {
  const end = Array.from({ length: 6 }, () => letters[randomInt(letters.length)]).join('')
  return arnOf(region, account, `${name}-${end}`)
}

/** A secret as a request names it. */
export interface SecretReference {
  /** Of an ARN; absent for names. */
  readonly place?: { readonly region: string; readonly account: string }
  /** Names that it may mean, the likelier first, with the ARN that the secret must have. */
  readonly candidates: readonly { readonly name: string; readonly arn?: string }[]
}

/** Reads a name, an ARN, or an ARN without its last seven characters. Throws ValidationException. */
export function readReference(text: string): SecretReference {
  if (!text.startsWith('arn:')) {
    checkName(text)
    return { candidates: [{ name: text }] }
  }
  const [, region, account, resource = ''] = arnForm.exec(text) ?? []
  if (region === undefined || account === undefined) return { candidates: [] }
  const whole = /-[A-Za-z0-9]{6}$/.test(resource)
    ? [{ name: resource.slice(0, -7), arn: text }]
    : []
  return { place: { region, account }, candidates: [...whole, { name: resource }] }
}
