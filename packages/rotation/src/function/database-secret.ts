/** The secret of a database user, in AWS's structure (https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_secret_json_structure.html). */
export interface DatabaseSecret {
  readonly engine: string
  readonly host: string
  readonly port: number
  readonly username: string
  readonly password: string
  readonly dbname?: string
  /** The secret of the user who makes and changes the alternating ones. */
  readonly masterarn?: string
  /** `only`: encrypted and the server's certificate verified; `tried`: encrypted where the server can; `never`. */
  readonly tls: 'only' | 'tried' | 'never'
}

/** What a kind of database calls itself in secrets, and where it listens. */
export interface EngineFacts {
  readonly engines: readonly string[]
  readonly defaultPort: number
}

/** A secret's JSON object. Throws an Error that does not show it. */
export function secretObject(text: string): Readonly<Record<string, unknown>> {
  try {
    const value = JSON.parse(text) as unknown
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      return Object.fromEntries(Object.entries(value))
    }
  } catch {
    throw new Error('The secret is not JSON')
  }
  throw new Error('The secret is not a JSON object')
}

/** Reads a database user's secret and checks it. Throws an Error that says which part is missing or wrong. */
export function readDatabaseSecret(
  value: Readonly<Record<string, unknown>>,
  { engines, defaultPort }: EngineFacts,
): DatabaseSecret {
  const engine = text(value, 'engine')
  if (!engines.includes(engine)) {
    throw new Error(
      `Database engine must be set to '${engines[0]}' in order to use this rotation lambda`,
    )
  }
  const port = Number(value['port'] ?? defaultPort)
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    throw new Error('port key of the secret JSON is no port number')
  }
  return {
    engine,
    host: text(value, 'host'),
    port,
    username: text(value, 'username'),
    password: text(value, 'password'),
    ...(value['dbname'] ? { dbname: text(value, 'dbname') } : {}),
    ...(value['masterarn'] ? { masterarn: text(value, 'masterarn') } : {}),
    tls: tlsOf(value['ssl']),
  }
}

/** Whether two secrets are of one server: a host may have several, each at a port of its own. */
export function sameServer(one: DatabaseSecret, other: DatabaseSecret): boolean {
  return one.host === other.host && one.port === other.port
}

function text(value: Readonly<Record<string, unknown>>, name: string): string {
  const part = value[name]
  if (typeof part === 'string' && part !== '') return part
  throw new Error(`${name} key is missing from secret JSON`)
}

/** https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_lambda.html: `ssl` may be true, false or left out. */
function tlsOf(ssl: unknown): DatabaseSecret['tls'] {
  const said = String(ssl).toLowerCase()
  if (said === 'true') return 'only'
  return said === 'false' ? 'never' : 'tried'
}
