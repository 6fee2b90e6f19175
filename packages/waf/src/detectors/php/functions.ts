const telltale = `shell_exec passthru proc_open popen pcntl_exec pcntl_fork base64_decode gzinflate gzuncompress gzdecode str_rot13 create_function
call_user_func call_user_func_array phpinfo phpversion phpcredits file_get_contents file_put_contents readfile show_source highlight_file highlight_string
move_uploaded_file ini_set ini_get ini_alter ini_restore preg_replace_callback register_shutdown_function register_tick_function set_error_handler
array_map array_filter array_walk array_diff_ukey array_udiff usort uasort uksort ob_start iterator_apply forward_static_call
php_uname posix_getpwuid posix_getuid posix_uname posix_kill posix_setuid getmyuid get_current_user get_cfg_var get_defined_vars get_defined_functions
fsockopen pfsockopen stream_socket_client stream_get_contents curl_exec curl_init mysql_query mysqli_query symlink readlink escapeshellcmd escapeshellarg
error_log putenv getenv apache_setenv apache_getenv dl mb_send_mail parse_ini_file parse_str hex2bin hexdec dechex convert_uudecode
unserialize simplexml_load_string simplexml_load_file scandir opendir readdir fopen fwrite fputs fread fgets fpassthru file_exists unlink rmdir tempnam tmpfile
var_dump print_r var_export json_decode is_callable func_get_args array_pop  eval_string proc_nice proc_terminate
gethostbyname dns_get_record chmod chown openlog getcwd phpcredits getallheaders bin2hex strrev str_replace session_start
php_sapi_name zend_version sys_getloadavg disk_free_space getlastmod getmypid sqlite_exec expect_popen ftp_connect ftp_exec imap_open mb_ereg_replace mb_eregi_replace ereg_replace`
const callable = `system eval assert exec die exit print printf echo include require preg_replace md5 sha1 sleep usleep set_time_limit`

/** Functions whose names are words of PHP alone. */
export const telltaleFunctions: ReadonlySet<string> = new Set(telltale.split(/\s+/))
/** Functions whose names other languages and people use as well: what stands in their parentheses decides. */
export const callableFunctions: ReadonlySet<string> = new Set(callable.split(/\s+/))
