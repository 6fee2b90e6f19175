import { hasSink, isCode } from './script-code.ts'

/** Characters that URL parsers drop from the middle of a scheme, and more that old browsers dropped. */
const dropped = String.raw`[\x00-\x20\x7f-\xa0\u1680\u180e\u2000-\u200f\u2028-\u202f\u205f\u2060\u3000\ufeff\ufffd\\]{0,12}(?:\\[trnvf])?`
const spread = (word: string): string => [...word].join(dropped)
const scheme = `(?:${['javascript', 'vbscript', 'livescript', 'jscript', 'mocha'].map(spread).join('|')})${dropped}:`

const atStart = new RegExp(
  `^[^\\w<]{0,40}(?:(?:feed|view-source|jar|url)\\W{0,3}:?\\W{0,2})?${scheme}`,
  'i',
)
const anywhere = new RegExp(`(?:^|[^\\w.-])${scheme}`, 'i')

/** What people's editors write where a link has no target but a script's. */
const harmless =
  /^[\s;/]{0,30}(?:void\s{0,9}\(?\s{0,9}(?:0|null|'')?\s{0,9}\)?|undefined|null|false|true|#|history\.(?:back|forward|go)\(\s{0,9}-?\d{0,9}\s{0,9}\)|(?:window\.)?(?:print|close)\(\))?[\s;]{0,30}(?:return\s{1,9}(?:false|true)[\s;]{0,30})?(?:[>"'`)\s]|$)/i

/** Whether the value of an attribute is a URL that runs a script when it is followed or loaded. */
export function isScriptUrl(value: string): boolean {
  const found = atStart.exec(value)
  if (found !== null) return !harmless.test(value.slice(found[0].length))
  return documentUrl.test(value) || /^\s*(?:mhtml|view-source|jar):/i.test(value)
}

/** A document or a script, not a picture, a font or a file to save. */
const documentUrl =
  /^[^\w<]{0,40}d\s*a\s*t\s*a\s*:[^,]{0,80}?(?:html|xml(?!.{0,3}base64)|javascript|ecmascript|text\/xsl)/i

/** The script URL within a text, where code follows its scheme: `javascript:alert(1)`, not `JavaScript: The Good Parts`. */
export function scriptUrlIn(text: string): string | undefined {
  const found = anywhere.exec(text)
  if (found === null) return documentIn(text)
  const rest = text.slice(found.index + found[0].length, found.index + found[0].length + 300)
  return followsCode(rest) && !harmless.test(rest) ? found[0] + rest.slice(0, 80) : documentIn(text)
}

function followsCode(rest: string): boolean {
  if (/^\s/.test(rest)) return hasSink(rest.slice(0, 60))
  if (/^(?:\/[/*]|%|[<&])/.test(rest)) return true
  return (
    (/^["'`]?[^"'`)\].,;:>]/.test(rest) && isCode(/^\S*/.exec(rest)?.[0] ?? '')) || hasSink(rest)
  )
}

function documentIn(text: string): string | undefined {
  return document.exec(text)?.[0]
}

/** A `data:` URL of a document, spelled out or in base64, that does not stand for a picture. */
const document =
  /(?:^|[\s"'(=,>])data:(?!image\/|font\/|audio\/|video\/)[^,\s]{0,60},(?:[^\n]{0,40}(?:<|%3c|&lt)|(?:PHN|PHh|PD9|PGh|PGJ|PGl|PCF|PGE)[\w+/]{6}|(?:alert|prompt|confirm)\b)/i
