import { readFileSync, statSync } from 'node:fs'
import { isIP } from 'node:net'
import { dirname, resolve } from 'node:path'
import { parse } from 'yaml'
import { EngineError, type Contact } from './engines/engine.ts'

/** A database server that exists elsewhere, as the operator lists it. */
export interface RegisteredEndpoint {
  /** `<account>/<identifier>`: who may register it, and by which DBInstanceIdentifier. */
  readonly name: string
  readonly engine: 'postgres' | 'mysql' | 'mariadb'
  readonly host: string
  readonly port: number
  /** By whom Bartizan changes the master user's password; its own password is never changed. */
  readonly administrator: string
  readonly administratorPasswordFile: string
  /** The only user whose password callers may have changed. */
  readonly masterUsername: string
  readonly database: string | undefined
  /** Whether it is spoken to over TLS only; true unless the operator says otherwise. */
  readonly tls: boolean
  readonly caFile: string | undefined
}

const members = [
  'identifier',
  'account',
  'engine',
  'host',
  'port',
  'administrator',
  'administratorPasswordFile',
  'masterUsername',
  'database',
  'tls',
  'caFile',
]
const engines = { postgres: 5432, mysql: 3306, mariadb: 3306 } as const

/** The operator's list of database servers elsewhere: read again when the file changes. */
export class EndpointList {
  readonly #file: string | undefined
  readonly #account: string
  #read: { readonly changed: number; readonly list: readonly RegisteredEndpoint[] } | undefined

  constructor(settings: { readonly file: string | undefined; readonly account: string }) {
    this.#file = settings.file
    this.#account = settings.account
  }

  /** What an account may register under an identifier. Throws EngineError when the list cannot be read. */
  find(account: string, identifier: string): RegisteredEndpoint | undefined {
    return this.#named(`${account}/${identifier}`)
  }

  /** How to speak to a server by its name in the list. Throws EngineError when it is no longer listed. */
  contactOf(name: string): Contact {
    const entry = this.#named(name)
    if (!entry) throw new EngineError(`${name} is not in the operator's list of endpoints any more`)
    const { host, port, administrator, caFile } = entry
    const ca = caFile === undefined ? {} : { ca: textOf(caFile) }
    return {
      host,
      port,
      administrator,
      adminPassword: textOf(entry.administratorPasswordFile).replace(/\r?\n$/, ''),
      tls: entry.tls && ca,
      database: entry.database ?? 'postgres',
    }
  }

  #named(name: string): RegisteredEndpoint | undefined {
    return this.#list().find((each) => each.name === name)
  }

  #list(): readonly RegisteredEndpoint[] {
    const file = this.#file
    if (file === undefined) return []
    try {
      const changed = statSync(file).mtimeMs
      if (this.#read?.changed !== changed) {
        this.#read = { changed, list: entriesOf(file, this.#account) }
      }
      return this.#read.list
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error)
      throw new EngineError(`the operator's list of endpoints cannot be used: ${message}`)
    }
  }
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    throw new EngineError(`a file that the operator's list of endpoints names cannot be read`)
  }
}

function entriesOf(file: string, account: string): readonly RegisteredEndpoint[] {
  const read: unknown = parse(readFileSync(file, 'utf8'))
  const list = isRecord(read) ? read['endpoints'] : undefined
  if (!Array.isArray(list)) throw new Error('it has no list `endpoints`')
  const entries = list.map((each: unknown, at) => entryOf(each, { at, file, account }))
  const names = entries.map(({ name }) => name)
  const twice = names.find((name, at) => names.indexOf(name) !== at)
  if (twice !== undefined) throw new Error(`${twice} is there twice`)
  return entries
}

function entryOf(
  given: unknown,
  { at, file, account }: { readonly at: number; readonly file: string; readonly account: string },
): RegisteredEndpoint {
  const entry = isRecord(given) ? given : {}
  const where = `entry ${at + 1}`
  const unknown = Object.keys(entry).find((name) => !members.includes(name))
  if (unknown !== undefined) throw new Error(`${where} has an unknown member ${unknown}`)
  const optional = (name: string): string | undefined => {
    const value = entry[name]
    if (value === undefined) return undefined
    if (typeof value === 'string' && value !== '') return value
    throw new Error(`${name} of ${where} must be a text`)
  }
  const needed = (name: string): string => {
    const value = optional(name)
    if (value === undefined) throw new Error(`${where} lacks ${name}`)
    return value
  }
  const pathOf = (name: string): string => resolve(dirname(file), name)
  const engine = needed('engine')
  if (engine !== 'postgres' && engine !== 'mysql' && engine !== 'mariadb') {
    throw new Error(`engine of ${where} must be postgres, mysql or mariadb`)
  }
  const { port = engines[engine], tls = true } = entry
  if (typeof port !== 'number' || !Number.isInteger(port) || port < 1 || port > 65_535) {
    throw new Error(`port of ${where} must be a whole number from 1 to 65535`)
  }
  if (typeof tls !== 'boolean') throw new Error(`tls of ${where} must be true or false`)
  const caFile = optional('caFile')
  const host = needed('host')
  if (tls && engine !== 'postgres' && isIP(host) !== 0 && caFile === undefined) {
    throw new Error(`${where} needs a host name, or a caFile: its address cannot be checked`)
  }
  const administrator = needed('administrator')
  const masterUsername = needed('masterUsername')
  if (administrator === masterUsername) {
    throw new Error(`${where} must have a master user other than its administrator`)
  }
  return {
    name: `${optional('account') ?? account}/${needed('identifier').toLowerCase()}`,
    engine,
    host,
    port,
    administrator,
    administratorPasswordFile: pathOf(needed('administratorPasswordFile')),
    masterUsername,
    database: optional('database'),
    tls,
    caFile: caFile === undefined ? undefined : pathOf(caFile),
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
