import { characterMarks } from '../../inspected-value.ts'
import type { Detection } from '../../inspected-value.ts'
import { detection, matchDetection } from '../detector.ts'
import type { Detector } from '../detector.ts'
import { isDocument } from '../prose.ts'

/** The brackets between which template engines evaluate what stands there. */
const expressions =
  /\{\{([^{}]{1,300}(?:\{[^{}]{0,100}\}[^{}]{0,100})?)\}\}|\$\{\{?([^{}]{1,300}(?:\{[^{}]{0,100}\}[^{}]{0,100})?)\}|#\{([^{}]{1,300})\}|\*\{([^{}]{1,300})\}|@\{([^{}]{1,300})\}|<%[=-]?([^%]{1,400})%>|\{%-?([^%]{1,400}?)-?%\}|\{([^{}\s"':,;]{0,2}[^{}"':,;]{1,200})\}|\[\[(\s{0,20}\$\{[^}]{1,200}\}\s{0,20}|[^\][]{1,140})\]\]|@\(([^()]{1,100})\)|^\$\{\{<%\[%/g
const arithmetic = /^\s*(?:[=(]+\s*)?["']?\d+["']?\s*[*+/%-]\s*["']?\d+["']?\s*[)]*\s*(?:[;|].*)?$/
const reaching =
  /__(?:class|mro|base|bases|subclasses|globals|init|import|builtins|getattribute|dict|code|call)__|\b(?:config(?:\.(?:items|from_|__|root)|\s*$|\[|\|)|self\._|self\.(?:__|env)|request(?:\.(?:application|environ|args|__|getClass)|\s*$|\[|\|)|settings\.|url_for\b|get_flashed_messages|lipsum|cycler|joiner|namespace\b|_self\b|app\.request|dump\(|constructor\b|process\.|global\.|require\s*\(|mainModule|child_process|spawn(?:Sync)?|execSync|File\.(?:open|read)|IO\.popen|Dir\.|`[^`]+`|%x[({|]|Kernel|system\s*\(|exec\s*\(|passthru|popen|eval\s*\(|phpinfo|getenv|var_dump|print_r|file_get_contents|readfile|range\.constructor|Object\.|Function\s*\(|settimeout|alert\s*\(|new\s+\w+[.(]|freemarker|\.class\b|getClass|forName|getRuntime|Runtime|\?new\s*\(|\?api|\?interpret|\?eval|product\.|\.getParameterTypes|T\s*\(|beans?\.|sessionScope|applicationScope|requestScope|param\.|pageContext|facesContext|#vars|#ctx|_context|debug|input\s*\||\|\s*(?:attr|filter|map|sort|reduce|join|safe|e\b|upper|system|passthru|exec|debug|tojson|raw|length)|\[\s*["']\w*["']\s*\]|sleep\s*\(|open\s*\(|os\.|sys\.|subprocess|import\s|include\s|extends\s|load\s|debug|for\s+\w+\s+in|set\s+\w+\s*=|include|php\b|@\w+\s*\(|md5\s*\(|print\s*\(|base64|\$smarty|smarty|Smarty_|\.call\s*\(|\.to_s|Integer|inspect|user\.password|session\b|forloop|filter\s*\(|passwd|etc\/|System\.|Environment|DateTime|7\s*\*\s*7)/i
const directives =
  /<#(?:assign|list|include|import|function|macro|if|ftl|setting)\b|\[#(?:assign|list|include)\b|#set\s*\(\s*\$|#(?:foreach|include|parse|evaluate|define)\s*\(\s*["'$]|\$\w+\.(?:getClass|class|inspect|forName|getRuntime|invoke)\b|\$\{?class\.inspect|\{\s*php\s*\}|\{\s*literal\s*\}|\{(?:system|fetch|include|math|eval)\b[^}\n(]{0,80}\([^\n]{0,160}?\)\s{0,20}\}|\$\{"freemarker|freemarker\.template|\{\{\s*['"]\s*['"]\s*\.|\$smarty\.\w+|Smarty_Internal|\{@\w+|<c:(?:out|import)\b|<jsp:\w+|<%@?\s*(?:page|include|import|Runtime|out\.print|eval|request\.|Response\.|system|`)|\{!\s*[\w.]+\s*[({*]|\{#\s*\w.{0,200}#\}\{\{|\$eval\s*\(|\{\{=|\{\{#with\b.{0,400}constructor|\{\{#(?:each|with|lookup)/i

/** Would a template engine, given the value as part of a template, evaluate it: arithmetic that proves it, or a way to the language beneath? */
export const templateCode: Detector = {
  name: 'code for a template engine',
  needs: [
    characterMarks.brace,
    characterMarks.angle | characterMarks.percent,
    characterMarks.hash | characterMarks.parenthesis,
    characterMarks.dollar | characterMarks.parenthesis,
  ],
  detect(text) {
    return directive(text) ?? (/[{[(<]/.test(text) ? expression(text) : undefined)
  },
}

function directive(text: string): Detection | undefined {
  if (!/[#$<{[]/.test(text)) return undefined
  const found = directives.exec(text)
  return found !== null && !isDocument(text)
    ? matchDetection(found, 'a directive of a template engine')
    : undefined
}

function expression(text: string): Detection | undefined {
  expressions.lastIndex = 0
  for (let found = expressions.exec(text); found !== null; found = expressions.exec(text)) {
    const [whole] = found
    const content = (found.slice(1).find((part) => part !== undefined) ?? '').replace(
      /^\$\{(.*)\}$/s,
      '$1',
    )
    const single = whole.startsWith('{') && found[8] !== undefined
    if (arithmetic.test(content) && !(single && /^\{\d+[,-]\d+\}$/.test(whole))) {
      return detection(
        text,
        found.index,
        found.index + whole.length,
        'arithmetic for a template engine',
      )
    }
    if (single && (!/\(|\$|@/.test(content) || /\s\w+\s\w+|\n/.test(content))) continue
    if (reaching.test(content) && isCode(whole, content, text)) {
      return detection(text, found.index, found.index + whole.length, 'code for a template engine')
    }
  }
  return undefined
}

/** A template of the visitor's own (`{{ user.name | upper }}`, `${name}`) reaches for nothing beneath; one that calls does. */
function isCode(whole: string, content: string, text: string): boolean {
  const strong =
    /__\w{1,40}__|constructor|child_process|mainModule|getClass|getRuntime|freemarker|subprocess|os\.|popen|system|exec|passthru|\?new|phpinfo|File\.|IO\.|Dir\.|`|passwd|_self|lipsum|cycler|joiner|get_flashed|T\s*\(|forName|\.class\b|self\.|config|md5|print|sleep|dump|open\s*\(|require|process\.|request|alert|System\.|Environment|spawn|smarty|sessionScope|applicationScope|@\w+\s*\(|inspect|user\.password/i
  if (!strong.test(content))
    return (
      text.length < 100 &&
      !/^\$\{\w+\}$/.test(whole) &&
      /\(|\[\s*["']|\|\s*(?:attr|map|filter|reduce|sort|debug)/.test(content) &&
      !whole.startsWith('{%')
    )
  if (isDocument(text))
    return /__\w{1,40}__|constructor\s*[.[(]|child_process|getRuntime|\?new\(/.test(content)
  if (/^(?:\$\{|\{\{)\s*[\w.]+\s*(?:\|\s*\w+\s*)?\}+$/.test(whole))
    return (
      /^\W*(?:config|self|request|settings|_self|dump|7|lipsum|debug)/.test(whole) &&
      text.length < 60 &&
      !/^\$\{\w+(?:\.\w+)+\}$/.test(whole)
    )
  return true
}
