import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** An access key of the installation's administrator. */
export interface Credentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
}

/** Where the server is and how to call it. */
export interface Installation {
  readonly endpoint: string
  readonly region: string
  readonly dataDir: string
  readonly credentials: () => Credentials
}

/** Options that several commands share. */
export interface PlaceOptions {
  readonly endpoint?: string
  readonly dataDir?: string
}

/** Finds the server and its credentials by the same variables the server reads. */
export function findInstallation(options: PlaceOptions): Installation {
  const { env } = process
  const dataDir = options.dataDir ?? env['BARTIZAN_DATA_DIR'] ?? '.bartizan'
  const scheme = env['BARTIZAN_TLS_CERTIFICATE_FILE'] ? 'https' : 'http'
  const host = env['BARTIZAN_HOST'] ?? '127.0.0.1'
  const port = env['BARTIZAN_PORT'] ?? '4566'
  return {
    endpoint: options.endpoint ?? env['BARTIZAN_ENDPOINT'] ?? `${scheme}://${host}:${port}`,
    region: env['AWS_REGION'] ?? env['AWS_DEFAULT_REGION'] ?? 'us-east-1',
    dataDir,
    credentials: () => fromEnvironment() ?? fromFile(join(dataDir, 'credentials')),
  }
}

function fromEnvironment(): Credentials | undefined {
  const accessKeyId = process.env['BARTIZAN_ADMIN_ACCESS_KEY_ID']
  const secretAccessKey = process.env['BARTIZAN_ADMIN_SECRET_ACCESS_KEY']
  return accessKeyId && secretAccessKey ? { accessKeyId, secretAccessKey } : undefined
}

/** The default profile of the credentials file that the first start wrote. */
function fromFile(path: string): Credentials {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch {
    throw new Error(`no credentials: ${path} cannot be read, and BARTIZAN_ADMIN_… are not set`)
  }
  const value = (name: string): string | undefined =>
    new RegExp(`^${name} = (\\S+)$`, 'm').exec(text)?.[1]
  const accessKeyId = value('aws_access_key_id')
  const secretAccessKey = value('aws_secret_access_key')
  if (!accessKeyId || !secretAccessKey) throw new Error(`${path} holds no credentials`)
  return { accessKeyId, secretAccessKey }
}
