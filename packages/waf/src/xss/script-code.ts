const dialogue = 'alert|prompt|confirm'
/** A call, or a template call, whose template ends soon: what stands in backticks in Markdown is none. */
const called = String.raw`\)*\s{0,3}(?:\(|\?\.\(|\x60[^\x60\s]{0,30}\x60)`
/** In prose a word may stand before a bracket, with a space: `please confirm (by Friday)`. */
const dialogueCall = String.raw`\b(?:${dialogue})(?:\)*(?:\(|\s{1,3}\(\s{0,3}["'\x60\d/)]|\?\.\(|\s{0,3}\x60[^\x60\s]{0,30}\x60)|\s{0,3}[=,;)](?!\s*\w+\s))`
const call = String.raw`\b(?:(?:eval|execscript|settimeout|setinterval|setimmediate|fetch|atob|import|print|msgbox|open|write(?:ln)?)${called}|function\s{0,3}\(\s{0,3}["'\x60])`
const object = String.raw`\b(?:document|window|top|parent|frames|globalthis|location|opener|navigator|localstorage|sessionstorage|reflect|constructor)(?:\.\w|\[|\s{0,3}=(?!=)|\?\.)|\b(?:self|this)\[`
const array = String.raw`\[[^\]]{0,40}\]\s{0,3}(?:\.\s{0,3}(?:find|map|some|every|sort|filter|foreach|reduce|constructor|fill|pop|at)\b\s{0,3}[(\x60.]|\[["'\x60(+!~])`
const evaluation = String.raw`\beval\s{0,3}\(|\b(?:settimeout|setinterval|function)\s{0,3}\(\s{0,3}["'\x60]`
const loader = String.raw`\$\.(?:getscript|globaleval|parsehtml|ajax|get|post)\s{0,3}\(|\bnew\s{1,3}(?:image|xmlhttprequest|websocket|worker|function)\b|\bconsole\.[a-z]{3,6}\s{0,3}[(\x60]`
const handed = String.raw`\b(?:onerror|eval)\s{0,3}(?:=|[,;)])`

const sinkPattern = `(?:${dialogueCall}|${call}|${object}|${handed}|${loader}|${array})`
const sink = new RegExp(sinkPattern, 'i')

/** Whether a text calls or hands on what scripts do harm with: dialogues, evaluation, the document, its location. */
export function hasSink(text: string): boolean {
  return sink.test(text)
}

/**
 * Whether a text that a browser would run as JavaScript does anything: a call, a template call, an assignment, a computed member,
 * a statement; a mere word, number or sentence does not.
 */
export function isCode(text: string): boolean {
  return codeSign.test(text)
}

const codeSign =
  /[\w$\])"'`}]\s{0,3}[(`]|[\w$\])]\s{0,3}=|[[\]{};]|\bthrow\b|\$\(|\\[ux]|^\s*[!+~(-]|\w\.\w+\s*[=(,;]|&#|%[2-7][\da-f]/i

/**
 * Whether a value, put into a string or an expression of a script, ends it and goes on with code of its own: `';alert(1)//`,
 * `"-prompt(8)-"`, `);alert(1)`, `*\/alert(1)`.
 */
export function breaksOut(text: string): string | undefined {
  const ends = closed.test(text.slice(-12))
  for (const start of continuations(text)) {
    const rest = text.slice(start, start + reach)
    const found = (ends ? continued : continuedWithDialogue).exec(rest)
    if (found !== null) return text.slice(Math.max(0, start - 1), start + found[0].length + 20)
  }
  return undefined
}

const reach = 400
/** What is left of the script is made a comment, or part of a string or an expression again. */
const closed =
  /(?:\/\/\S{0,6}|<!--\S{0,4}|\/\*\S{0,4}|[-+*/%^|&;,=<>?:]\s{0,3}["'`]?\S{0,2}|["'`])\s*$/
const continuedWithDialogue = continuation(`(?:${dialogueCall}|${evaluation})`)
const continued = continuation(sinkPattern)

function continuation(code: string): RegExp {
  return new RegExp(
    String.raw`^[\s)\]}'"\x60]{0,12}(?:;|catch\s{0,3}\()[^\n]{0,150}?${code}|` +
      String.raw`^[\s)\]}'"\x60\\]{0,12}(?:[-+*/%^|&;,<>=?:!~]|\b(?:in|instanceof|of)\b)[^\w$[]{0,24}` +
      String.raw`(?:(?:(?:var|let|const|void|typeof|new|delete|throw|return|await|yield|if|do|try|with|in|function)\b|[\w$]{1,20}\s{0,3}(?:[=,;:]|=>)|\d+)[^\w$[]{0,12}){0,5}` +
      code,
    'i',
  )
}

/** Where a script would go on after the value has ended what it stands in: after the first quote of each kind; at its start. */
function continuations(text: string): number[] {
  const starts: number[] = []
  if (/^\s*(?:[)\]};]|\*\/|\\n|[-+*|&,](?=[\w(`!]))/.test(text)) starts.push(0)
  for (const quote of ["'", '"', '`']) {
    const at = text.indexOf(quote)
    if (at < 0) continue
    starts.push(at + 1)
    const literal = quote !== '`' && /^[\w ]{0,20}["']\s/.exec(text.slice(at + 1, at + 24))
    if (literal && at < 4) starts.push(at + 1 + literal[0].length)
  }
  return starts
}

/** A script or a style sheet without its comments; one that is not closed stays. */
export function withoutComments(code: string): string {
  let plain = ''
  let from = 0
  for (let at = code.indexOf('/*'); at >= 0; at = code.indexOf('/*', from)) {
    const end = code.indexOf('*/', at + 2)
    if (end < 0) break
    plain += code.slice(from, at)
    from = end + 2
  }
  return plain + code.slice(from)
}

/** Code that hardly stands in a value for any other reason than to be run, wherever it stands. */
export function tellingCode(text: string): string | undefined {
  const plain = withoutComments(text)
  return telling.exec(plain)?.[0] ?? (obfuscated(text) ? text.slice(0, 100) : undefined)
}

const telling = new RegExp(
  [
    // The whole value is a call of a dialogue, or evaluates a string.
    String.raw`^[\s({;!+~-]{0,20}(?:${dialogue})[\s)]{0,4}(?:(?:\?\.)?\(\s*(?:["'\x60\d/)]|document\b|window\b|location\b|self\b|top\b|origin\b|string\.)|\x60)`,
    String.raw`^[\w$]{1,10}\s{0,3}=\s{0,3}(?:${dialogue}|eval)\b\s{0,3}[,;]`,
    String.raw`(?:^|;)[\s({;!+~-]{0,20}(?:eval\)?\((?![^()]{0,40}\)\s+[a-z])|(?:new\s{1,3})?(?:Function|setTimeout|setInterval|execScript)\)?(?:\(\s{0,3}["'\x60]|\x60))`,
    String.raw`^\W{0,10}(?:window|document|self|top|parent)\.[^\n]{0,200}\b(?:${dialogue}|eval)\s{0,3}[(\x60]`,
    String.raw`^\W{0,10}(?:(?:window|document|self|top|parent)\W{1,3})?location(?:\W{1,5}(?:href|replace|assign))?\W{0,3}[=(]\s{0,3}["'\x60]\s{0,3}(?:https?:|//|j)`,
    // The whole value is a member of the page, or a call with nothing around it.
    String.raw`^\W{0,6}(?:document\s*\.\s*(?:cookie|domain|location|write(?:ln)?|body|URL|baseURI|forms|scripts|createElement)|window\s*\.\s*(?:location|name|open|opener|onerror|eval))\b[^\s\w]*$`,
    String.raw`^\W{0,6}(?:new\s+Function|${dialogue}|eval|atob|btoa|setTimeout|setInterval)\([^()\n]{0,60}\)[\s;/]*$`,
    String.raw`^\W{0,6}(?:document|window|self|top|parent|frames|globalThis)\s{0,3}\)?\s{0,3}\[\s{0,3}["'\x60][^\]\n]{1,60}["'\x60]\s*\]`,
    String.raw`\b(?:${dialogue}|eval)\s{0,3}\.\s{0,3}(?:call|apply|bind)\s{0,3}[(\x60]`,
    // A dialogue handed to a function that calls it, or found by its name.
    String.raw`\.\s{0,3}(?:find\w{0,9}|map|flatMap|some|every|sort|filter|forEach|reduce(?:Right)?|replace(?:All)?|call|apply|bind|then)\s{0,3}[(\x60]\s{0,3}(?:\$\{)?\s{0,3}(?:${dialogue}|eval)\s{0,3}[)},]`,
    String.raw`[\w$)\]]\s{0,3}\[\s{0,3}["'\x60](?:${dialogue}|eval)["'\x60]\s{0,3}\]`,
    // A computed member of a global object is called; a name is put together.
    String.raw`\b(?:top|self|parent|frames|globalThis|window|this)\[[^\n]{1,120}?\][(\x60]`,
    String.raw`[\w$\])]\[\s{0,3}["'][\w\\]{1,20}["']\s{0,3}\+\s{0,3}["']`,
    String.raw`java["'\x60]\s{0,3}\+\s{0,3}["'\x60]script`,
    String.raw`\bString\s{0,3}\.\s{0,3}fromCharCode\s{0,3}\(\s{0,3}\d+\s{0,3},\s{0,3}\d+`,
    String.raw`\b(?:eval|Function|setTimeout|setInterval)\s{0,3}\(\s{0,3}(?:atob|unescape|decodeURI|String\s{0,3}\.|location\b|window\.name|document\.)`,
    String.raw`\bconstructor["'\x60]?\s{0,3}\]?\s{0,3}(?:\.|\[\s{0,3}["'\x60])\s{0,3}constructor\b|\.constructor["'\x60\])]{0,4}\s{0,3}(?:\(\s{0,3}["'\x60]|\x60)`,
    String.raw`\b(?:location(?:\.href|\.replace|\.assign)?\s{0,3}[=(]|\.src\s{0,3}=|fetch\s{0,3}\(|open\s{0,3}\(|write(?:ln)?\s{0,3}\()[^;\n]{0,200}document\s{0,3}\.\s{0,3}(?:cookie|domain|URL)\b`,
    String.raw`\bdocument\s{0,3}\.\s{0,3}(?:cookie|domain)\s{0,3}\)\s{0,3}(?:[;/'"]|$)`,
    String.raw`\$\{\s{0,3}(?:${dialogue}|eval|fetch|import)\s{0,3}[(\x60]`,
    // Netscape's scripts within attributes.
    String.raw`&\{[\s\w]{0,20}\(`,
  ].join('|'),
  'i',
)

/** JavaScript written with six or so signs only (JSFuck, jjencode, aaencode). */
function obfuscated(text: string): boolean {
  return /[()[\]!+]{40}|\$=~\[\];|\uff9f\u03c9\uff9f\uff89\s*=/.test(text)
}
