import type { Configuration } from './engine.ts'

/** The options file of `mariadbd`: parameters, then what RDS decides, which stands above them. */
export function serverOptions(inside: string, configuration: Configuration): string {
  const { host, port, parameters } = configuration
  const own = {
    ...engineOptions(parameters),
    datadir: `${inside}/data`,
    tmpdir: `${inside}/tmp`,
    socket: `${inside}/tmp/s`,
    pid_file: `${inside}/tmp/pid`,
    log_error: `${inside}/log/mysql-error.log`,
    slow_query_log_file: `${inside}/log/mysql-slowquery.log`,
    general_log_file: `${inside}/log/mysql-general.log`,
    // What SQL reads and writes as files stays here, whoever was granted FILE.
    secure_file_priv: `${inside}/files`,
    plugin_maturity: 'stable',
    local_infile: parameters['local_infile'] ?? '1',
    skip_name_resolve: '1',
    bind_address: bindAddress(host),
    port: String(port),
    ssl_ca: `${inside}/conf/ca.crt`,
    ssl_cert: `${inside}/conf/server.crt`,
    ssl_key: `${inside}/conf/server.key`,
    tls_version: parameters['tls_version'] ?? 'TLSv1.2,TLSv1.3',
  }
  const lines = Object.entries(own).map(([name, value]) => `${name} = ${quoted(value)}`)
  return ['# Written by Bartizan: changes are lost.', '[mariadbd]', ...lines, ''].join('\n')
}

/** Parameters under the names that the engine knows: `rds.…` ones are RDS's own. */
function engineOptions(parameters: Configuration['parameters']): Record<string, string> {
  const known = Object.entries(parameters).filter(([name]) => !name.startsWith('rds.'))
  return Object.fromEntries(known)
}

/** Loopback always, and the address that is asked for. */
function bindAddress(host: string): string {
  if (host === '0.0.0.0' || host === '::') return host
  return host === '127.0.0.1' ? host : `127.0.0.1,${host}`
}

function quoted(value: string): string {
  return `"${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`
}
