import { characterMarks } from '../../inspected-value.ts'
import type { Detection } from '../../inspected-value.ts'
import { matchDetection } from '../detector.ts'
import type { Detector } from '../detector.ts'
import { insideProse, isDocument } from '../prose.ts'

const node =
  /\brequire\s*\(\s*["'`](?:node:)?(?:child_process|fs|net|vm|os|http|cluster|process)["'`]\s*\)|process(?:\.|\[["'`]?)(?:mainModule|binding|dlopen|_load|kill)\b|^\W{0,3}process(?:\.|\[["'`])(?:env|exit|cwd)|__js_function|^\W{0,4}(?:require|process)\[\w|^\W{0,3}console(?:\.\w+|\[["']\w+["']\])(?:\.call|\.apply)?\s*\(|^\W{0,3}module\.exports\s*=|^\W{0,3}function\s*\(\s*\)\s*\{|^\W{0,3}new\s+Function\s*\(|child_process|_\$\$ND_FUNC\$\$_|global\.process|(?:exec|spawn)(?:File)?Sync\s*\(|\.constructor\s*\(\s*["'`]|constructor(?:\.|\[["'`])constructor|this\.constructor\.|\bFunction\s*\(\s*["'`]|\bvm\.run\w+\(|(?:readFile|readdir|writeFile)Sync\s*\(|res\.(?:end|send)\s*\(\s*(?:require|process)|setTimeout\s*\(\s*["'`]|\bnew\s+Function\s*\(|\bDeno\.(?:run|Command|readFile)|\bbun:ffi|eval\s*\(\s*(?:atob|String\.fromCharCode|unescape|["'`])|while\s*\(\s*(?:true|1)\s*\)|\broot\.process|\bglobalThis\.(?:process|constructor)/
const python =
  /__import__\s*\(|\bimport\s+(?:os|subprocess|socket|pty|sys|commands|shutil)\b(?:\s*[;,]|\s+as\b|\s*$)|\bos\.(?:system|popen|exec\w*|spawn\w*|environ|listdir)\s*[([]|\bsubprocess\.(?:\w+)\s*\(|__(?:globals|builtins|subclasses|mro|bases|reduce)__|\bc(?:os|posix|nt)(?:\n|\\n)system|\bcposix\n|csubprocess\n|gASV[\w+/]{10}|\bpickle\.loads|!!python\/(?:object|name|module|tuple)|\bexec\s*\(\s*(?:compile|base64|["']import)|\beval\s*\(\s*compile|\bcommands\.getoutput|\bopen\s*\(\s*["']\/(?:etc|proc)|\btime\.sleep\s*\(\s*\d|\bpty\.spawn|str\(\s*__|getattr\s*\(\s*\w+\s*,\s*["']__/
const ruby =
  /\bKernel\.(?:exec|system|fork|open|`)|\bIO\.(?:popen|read|sysopen)\b|\bFile\.(?:open|read|write)\s*\(\s*["']|\bDir\.(?:entries|glob)\s*\(|\bopen\s*\(\s*["']\|\s*\w|%x[({[|]\s*\w|\bActiveSupport::|\bActionDispatch::|\bERB\.new|!ruby\/(?:object|hash|struct|regexp|class)|\bBAh[bvsSIow][\w+/=]{12}|\bGem::(?:Requirement|Installer|SpecFetcher)|\bProcess\.(?:spawn|clock)|\bSyscall\b|\bPTY\.spawn|\.instance_eval|\.send\s*\(\s*:(?:system|exec|eval)|\bconstantize\b|\bOpen3\./
const perl =
  /\buse\s+(?:Socket|IO::Socket|MIME::Base64)\b|\bopen\s*\(\s*STD(?:IN|OUT|ERR)\b|\bqx[{(/]|\bsystem\s*\(\s*["']|\bperl\s+-e/
const classic =
  /\b(?:Server\.(?:CreateObject|MapPath|Execute|ScriptTimeout)|Response\.(?:Write|End|Redirect)|WScript\.(?:Shell|Network)|Scripting\.FileSystemObject|ADODB\.(?:Stream|Connection)|MSXML2\.|CreateObject\s*\(|Request\.(?:Item|Form|QueryString)\s*[[(]|Execute\s*\(\s*(?:Request|["'])|On\s+Error\s+Resume\s+Next|eval\s*\(\s*Request|#exec|cfexecute|cffile|createObject\s*\(\s*["']java|Process\.Start|System\.Diagnostics)/i
const pollution =
  /__proto__|constructor(?:\]?\[|\.|["']\s*:\s*\{\s*["']?)prototype|["']prototype["']\s*:\s*\{/
const flight =
  /"?\$(?:@|\d+:)|\$\d+:(?:__proto__|constructor)|:then\b|"then"\s*:\s*"\$|_formData|_prefix|"status"\s*:\s*"resolved_model"|resolved_model|\$\d*:constructor:constructor|\$B\d+/

/** Would the value, evaluated by the interpreter an application runs in (Node, Python, Ruby, Perl, ASP), reach beyond the application? */
export const scriptCode: Detector = {
  name: 'code for a scripting language',
  needs: [
    characterMarks.parenthesis,
    characterMarks.dot,
    characterMarks.brace,
    characterMarks.equals,
    characterMarks.quote,
    characterMarks.control,
    characterMarks.space,
    characterMarks.slash,
  ],
  detect(text) {
    if (text.length < 6) return undefined
    return (
      judged(text, node, 'code that reaches beyond Node') ??
      judged(text, python, 'code that reaches beyond Python') ??
      judged(text, ruby, 'code that reaches beyond Ruby') ??
      judged(text, perl, 'code of Perl') ??
      judged(text, classic, 'code of ASP or ColdFusion')
    )
  },
}

function judged(text: string, pattern: RegExp, reason: string): Detection | undefined {
  const found = pattern.exec(text)
  if (found === null) return undefined
  // In a document that shows code, only what is useless but for attack counts.
  if (
    isDocument(text) &&
    !/mainModule|_\$\$ND|__subclasses__|__globals__|!!python|!ruby|gASV|constructor.constructor|resolved_model/.test(
      text,
    )
  )
    return undefined
  return insideProse(text, found.index, found.index + found[0].length) && !/[({[]/.test(found[0])
    ? undefined
    : matchDetection(found, reason)
}

/** Would the value, as the name of a member or within one, change the prototype of all objects of JavaScript? */
export const prototypePollution: Detector = {
  name: 'a change of the prototype of all objects',
  needs: [0],
  detect: (text) =>
    text.includes('proto') &&
    text.length < 2000 &&
    !isDocument(text) &&
    !/\s\w+\s\w+\s\w+/.test(text)
      ? matchDetection(pollution.exec(text), 'a change of the prototype of all objects')
      : undefined,
}

/** Would the value, read as the serialisation of React's server functions, make the server call what it names (CVE-2025-55182)? */
export const reactFlight: Detector = {
  name: "a forged reply of React's server functions",
  needs: [characterMarks.dollar, characterMarks.brace],
  detect(text) {
    if (!/\$\d*:|resolved_model|_formData|\$@/.test(text)) return undefined
    const found = flight.exec(text)
    return found !== null &&
      /constructor|__proto__|resolved_model|_formData|_prefix|:then/.test(text)
      ? matchDetection(found, "a forged reply of React's server functions")
      : undefined
  },
}
