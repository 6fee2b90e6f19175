import { characterMarks } from '../../inspected-value.ts'
import type { Detection } from '../../inspected-value.ts'
import { detection, matchDetection } from '../detector.ts'
import type { Detector } from '../detector.ts'
import { insideProse, isDocument } from '../prose.ts'
import { callableFunctions, telltaleFunctions } from './functions.ts'

/** Would the value, evaluated or stored by an application in PHP, run as code, or be unserialised into an object? */
export const phpCode: Detector = {
  name: 'PHP code',
  needs: [
    characterMarks.slash,
    characterMarks.parenthesis,
    characterMarks.angle,
    characterMarks.dollar,
    characterMarks.equals,
    characterMarks.quote,
  ],
  detect(text) {
    return (
      frameworkCall(text) ??
      tag(text) ??
      serialised(text) ??
      superglobal(text) ??
      call(text) ??
      setting(text)
    )
  },
}

function frameworkCall(text: string): Detection | undefined {
  return text.includes('think') || text.includes('invokefunction')
    ? matchDetection(
        /\\think\\\w|invokefunction/i.exec(text),
        'a way to call any function of the framework',
      )
    : undefined
}

const openTag =
  /<\?(?:php\b|=|\s+(?:\$|echo|print|system|eval|include|phpinfo|passthru|exec|@))|<script\s+language\s*=\s*["']?php|<%=?\s*(?:eval|system|php)/i

function tag(text: string): Detection | undefined {
  if (!text.includes('<')) return undefined
  const found = openTag.exec(text)
  if (found === null) return undefined
  if (
    isDocument(text) &&
    !/\$_(?:GET|POST|REQUEST|COOKIE|SERVER|FILES)\b.{0,400}\)|\b(?:system|shell_exec|passthru|eval|assert|phpinfo)\s*\(/is.test(
      text,
    )
  ) {
    return undefined
  }
  return matchDetection(found, 'the opening tag of PHP')
}

const serialisedObject =
  /(?:^|[{;:}"'\s=|])(?:[OC]:\+?\d+:"[\w\\]+":\+?\d+:\{|a:\+?\d+:\{(?:[is]:\d+[:;]|\}))/

function serialised(text: string): Detection | undefined {
  if (!text.includes(':')) return undefined
  const found = serialisedObject.exec(text)
  if (found === null || (text.charAt(found.index) === 'a' && !/[OC]:\+?\d+:"/.test(text)))
    return undefined
  return matchDetection(found, 'a serialised PHP object')
}

const global =
  /\$\{?_?(?:GET|POST|REQUEST|COOKIE|SERVER|FILES|ENV|SESSION|GLOBALS|HTTP_(?:GET|POST|RAW_POST_DATA|COOKIE|SERVER|ENV|SESSION)\w*)\b\s*(?:\[|\}|\))|\$GLOBALS\b|\b_(?:SERVER|GET|POST|REQUEST|COOKIE|ENV|SESSION|FILES)\s*\[|\bGLOBALS\s*\[|\$[a-z_]\w*\(|\$\$\w+\s*[=(]|\$_+(?:=|\()|\$\{\s*(?:@|(?:print|system|eval|phpinfo|sleep|passthru|exec|assert)\s*\()/

function superglobal(text: string): Detection | undefined {
  if (!text.includes('$') && !text.includes('_') && !text.includes('GLOBALS')) return undefined
  const found = global.exec(text)
  if (found === null) return undefined
  const [matched] = found
  if (/^\$[a-z_]\w*\($/i.test(matched) && !/^\$_+\($/.test(matched))
    return variableFunction(text, found)
  return isDocument(text) && insideProse(text, found.index, found.index + matched.length)
    ? undefined
    : matchDetection(found, 'a variable of PHP')
}

/** `$a('id')` calls what the variable names; `$(…)` and `$.ajax(…)` are JavaScript's. */
function variableFunction(text: string, found: RegExpExecArray): Detection | undefined {
  return /^\$[a-z_]\w*\(\s*(?:\$_?|["'][^"']*["']\s*\))/i.test(text.slice(found.index)) &&
    !/\bfunction\b|=>|\bconst\b|\bvar\b/.test(text)
    ? matchDetection(found, 'a function that a variable names')
    : undefined
}

const callShape = /(?<![\w$.>-])([a-z_]\w{2,40})((?:\s|\/\*[^*]{0,40}\*\/){0,20})\(/gi
/** Functions of families that only PHP has; their names are not collected one by one. */
const family =
  /^(?:wp|posix|bz|sys|curl|mysqli?|pg|sqlite|php|proc|stream|socket|ob|apache|pcntl|session|ftp|imap|get|file|array|call_user|is|ini|preg|mb|iconv|openssl|mcrypt|class|method|function|func|invoke|reflection|spl|xml\w*|dom|simplexml|zip|gz\w*|image\w*|__halt)_?\w*_\w+$|^__\w+$|^(?:invokeargs|bzdecompress|reflectionfunction|reflectionmethod)$/i
const bareCalls =
  /^(?:php(?:info|version|credits)|getcwd|getmypid|get_defined_\w+|get_current_user)$/

function call(text: string): Detection | undefined {
  if (!text.includes('(')) return undefined
  callShape.lastIndex = 0
  for (let found = callShape.exec(text); found !== null; found = callShape.exec(text)) {
    const [whole, name = '', gap = ''] = found
    const lower = name.toLowerCase()
    const telltale = telltaleFunctions.has(lower)
    if (!telltale && !callableFunctions.has(lower) && !(text.length < 300 && family.test(lower))) {
      continue
    }
    const end = found.index + whole.length
    const rest = text.slice(end, end + 200)
    const alone = rest.trimStart().startsWith(')')
    if (alone ? !bareCalls.test(lower) : !argument(lower, rest, telltale)) continue
    if (gap !== '' && !/^\s*["'$]/.test(rest)) continue
    if (insideProse(text, found.index, end) || (isDocument(text) && !telltale)) continue
    return detection(text, found.index, end + 40, `a call of PHP's ${lower}`)
  }
  return concealed(text)
}

/** Whether what stands in parentheses is what such a function is given: a string, a variable, a path, another such call. */
function argument(name: string, rest: string, telltale: boolean): boolean {
  if (/^(?:include|require)/.test(name))
    return /^\s*(?:["']\s*(?:https?:|ftp:|php:|data:|\/|\.\.)|\$_)/.test(rest)
  const inner = /^\s*@?([a-z_]\w+)\s*\(/i.exec(rest)?.[1]?.toLowerCase()
  if (inner !== undefined) return telltaleFunctions.has(inner) || callableFunctions.has(inner)
  if (/^(?:print|echo|printf)$/.test(name)) return /^\s*["'`]?\$_|^\s*`/.test(rest)
  if (/^\s*(?:["'`$@\\~]|&quot;|__\w+__|base64|php:|\w{1,20}\s*\.\s*["'$])/.test(rest)) return true
  if (/^(?:sleep|usleep|md5|sha1|die|exit|exec|system)$/.test(name))
    return (
      /^\s*\d{1,9}\s*\)/.test(rest) ||
      (name.length > 3 &&
        /^\s*(?:id|ls|whoami|uname|dir|cat|pwd|sleep|ping|curl|wget)\b/.test(rest))
    )
  return (
    telltale && /^\s*(?:[\w.:-]*\/[\w./:-]+\s*\)|https?:|\w+\.(?:php|txt|ini|log)\s*\))/.test(rest)
  )
}

const hidden =
  /(?:["'][\w]{1,20}["']\s*\.\s*){1,8}["'][\w]{1,20}["'](?:\s*\))?\s*\(|\(\s*["'](?:sys|exe|pass|ass|ev|shell|php)[\w.'"]{0,40}["']\s*\)\s*\(|(?:chr\s*\(\s*\d+\s*\)\s*\.\s*){2,}|\(\s*~\s*%|\["?\\x[\da-f]{2}|\bnew\s+(?:SplFileObject|ReflectionFunction|SimpleXMLElement|DirectoryIterator|SoapClient|PDO)\b\s*\(/i

function concealed(text: string): Detection | undefined {
  return /["'~]|chr|new /.test(text)
    ? matchDetection(hidden.exec(text), 'a function whose name is put together')
    : undefined
}

const directive =
  /(?:^|[?&\s"'-])-?-?(?:d\s*)?(?:allow_url_(?:include|fopen)|auto_(?:prepend|append)_file|disable_functions|open_basedir|safe_mode|suhosin\.\w+|cgi\.\w+|zend\.\w+)\s*=\s*\S/i

function setting(text: string): Detection | undefined {
  return text.includes('_') || text.includes('.')
    ? matchDetection(directive.exec(text), "a directive of PHP's configuration")
    : undefined
}

/** Names of arguments with which PHP itself was once overrun, before an application ran. */
export const phpNames: Detector = {
  name: 'a name that PHP treats in its own way',
  needs: [0],
  detect(text) {
    return text.length > 80 || !/[_\-.=[]/.test(text)
      ? undefined
      : matchDetection(
          /^(?:_?(?:GET|POST|REQUEST|SERVER|COOKIE|ENV|SESSION|FILES|GLOBALS)\[|GLOBALS$|-d(?: |\+|$)|-s$|-[dT][ +]?\w+=|allow_url_(?:include|fopen)|auto_(?:prepend|append)_file|=PHP[A-F\d]{8}-|PHPRC$|XDEBUG_SESSION_START$)/.exec(
            text,
          ),
          'a name that PHP treats in its own way',
        )
  },
}
