import { invalidValue } from './errors.ts'
import type { EngineDriver } from './engines/engine.ts'

/** A request without the members that are empty texts, which clients send for what is not set. */
export function withoutBlanks<Input extends object>(input: Input): Input {
  const given = Object.entries(input).filter(([, value]) => value !== '')
  return Object.fromEntries(given) as Input
}

const maxIdentifier = 63

/** An identifier in lower case, as AWS keeps it. Throws InvalidParameterValue. */
export function identifierOf(parameter: string, value: string | undefined): string {
  const isGood =
    value !== undefined &&
    value.length <= maxIdentifier &&
    /^[A-Za-z][A-Za-z0-9-]*$/.test(value) &&
    !value.endsWith('-') &&
    !value.includes('--')
  if (isGood) return value.toLowerCase()
  throw invalidValue(
    `The parameter ${parameter} is not a valid identifier. Identifiers must begin with a letter; must contain only ASCII letters, digits, and hyphens; and must not end with a hyphen or contain two consecutive hyphens.`,
  )
}

const reserved = new Set([
  'rdsadmin',
  'rds_superuser',
  'rds_iam',
  'rds_password',
  'rds_replication',
])
const reservedOf = {
  postgres: new Set(['admin', 'postgresql', 'public', 'none', 'user', 'current_user']),
  mariadb: new Set(['root', 'mysql', 'mariadb.sys', 'public', 'none']),
}
const longestUsername = { postgres: 63, mariadb: 16 }

/** A master user's name. Throws InvalidParameterValue. */
export function masterUsernameOf(driver: EngineDriver['id'], name: string | undefined): string {
  if (!name)
    throw invalidValue('The parameter MasterUsername must be provided and must not be blank.')
  const lower = name.toLowerCase()
  if (reserved.has(lower) || reservedOf[driver].has(lower) || lower.startsWith('pg_')) {
    throw invalidValue(
      `MasterUsername ${name} cannot be used as it is a reserved word used by the engine`,
    )
  }
  if (!/^[A-Za-z]\w*$/.test(name) || name.length > longestUsername[driver]) {
    throw invalidValue(
      'The parameter MasterUsername is not a valid identifier. Identifiers must begin with a letter; must contain only ASCII letters, digits, and underscores.',
    )
  }
  return driver === 'postgres' ? lower : name
}

const shortestPassword = 8
const longestPassword = { postgres: 128, mariadb: 41 }

/**
 * Checks a master password by AWS's rules
 * (https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html). Throws InvalidParameterValue.
 */
export function checkPassword(driver: EngineDriver['id'], password: string): void {
  const invalid = 'The parameter MasterUserPassword is not a valid password'
  if (password.length < shortestPassword) {
    throw invalidValue(`${invalid} because it is shorter than ${shortestPassword} characters.`)
  }
  if (password.length > longestPassword[driver]) {
    throw invalidValue(
      `${invalid} because it is longer than ${longestPassword[driver]} characters.`,
    )
  }
  if (!/^[!-~]*$/.test(password) || /[/"@]/.test(password)) {
    throw invalidValue(
      `${invalid}. Only printable ASCII characters besides '/', '@', '"', ' ' may be used.`,
    )
  }
}

/** The name of a first database. Throws InvalidParameterValue. */
export function databaseNameOf(
  driver: EngineDriver['id'],
  parameter: string,
  name: string | undefined,
): string | undefined {
  if (name === undefined || name === '') return undefined
  const most = driver === 'postgres' ? 63 : 64
  if (!/^[A-Za-z_]\w*$/.test(name) || name.length > most) {
    throw invalidValue(
      `${parameter} must begin with a letter and contain only alphanumeric characters.`,
    )
  }
  return name
}
