import type { Configuration } from './engine.ts'

/** Names under which RDS has parameters that PostgreSQL does not know, with what they do here. */
const ownPrefix = 'rds.'

/** `postgresql.conf`: the engine's parameters, then what RDS decides, which stands above them. */
export function postgresqlConf(inside: string, configuration: Configuration): string {
  const { host, port, parameters } = configuration
  const given = Object.entries(parameters)
    .filter(([name]) => !name.startsWith(ownPrefix))
    .map(([name, value]) => `${name} = ${quoted(value)}`)
  const own = {
    listen_addresses: listenAddresses(host),
    port: String(port),
    unix_socket_directories: '',
    data_directory: `${inside}/data`,
    hba_file: `${inside}/conf/pg_hba.conf`,
    ident_file: `${inside}/conf/pg_ident.conf`,
    external_pid_file: '',
    ssl: 'on',
    ssl_cert_file: `${inside}/conf/server.crt`,
    ssl_key_file: `${inside}/conf/server.key`,
    password_encryption: 'scram-sha-256',
    logging_collector: 'on',
    log_destination: 'stderr',
    log_directory: `${inside}/log`,
    log_filename: 'postgresql.%a.log',
    log_file_mode: '0600',
    log_truncate_on_rotation: 'on',
    log_rotation_age: '1d',
    log_rotation_size: '0',
    update_process_title: 'off',
  }
  const lines = Object.entries(own).map(([name, value]) => `${name} = ${quoted(value)}`)
  return ['# Written by Bartizan: changes are lost.', ...given, ...lines, ''].join('\n')
}

/** `pg_hba.conf`: passwords by SCRAM; without TLS only where `rds.force_ssl` is off; `rdsadmin` only from this machine. */
export function pgHba(parameters: Configuration['parameters']): string {
  const rules = [
    'hostssl all rdsadmin 127.0.0.1/32 scram-sha-256',
    'host all rdsadmin all reject',
    'hostssl all all all scram-sha-256',
    ...(forcesTls(parameters) ? [] : ['hostnossl all all all scram-sha-256']),
  ]
  return [...rules, ''].join('\n')
}

/** Whether connections without TLS are refused. */
export function forcesTls(parameters: Configuration['parameters']): boolean {
  return parameters['rds.force_ssl'] === '1'
}

/** Loopback always, and the address that is asked for. */
function listenAddresses(host: string): string {
  if (host === '0.0.0.0') return host
  if (host === '::') return '*'
  return host === '127.0.0.1' ? host : `127.0.0.1,${host}`
}

function quoted(value: string): string {
  return `'${value.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`
}
