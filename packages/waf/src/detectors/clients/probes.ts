import type { Detection } from '../../inspected-value.ts'
import { matchDetection } from '../detector.ts'
import type { Detector } from '../detector.ts'

const repository = String.raw`/\.(?:git|svn|hg|bzr|cvs)(?:/|$)|/cvs/(?:root|entries|repository)`
const hidden = String.raw`/\.(?!well-known(?:/|$))[a-z][\w-]{1,40}(?:[./~][\w./~-]{0,400})?$|/\.(?:env|ht\w+|ds_store|aws|ssh|npmrc|dockerenv|docker|kube|bash_\w+|bashrc|profile|idea|vscode|mysql_history|viminfo|netrc|pgpass|passwd|history|config|terraform|gitlab-ci|travis|rediscli_history|s3cfg|boto|composer|cache|ftpconfig|sftp-config|lesshst|sh_history|zsh_history|python_history|php_cs|editorconfig|subversion|listing|perf|cobalt|nsf|wwwacl)(?:[./_-][\w./-]{0,400})?$|/\.(?:aws|ssh|docker|kube|idea|vscode)/`
const configuration = String.raw`/(?:wp-config|configuration|config|settings|localsettings|database|db|secrets?|credentials|parameters|appsettings|web|application|docker-compose|dockerfile|package-lock|composer|id_rsa|backup|dump|site|www|database|db_backup|mysql|sql|data)(?:\.\w+)?\.(?:bak|old|orig|save|swp|txt|inc|sql|tar|gz|tgz|zip|rar|7z|tmp|copy|dist|sample|~|backup|env|ya?ml)(?:\.\w+)?~?$|/(?:config|settings|database|wp-config|localsettings|configuration)\.(?:inc|php~|php\.\w+|inc\.php|bak|yml|ini)$|/web\.config$|/(?:id_rsa|id_dsa|server\.key|privatekey\.pem|\.pem)$|/(?:php|my|win|boot)\.ini$`
const consoles = String.raw`/(?:actuator(?:/(?!health|info|prometheus)[\w.-]+)|jolokia|jmx-console|web-console|invoker/|manager/(?:html|text|status)|host-manager|solr/(?:admin|[\w-]+/(?:dataimport|select|config))|console/(?:login|css|images|j_security)|server-(?:status|info)|phpinfo(?:\.php)?|info\.php|php-?info\.php|test\.php|i\.php|_ignition/|telescope/requests|_profiler|horizon/api|debug/(?:pprof|default/view)|elmah\.axd|trace\.axd|_vti_\w+|_layouts/\d|_mem_bin|iisadmpwd|iissamples|scripts/(?:root|cmd|\.\.)|msadc|adsamples|cfide/(?:administrator|adminapi|componentutils)|cfusion|cgi-(?:bin|sys|local|win|shop|dos|exe|home)/|cgi/[\w-]+\.(?:cgi|pl|exe|bat)|cgibin|fcgi-bin|htbin|ws_utc|wls-wsat|_async/|uddiexplorer|bea_wls_internal|axis2?/|axis-cgi|eam/vib|ui/vropspluginui|sdk/vimservice|owa/auth/x|autodiscover/autodiscover\.json|ecp/|mgmt/tm|tmui|vpns?/|dana-(?:na|ws)|remote/fgt_lang|remote/logincheck|\+cscoe\+|\+cscot\+|global-protect|php/login|hnap1|gponform|goform|boaform|setup\.cgi|cgi_test|apply\.cgi|currentsetting\.htm|command\.php|device\.rsp|picsdesc\.xml|ctrlt|upnpdev|language/swedish|nice ports|tri%6eity|hello\.world|vendor/phpunit|phpunit/|eval-stdin\.php|index/\\think|storage/logs|containers/json|v\d\.\d+/(?:version|containers)|_all_dbs|_utils/|_users/|api/jsonws|struts2?-|showcase\.action|druid/index|nacos/v1|xxl-job|apisix/admin|geoserver/(?:web|ows)|jenkins/script|asynchpeople|securityrealm|cobbler_api)`
const panels = String.raw`/(?:nikto|acunetix|w00tw00t|muieblackcat|netsparker|appscan_fingerprint|wvs_test|jbrofuzz)[\w.-]*|/(?:php-?my-?admin[\w.-]*|pma[\d_-]*|mysql-?admin|myadmin|dbadmin|sqlmanager|sqlweb|websql|adminer(?:-[\w.]+)?\.php|phppgadmin|pgadmin|sqlbuddy|phpminiadmin|mysqldumper)(?:/|\.php|$)`
const shells = String.raw`/(?:c99|r57|b374k|wso\d*|shell\d*|cmd|webshell|backdoor|c100|alfa(?:shell)?|indoxploit|weevely|wp-shell|up(?:l|loader)|mini|0x\w*|1337|kcfinder/upload|simple-backdoor|phpspy|antichat|locus7s|safe0ver|cmdasp|cmdjsp|jspspy|aspydrv|devilzshell|nstview|priv8|marijuana|gel4y|doc\.php7|alfanew|fm)\.(?:php\d?|phtml|asp|aspx|jsp|jspx|cfm|pl|py|cgi)`
const programs = String.raw`/(?:cmd|command|root|ping|perl|sh|bash|php|php-cgi|tftp)\.exe|/(?:sh|bash|perl|test-cgi|printenv|phf|php\.cgi|php5?|faxsurvey|htmlscript|websendmail|formmail(?:\.pl|\.cgi)?|nph-[\w-]+|jj|aglimpse|campas|view-source|webdist\.cgi|count\.cgi|guestbook\.(?:cgi|pl)|test\.cgi|printenv\.pl|env\.cgi|hello\.sh|awstats\.pl|awstats)$|/bin/(?:sh|bash|cat|ls|id)|/(?:setup|install|upgrade)\.(?:php|cgi)\b|/(?:etc/(?:passwd|shadow|hosts|group)|proc/self|windows/(?:system32|win\.ini)|winnt/)`
const wordpress = String.raw`/wp-content/(?:plugins|themes|uploads)/[^?]{0,200}\.(?:php|phtml|sql|log|zip|bak|txt\.php)|/wp-admin/(?:install|setup-config|admin-ajax\.php\?action=(?:revslider|duplicator))|/wp-includes/(?:wlwmanifest|[^?]{0,200}\.php)|/wlwmanifest\.xml|/timthumb\.php|/debug\.log`
const files = String.raw`\.(?:bak|swp|orig|old|save|sav|backup|~|sql|sqlite3?|mdb|ini|log|conf|cfg|pem|key|p12|pfx|jks|keystore|kdbx|rdp|ovpn|inc|dump|dmp|core|htr|ida|idq|idc|htw|printer|asa|asax|ascx|cdx|config|csproj|csr|vbproj|vbs|webinfo|licx|resx|vsdisco|xsx|bat|cmd|dbf|dll|dos|lnk|mdf|pol|pwd|rdb|pass|tmp|\w+~)(?:\.\w{2,4})?$|~$|%20$|::\$data`

const probe = new RegExp(
  [repository, hidden, configuration, consoles, panels, shells, programs, wordpress].join('|'),
  'i',
)
const restricted = new RegExp(files, 'i')

/** A path that is only asked for by who looks for a weakness or for what was left behind. */
export function probedPath(path: string): Detection | undefined {
  return matchDetection(probe.exec(path), 'a path that scanners try')
}

const restrictedArgument =
  /^[^\s<>]{1,200}\.(?:bak|swp|old|sql|mdb|ini|log|conf|cfg|pem|key|inc|dll|bat|cmd|htaccess|htpasswd|env|backup)$/i

/** An argument that names a file of such a kind. */
export const restrictedFile: Detector = {
  name: "a file's name that no server hands out",
  needs: [0],
  detect: (text) =>
    text.includes('.')
      ? matchDetection(restrictedArgument.exec(text), "a file's name that no server hands out")
      : undefined,
}

/** A path that ends as files end that no server hands out. */
export function restrictedExtension(path: string): Detection | undefined {
  return matchDetection(restricted.exec(path), "a file's name that no server hands out")
}
