/** What a word is in SQL, where it is not a name. */
export type WordClass =
  | 'boolean'
  | 'not'
  | 'comparison'
  | 'arithmetic'
  | 'set'
  | 'clause'
  | 'constant'
  | 'unary'
  | 'case'
  | 'query'
  | 'verb'
  | 'join'
  | 'suffix'

const classes = new Map<string, WordClass>()

function put(wordClass: WordClass, words: string): void {
  for (const word of words.split(' ')) classes.set(word, wordClass)
}

put('boolean', 'or and xor')
put('not', 'not')
put('comparison', 'like rlike regexp regexp_like glob ilike in between is similar sounds member')
put('arithmetic', 'div mod')
put('set', 'union intersect except minus')
put('clause', 'order group having limit offset procedure into for where from as returning fetch')
put('constant', 'null true false unknown default current_user session_user system_user')
put('constant', 'current_timestamp current_date current_time sysdate rownum')
put('unary', 'binary distinct all any some exists prior interval date timestamp distinctrow top')
put('case', 'case when then else end')
put('query', 'select values table with')
put('verb', 'insert replace update delete drop create alter truncate exec execute call declare set')
put('verb', 'waitfor shutdown if while begin do copy grant revoke load handler attach backup bulk')
put('verb', 'kill use prepare rename show merge lock pragma explain print dbcc commit rollback')
put('join', 'join inner outer left right cross natural straight_join on using full lateral')
put('suffix', 'collate escape asc desc over at nulls')

/** The class of a lower-case word; undefined for a name. */
export function wordClass(word: string): WordClass | undefined {
  return classes.get(word)
}

/** Whether a lower-case word means something to a database. */
export function isKeyword(word: string): boolean {
  return classes.has(word) || isSideEffect(word) || informative.has(word) || extraKeywords.has(word)
}

const extraKeywords = new Set('by information_schema concat substring ascii null delay'.split(' '))

/** Words that may stand between `select` and its list. */
export const selectModifiers = new Set(
  'distinct distinctrow all straight_join high_priority sql_no_cache sql_cache sql_calc_found_rows sql_small_result sql_big_result sql_buffer_result'.split(
    ' ',
  ),
)

/** Units of an interval. */
export const intervalUnits = new Set(
  'microsecond second minute hour day week month quarter year day_second minute_second'.split(' '),
)

/** Functions that wait, fail on purpose, read files, call out or run commands: nothing a value should ask for. */
export function isSideEffect(name: string): boolean {
  if (sideEffects.has(name)) return true
  if (!name.includes('_')) return false
  const last = name.slice(name.lastIndexOf('.') + 1)
  return procedures.test(last) || /^(?:sys\.)?(?:dbms|utl)_/.test(name)
}

const procedures =
  /^(?:xp_|sp_(?:execute|oa|make|add|configure|help|password|who)|dbms_|utl_|dblink|pg_(?:sleep|read_|ls_|stat_file|reload))/

const sideEffects = new Set(
  `sleep benchmark pg_sleep pg_sleep_for pg_sleep_until extractvalue updatexml xmltype httpuritype load_file load_extension
  lo_import lo_export lo_create lo_from_bytea openrowset opendatasource openquery randomblob zeroblob get_lock release_lock
  name_const gtid_subset gtid_subtract st_latfromgeohash st_longfromgeohash st_pointfromgeohash polygon multipoint multipolygon
  linestring multilinestring geometrycollection query_to_xml database_to_xml table_to_xml fts3_tokenizer sys_exec sys_eval
  receive_message get_host_address get_host_name is_srvrolemember has_dbaccess fn_xe_file_target_read_file fn_trace_gettable
  fn_get_audit_file xmlexists generate_series master_pos_wait sql_exec wait_for_executed_gtid_set user_lock.sleep
  ctxsys.drithsx.sn ordsys.ord_dicom.getmappingxpath
  rdb$get_context uuid_to_bin bin_to_uuid json_storage_free ext_mysql xp_cmdshell bfilename tz_offset to_timestamp_tz`.split(
    /\s+/,
  ),
)

/** Functions that tell of the database, or take strings apart character by character. */
export const informative = new Set(
  `user version database schema current_user session_user system_user user_name suser_name suser_sname db_name host_name
  schema_name sqlite_version connection_id current_database current_schema inet_server_addr object_id object_name col_name
  substring substr mid ascii ord char chr nchar unicode hex unhex group_concat string_agg listagg concat concat_ws make_set elt
  ifnull nullif iif nvl nvl2 decode coalesce bin conv md5 sha1 instr strcmp char_length charindex patindex
  json_extract json_depth json_length json_keys json_contains json_value json_array json_object isjson jsonb_build_object
  convert cast try_convert to_char to_number rawtohex quotename stuff isnull row_count last_insert_rowid typeof sqlite_source_id
  greatest least bitand current_setting pg_user has_table_privilege any_value db_id sys_context utl_raw newid serverproperty`.split(
    /\s+/,
  ),
)

/** Whether a table or schema is one in which a database describes itself. */
export function isSystemName(path: string): boolean {
  if (systemNames.has(path)) return true
  if (!path.includes('.') && !path.includes('_') && !path.includes('$')) return false
  return (
    /^(?:information_schema|mysql|performance_schema|pg_catalog|sys|master|msdb|tempdb|sysibm|syscat|ctxsys)\.+[\w$]/.test(
      path,
    ) ||
    /^(?:all|user|dba)_(?:tables|tab_columns|users|objects|views|col_comments|constraints)$/.test(
      path,
    ) ||
    /^(?:rdb|mon)\$\w+$/.test(path) ||
    /\.(?:sysobjects|syscolumns|sysdatabases)$/.test(path)
  )
}

const systemNames = new Set(
  `dual information_schema sqlite_master sqlite_schema sqlite_temp_master sysobjects syscolumns sysusers sysdatabases syslogins
  sysprocesses sysfiles pg_catalog pg_user pg_shadow pg_database pg_class pg_tables pg_namespace pg_roles pg_attribute
  pg_stat_activity v$version v$database v$session v$instance msysaccessobjects msysobjects msysqueries systables
  domain.tables domain.domains domain.columns domain.users syscat sysibm sysmaster`.split(/\s+/),
)

/** What may be created, dropped or altered. */
export const schemaObjects = new Set(
  `table database schema user view function procedure proc index trigger role login column temporary temp global unique aggregate
  language extension assembly type sequence tablespace event synonym directory or external package materialized alias
  keyspace link server certificate credential`.split(/\s+/),
)
