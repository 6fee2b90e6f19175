import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Installation, ParameterFacts } from './engine.ts'
import { libraryPath } from './installations.ts'

const run = promisify(execFile)

const severities = 'debug5,debug4,debug3,debug2,debug1,log,notice,warning,error,fatal,panic,info'
const clientSeverities = 'debug5,debug4,debug3,debug2,debug1,log,notice,warning,error'
const isolationLevels = 'serializable,repeatable read,read committed,read uncommitted'

/** Values of enumerated parameters, which PostgreSQL's own description leaves out. */
const enumerated: Readonly<Record<string, string>> = {
  backslash_quote: 'safe_encoding,on,off',
  bytea_output: 'escape,hex',
  client_min_messages: clientSeverities,
  constraint_exclusion: 'partition,on,off',
  default_transaction_isolation: isolationLevels,
  huge_pages: 'off,on,try',
  intervalstyle: 'postgres,postgres_verbose,sql_standard,iso_8601',
  log_error_verbosity: 'terse,default,verbose',
  log_min_error_statement: severities,
  log_min_messages: severities,
  log_statement: 'none,ddl,mod,all',
  plan_cache_mode: 'auto,force_generic_plan,force_custom_plan',
  session_replication_role: 'origin,replica,local',
  ssl_max_protocol_version: 'TLSv1,TLSv1.1,TLSv1.2,TLSv1.3',
  ssl_min_protocol_version: 'TLSv1.2,TLSv1.3',
  synchronous_commit: 'local,remote_write,remote_apply,on,off',
  track_functions: 'none,pl,all',
  wal_compression: 'pglz,lz4,zstd,on,off',
  xmlbinary: 'base64,hex',
  xmloption: 'content,document',
}

/** What RDS decides by itself, or what would lead out of the database's own folder. */
const notModifiable =
  /^(listen_addresses|port|unix_socket_.*|data_directory|.*_file|external_pid_file|ssl|ssl_.*(dir|command|reload)|password_encryption|logging_collector|log_destination|log_directory|log_filename|log_file_mode|log_truncate_on_rotation|log_rotation_.*|update_process_title|archive_.*|restore_command|recovery_.*|.*_cleanup_command|promote_trigger_file|primary_.*|hot_standby|wal_level|fsync|full_page_writes|zero_damaged_pages|ignore_.*|allow_(in_place_tablespaces|system_table_mods)|bonjour.*|krb_.*|syslog_.*|event_source|dynamic_library_path|extension_control_path|local_preload_libraries|session_preload_libraries|jit_provider|data_sync_retry|cluster_name|summarize_wal|io_method|debug_.*|trace_.*|developer_.*|huge_page_size|dynamic_shared_memory_type|shared_memory_type|min_dynamic_shared_memory|lc_.*|max_wal_senders|max_replication_slots)$/

/** Parameters of RDS's own (https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Appendix.PostgreSQL.CommonDBATasks.Parameters.html). */
function ownParameters(major: number): readonly ParameterFacts[] {
  const flag = { dataType: 'boolean', allowed: '0,1', isModifiable: true } as const
  return [
    {
      ...flag,
      name: 'rds.force_ssl',
      description: 'Force SSL connections.',
      isStatic: false,
      fallback: major >= 15 ? '1' : '0',
    },
    {
      ...flag,
      name: 'rds.logical_replication',
      description: 'Enables logical decoding.',
      isStatic: true,
      fallback: '0',
    },
  ]
}

/** The parameters that a version has, as its own programs describe them. */
export async function postgresParameters(
  installation: Installation,
  linkFolder: string,
): Promise<readonly ParameterFacts[]> {
  const program = join(installation.programs, 'postgres')
  const env = libraryPath(installation.libraries, linkFolder)
  // root may ask for the description, if for nothing else.
  const { stdout } = await run(program, ['--describe-config'], { env, maxBuffer: 2 ** 22 })
  const described = stdout.split('\n').filter((line) => line.includes('\t'))
  return [
    ...described.map(parameterOf),
    ...ownParameters(Number.parseInt(installation.version, 10)),
  ]
}

const dataTypes: Readonly<Record<string, ParameterFacts['dataType']>> = {
  BOOLEAN: 'boolean',
  INTEGER: 'integer',
  REAL: 'float',
  ENUM: 'string',
  STRING: 'string',
}

function parameterOf(line: string): ParameterFacts {
  const [label = '', context = '', , type = '', value = '', least = '', most = '', says = ''] =
    line.split('\t')
  const name = label.toLowerCase()
  const dataType = dataTypes[type] ?? 'string'
  const range = least !== '' && most !== '' ? `${least}-${most}` : undefined
  return {
    name,
    description: says.trim(),
    dataType,
    allowed: dataType === 'boolean' ? '0,1' : (enumerated[name] ?? range),
    isStatic: context === 'postmaster',
    isModifiable: context !== 'internal' && !notModifiable.test(name),
    // Of other types the description has what memory is filled with before the defaults are known.
    fallback: type === 'ENUM' ? value : undefined,
  }
}
