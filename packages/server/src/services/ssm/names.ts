import { ssmArn } from './arns.ts'
import { reservedName, tooDeep, validation } from './errors.ts'

/** Parameters of Secrets Manager secrets are named so (Systems Manager User Guide, "Referencing AWS Secrets Manager secrets"). */
const secretPrefix = '/aws/reference/secretsmanager/'

const maxLevels = 15
/** Of the whole ARN (API reference, PutParameter). */
const maxArnLength = 1011

/** A parameter as requests name it: by name or ARN, with or without a version or label. */
export interface Reference {
  /** As the request has it, without spaces around it and without a selector. */
  readonly name: string
  /** The name with its leading slash, under which the parameter is kept: `x` and `/x` are one parameter. */
  readonly key: string
  /** A version number or a label. */
  readonly selector?: string
  /** Of an ARN. */
  readonly arn?: { readonly region: string; readonly account: string }
  /** The name of a secret that is meant instead; the selector is one of its versions or staging labels. */
  readonly secret?: string
}

const word = '[A-Za-z0-9_.-]+'
const nameForm = new RegExp(`^(?:${word}|(?:/${word})+)$`)
const selectorForm = /^[A-Za-z0-9_.-]+$/
/** Names of secrets (Secrets Manager API reference, CreateSecret). */
const secretForm = /^[A-Za-z0-9/_+=.@-]+$/
const pathForm = new RegExp(`^/?$|^(?:/${word})+/?$`)
const arnForm = /^arn:[a-z-]+:ssm:([a-z0-9-]+):(\d{12}):parameter(\/.+)$/

const malformed =
  'Parameter name: can\'t be prefixed with "ssm" (case-insensitive). If formed as a path, it can consist of sub-paths divided by slash symbol; each sub-path can be formed as a mix of letters, numbers and the following 3 symbols .-_'

/** Whether a text is a parameter's name, with nothing around it. */
export function isName(text: string): boolean {
  return nameForm.test(text)
}

/** Whether a text is a parameter's ARN. */
export function isParameterArn(text: string): boolean {
  const path = arnForm.exec(text)?.[3]
  return path !== undefined && nameForm.test(path)
}

/** The key of a name: `x` and `/x` are one parameter. */
export function keyOf(name: string): string {
  return name.startsWith('/') ? name : `/${name}`
}

/** The hierarchy that a key is in; `/` for the top. */
export function parentOf(key: string): string {
  return key.slice(0, key.lastIndexOf('/')) || '/'
}

/** A parameter's ARN, also of a path. */
export function parameterArn(region: string, account: string, key: string): string {
  return ssmArn({ region, account }, `parameter${key}`)
}

/** Reads what a request names. Throws ValidationException. */
export function parseReference(text: string): Reference {
  const trimmed = text.trim()
  const [, region, account, path] = arnForm.exec(trimmed) ?? []
  const place = region && account ? { arn: { region, account } } : {}
  const whole = path ?? trimmed
  const colon = whole.indexOf(':')
  const name = colon < 0 ? whole : whole.slice(0, colon)
  const selected = colon < 0 ? {} : { selector: whole.slice(colon + 1) }
  const secret = name.startsWith(secretPrefix) ? name.slice(secretPrefix.length) : undefined
  const isSound = secret === undefined ? nameForm.test(name) : secretForm.test(secret)
  if (!isSound || selected.selector?.search(selectorForm) === -1) throw validation(malformed)
  return { name, key: keyOf(name), ...selected, ...place, ...(secret !== undefined && { secret }) }
}

/** The name of an existing parameter for operations that take neither ARNs nor selectors. Throws ValidationException. */
export function plainName(text: string): string {
  const name = text.trim()
  if (!nameForm.test(name)) throw validation(malformed)
  return name
}

/**
 * Checks the name of a parameter that is to be created or changed and returns it without spaces
 * around it (Systems Manager User Guide, "Requirements and constraints for parameter names").
 */
export function newName(text: string, place: { region: string; account: string }): string {
  const name = text.trim()
  const lower = name.toLowerCase()
  const isPath = name.lastIndexOf('/') > 0
  if (/^\/?(?:aws|ssm)/.test(lower)) {
    if (isPath && lower.startsWith('/aws')) throw reservedName(name)
    throw validation(
      isPath
        ? malformed
        : 'Parameter name: can\'t be prefixed with "aws" or "ssm" (case-insensitive).',
    )
  }
  if (isPath && !name.startsWith('/')) {
    throw validation('Parameter name must be a fully qualified name.')
  }
  if (!nameForm.test(name)) throw validation(malformed)
  if (name.split('/').length - 1 > maxLevels) throw tooDeep()
  if (parameterArn(place.region, place.account, keyOf(name)).length > maxArnLength) {
    throw validation(
      `Parameter name is too long: with the ARN before it, it can have a maximum of ${maxArnLength} characters.`,
    )
  }
  return name
}

/** The path of GetParametersByPath, as it is looked up: without a slash at its end. Throws ValidationException. */
export function parsePath(text: string): string {
  const path = text.trim()
  if (!path.startsWith('/') || !pathForm.test(path)) {
    throw validation(
      'The parameter doesn\'t meet the parameter name requirements. The parameter name must begin with a forward slash "/". It can\'t be prefixed with "aws" or "ssm" (case-insensitive). It must use only letters, numbers, or the following symbols: . (period), - (hyphen), _ (underscore). Special characters are not allowed. All sub-paths, if specified, must use the forward slash symbol "/". Valid example: /get/parameters2-/by1./path0_.',
    )
  }
  return path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path
}

/** What the keys of everything below a path start with. */
export function prefixOf(path: string): string {
  return path === '/' ? '/' : `${path}/`
}

/** Whether a key is below a path, at one level or at any. */
export function isBelow(key: string, path: string, isRecursive: boolean): boolean {
  return isRecursive ? key.startsWith(prefixOf(path)) : parentOf(key) === path
}
