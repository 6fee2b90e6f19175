import { join } from 'node:path'

/** Every setting of the server. */
export interface Config {
  readonly host: string
  /** 0 lets the system choose. */
  readonly port: number
  /** Where clients reach the server, when not at the address that it listens on: behind a proxy, in a container. */
  readonly publicUrl?: string
  readonly dataDir: string
  /** `development` allows moving the clock and resetting; `production` refuses both. */
  readonly mode: 'development' | 'production'
  /** The first account's id. */
  readonly accountId: string
  readonly adminAccessKeyId?: string
  readonly adminSecretAccessKey?: string
  /** A postgres:// URL; the embedded store when absent. */
  readonly databaseUrl?: string
  /** Where `root.key` is, when not in the data directory: several nodes share one. */
  readonly rootKeyDir: string
  readonly rootKeyPassphrase?: string
  /** Backups are written inside this folder only; absent when the store is in memory and none is set. */
  readonly backupDir?: string
  readonly tlsCertificateFile?: string
  readonly tlsKeyFile?: string
  /** PEM certificates trusted beside AWS's own to begin the chain of an enclave's attestation. */
  readonly nitroRootsFile?: string
  /** Whoever shows it may read metrics from elsewhere than loopback. */
  readonly metricsToken?: string
  readonly logLevel: string
  readonly maxBodyBytes: number
  /** An smtp:// or smtps:// URL: the server by which SNS sends mail. */
  readonly smtpUrl?: string
  /** The sender's address of that mail. */
  readonly mailFrom: string
  /** A YAML file: database servers that exist elsewhere and that RDS may register. */
  readonly rdsEndpointsFile?: string
  /** MMDB files that tell an address's country, and its autonomous system. */
  readonly geoDatabase?: string
  readonly asnDatabase?: string
  /** So many bytes of a body are inspected by a web ACL that does not say. */
  readonly wafBodyLimit: number
  /** An https:// URL that takes what WAF logs to Firehose, and the access key that it is shown. */
  readonly wafLogSink?: string
  readonly wafLogSinkKey?: string
  /** The port at which other proxies ask web ACLs about requests; none when absent, 0 lets the system choose. */
  readonly wafAuthPort?: number
  readonly wafAuthHost: string
  /** What those proxies have to show; without one only this machine may ask. */
  readonly wafAuthToken?: string
  /** The address that listeners of load balancers and the like are opened at. */
  readonly listenerHost: string
  /** Ports for listeners whose own port cannot be had, first and last; 0 lets the system choose. */
  readonly listenerPorts: readonly [first: number, last: number]
}

/** One row per setting: its environment variable, default and meaning; `bartizan up --help` prints it. */
export const settings = [
  {
    name: 'host',
    variable: 'BARTIZAN_HOST',
    fallback: '127.0.0.1',
    meaning: 'address to listen on',
  },
  { name: 'port', variable: 'BARTIZAN_PORT', fallback: '4566', meaning: 'port for every service' },
  {
    name: 'publicUrl',
    variable: 'BARTIZAN_PUBLIC_URL',
    meaning:
      'where clients reach the server (https://host:port): what queue URLs, links in messages and response URLs begin with (else the address that the client used, or the one listened on)',
  },
  {
    name: 'dataDir',
    variable: 'BARTIZAN_DATA_DIR',
    fallback: '.bartizan',
    meaning: 'state, root key and credentials',
  },
  {
    name: 'mode',
    variable: 'BARTIZAN_MODE',
    fallback: 'development',
    meaning: 'development or production',
  },
  {
    name: 'accountId',
    variable: 'BARTIZAN_ACCOUNT_ID',
    fallback: '000000000000',
    meaning: "the first account's id",
  },
  {
    name: 'adminAccessKeyId',
    variable: 'BARTIZAN_ADMIN_ACCESS_KEY_ID',
    meaning: "the administrator's access key id (else generated)",
  },
  {
    name: 'adminSecretAccessKey',
    variable: 'BARTIZAN_ADMIN_SECRET_ACCESS_KEY',
    meaning: "the administrator's secret (else generated)",
  },
  {
    name: 'databaseUrl',
    variable: 'BARTIZAN_DATABASE_URL',
    meaning: 'postgres:// URL when one machine is not enough',
  },
  {
    name: 'rootKeyDir',
    variable: 'BARTIZAN_ROOT_KEY_DIR',
    meaning: 'folder of root.key, the key that seals everything secret (else the data directory)',
  },
  {
    name: 'backupDir',
    variable: 'BARTIZAN_BACKUP_DIR',
    meaning: 'folder in which backups are written (else backups in the data directory)',
  },
  {
    name: 'rootKeyPassphrase',
    variable: 'BARTIZAN_ROOT_KEY_PASSPHRASE',
    meaning: 'passphrase that wraps the root key',
  },
  {
    name: 'tlsCertificateFile',
    variable: 'BARTIZAN_TLS_CERTIFICATE_FILE',
    meaning: 'PEM certificate chain; serves HTTPS',
  },
  {
    name: 'tlsKeyFile',
    variable: 'BARTIZAN_TLS_KEY_FILE',
    meaning: 'PEM private key of the certificate',
  },
  {
    name: 'nitroRootsFile',
    variable: 'BARTIZAN_NITRO_ROOTS_FILE',
    meaning:
      "PEM root certificates of enclaves of one's own (else AWS's Nitro Enclaves alone get attested answers)",
  },
  {
    name: 'metricsToken',
    variable: 'BARTIZAN_METRICS_TOKEN',
    meaning: 'bearer token for /_bartizan/metrics off loopback',
  },
  { name: 'logLevel', variable: 'BARTIZAN_LOG_LEVEL', fallback: 'info', meaning: 'pino level' },
  {
    name: 'maxBodyBytes',
    variable: 'BARTIZAN_MAX_BODY_BYTES',
    fallback: '8388608',
    meaning: "largest request body in bytes, but for S3's objects and Lambda's packages",
  },
  {
    name: 'smtpUrl',
    variable: 'BARTIZAN_SMTP_URL',
    meaning: 'smtp://user:password@host:port of the server by which SNS sends mail',
  },
  {
    name: 'mailFrom',
    variable: 'BARTIZAN_MAIL_FROM',
    fallback: 'no-reply@localhost',
    meaning: "the sender's address of that mail",
  },
  {
    name: 'rdsEndpointsFile',
    variable: 'BARTIZAN_RDS_ENDPOINTS_FILE',
    meaning:
      'YAML file that lists the database servers elsewhere that CreateDBInstance may register (docs/operating/databases.md)',
  },
  {
    name: 'listenerHost',
    variable: 'BARTIZAN_LISTENER_HOST',
    meaning: 'address that listeners of load balancers are opened at (else the loopback address)',
  },
  {
    name: 'listenerPorts',
    variable: 'BARTIZAN_LISTENER_PORTS',
    fallback: '20000-20999',
    meaning:
      'ports for listeners whose own port is taken or not allowed; 0 lets the system choose (docs/operating/load-balancers.md)',
  },
  {
    name: 'geoDatabase',
    variable: 'BARTIZAN_GEO_DATABASE',
    meaning:
      'MMDB file of countries for geo match rules (else the installed @ip-location-db/geo-whois-asn-country-mmdb)',
  },
  {
    name: 'asnDatabase',
    variable: 'BARTIZAN_ASN_DATABASE',
    meaning: 'MMDB file of autonomous systems for ASN match rules (else no address has one)',
  },
  {
    name: 'wafBodyLimit',
    variable: 'BARTIZAN_WAF_BODY_LIMIT',
    fallback: '65536',
    meaning: 'bytes of a body that a web ACL inspects when its AssociationConfig does not say',
  },
  {
    name: 'wafLogSink',
    variable: 'BARTIZAN_WAF_LOG_SINK',
    meaning:
      "https:// URL that takes logs of WAF sent to a Firehose stream, in the form of Firehose's HTTP endpoint delivery",
  },
  {
    name: 'wafLogSinkKey',
    variable: 'BARTIZAN_WAF_LOG_SINK_KEY',
    meaning: 'access key that the sink is shown (X-Amz-Firehose-Access-Key)',
  },
  {
    name: 'wafAuthPort',
    variable: 'BARTIZAN_WAF_AUTH_PORT',
    meaning:
      'port at which nginx, Traefik and Envoy ask web ACLs about their requests (docs/guides/waf-proxies.md); else they cannot',
  },
  {
    name: 'wafAuthHost',
    variable: 'BARTIZAN_WAF_AUTH_HOST',
    fallback: '127.0.0.1',
    meaning: 'address of that port; another than loopback takes the token',
  },
  {
    name: 'wafAuthToken',
    variable: 'BARTIZAN_WAF_AUTH_TOKEN',
    meaning: 'what proxies have to show in X-Bartizan-Waf-Token (else only this machine may ask)',
  },
] as const

type SettingName = (typeof settings)[number]['name']

/** A setting that is not what it must be. */
export class ConfigError extends Error {}

/** The configuration from explicit values, then the environment, then defaults. Throws ConfigError. */
export function readConfig(
  explicit: Partial<Record<SettingName, string | undefined>>,
  environment: Readonly<Record<string, string | undefined>>,
): Config {
  const text: Partial<Record<SettingName, string>> = {}
  for (const setting of settings) {
    const fallback = 'fallback' in setting ? setting.fallback : undefined
    const value = explicit[setting.name] ?? environment[setting.variable] ?? fallback
    if (value !== undefined && value !== '') text[setting.name] = value
  }
  const { port, mode, accountId, maxBodyBytes, wafBodyLimit, wafAuthPort, rootKeyDir, ...others } =
    text
  const { dataDir = '.bartizan', ...rest } = others
  if (mode !== 'development' && mode !== 'production') {
    throw new ConfigError('mode must be development or production')
  }
  if (!/^\d{12}$/.test(accountId ?? '')) throw new ConfigError('the account id must be 12 digits')
  if (Boolean(rest.adminAccessKeyId) !== Boolean(rest.adminSecretAccessKey)) {
    throw new ConfigError('the administrator needs both an access key id and a secret, or neither')
  }
  if (Boolean(rest.tlsCertificateFile) !== Boolean(rest.tlsKeyFile)) {
    throw new ConfigError('TLS needs both a certificate and a key')
  }
  if (rest.wafLogSink !== undefined && URL.parse(rest.wafLogSink)?.protocol !== 'https:') {
    throw new ConfigError('the sink of WAF logs must be an https:// URL')
  }
  const publicUrl = rest.publicUrl === undefined ? undefined : originOf(rest.publicUrl)
  const backupDir =
    rest.backupDir ?? (dataDir === ':memory:' ? undefined : join(dataDir, 'backups'))
  return {
    ...rest,
    ...(publicUrl !== undefined && { publicUrl }),
    ...(backupDir !== undefined && { backupDir }),
    ...(wafAuthPort !== undefined && {
      wafAuthPort: integer('wafAuthPort', wafAuthPort, 65_535),
    }),
    wafAuthHost: rest.wafAuthHost ?? '127.0.0.1',
    host: rest.host ?? '127.0.0.1',
    listenerHost: rest.listenerHost ?? '127.0.0.1',
    listenerPorts: portRange(rest.listenerPorts ?? '0'),
    mailFrom: rest.mailFrom ?? '',
    logLevel: rest.logLevel ?? 'info',
    dataDir,
    mode,
    accountId: accountId ?? '',
    rootKeyDir: rootKeyDir ?? dataDir,
    port: integer('port', port, 65_535),
    maxBodyBytes: integer('maxBodyBytes', maxBodyBytes, 1_073_741_824),
    wafBodyLimit: integer('wafBodyLimit', wafBodyLimit, 1_048_576),
  }
}

/** The URL without a slash at its end. Throws ConfigError when it is more than a scheme, a host and a port. */
function originOf(text: string): string {
  const url = URL.parse(text)
  const isWeb = url?.protocol === 'http:' || url?.protocol === 'https:'
  if (!isWeb || url.href !== `${url.origin}/`) {
    throw new ConfigError('the public URL must be like https://host:port')
  }
  return url.origin
}

/** A range of ports, `first-last`, or 0. Throws ConfigError. */
function portRange(text: string): readonly [number, number] {
  const [, first = '', last = first] = /^(\d+)(?:-(\d+))?$/.exec(text) ?? []
  const range = [Number(first), Number(last)] as const
  if (first === '' || range[0] > range[1] || range[1] > 65_535) {
    throw new ConfigError('listenerPorts must be like 20000-20999')
  }
  return range
}

function integer(name: string, text: string | undefined, max: number): number {
  const value = Number(text)
  if (!Number.isInteger(value) || value < 0 || value > max) {
    throw new ConfigError(`${name} must be a whole number from 0 to ${max}`)
  }
  return value
}
