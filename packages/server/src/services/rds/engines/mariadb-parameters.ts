import described from '../data/mariadb-parameters.json' with { type: 'json' }
import type { ParameterFacts } from './engine.ts'

/** What RDS decides by itself, or what would lead out of the database's own folder. */
const notModifiable =
  /^(.*dir|.*_dir|basedir|datadir|socket|port|bind_address|pid_file|.*_file|log_error|log_bin.*|log_basename|plugin_.*|have_.*|version.*|hostname|ssl_.*|skip_.*|secure_.*|init_file|init_slave|wsrep_.*|report_.*|relay_log.*|gtid_.*|server_id|server_uid|license|locked_in_memory|large_.*|protocol_version|system_.*|character_set_system|core_file|encrypt_.*|innodb_data_.*|innodb_encrypt.*|innodb_page_size|innodb_force_.*|innodb_read_only|innodb_temp_data_.*|innodb_undo_.*|innodb_doublewrite|innodb_fast_shutdown|innodb_buffer_pool_filename|read_only|slave_load_tmpdir|slave_skip_errors|allow_suspicious_udfs|debug.*|extra_port|datetime_format|date_format|time_format|lower_case_file_system|rpl_.*|binlog_optimize.*|default_.*_engine|enforce_storage_engine)$/

/** The parameters of MariaDB 10.11, as its own information schema has them; other versions know most of them. */
export function mariadbParameters(): Promise<readonly ParameterFacts[]> {
  return Promise.resolve(described.map(factsOf))
}

interface Described {
  readonly name: string
  readonly type: string
  readonly allowed?: string
  readonly static?: boolean
}

const dataTypes: readonly ParameterFacts['dataType'][] = [
  'boolean',
  'integer',
  'float',
  'string',
  'list',
]

function factsOf({ name, type, allowed, static: isStatic = false }: Described): ParameterFacts {
  return {
    name,
    description: '',
    dataType: dataTypes.find((each) => each === type) ?? 'string',
    allowed,
    isStatic,
    isModifiable: !notModifiable.test(name),
    fallback: name === 'require_secure_transport' ? '0' : undefined,
  }
}
