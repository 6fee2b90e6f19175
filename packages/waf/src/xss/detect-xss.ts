import type { Detection } from '../inspected-value.ts'
import { entitiesDecoded } from '../text/escapes.ts'
import { isKnownEvent } from './events.ts'
import { breaksOut, hasSink, isCode, tellingCode } from './script-code.ts'
import { scriptUrlIn } from './script-url.ts'
import { styleCode } from './style-code.ts'
import { tagCode } from './tag-code.ts'
import { visitTags } from './tags.ts'
import type { Tag } from './tags.ts'
import { templateCode } from './template-code.ts'

/**
 * Tells whether a text would run a script in a page that shows it unescaped: as content, within an attribute of either quoting, as
 * a link, within a script's string, in a style or in a client-side template. Linear in the text's length.
 */
export function detectXss(text: string): Detection | undefined {
  if (!scent.test(text)) return undefined
  const read = asReadElsewhere(text)
  return markup(read) ?? withoutMarkup(read)
}

/** What every script needs: a tag, a script scheme, a call or an assignment. */
const scent = /<[^\s\d=]|[\u00bc]|script\s*:|[:=(`]|\{\{|\$\{|\[\s*["']/i

function withoutMarkup(text: string): Detection | undefined {
  if (!/[(`=:[]/.test(text)) return undefined
  const url = /s\W{0,12}c\W{0,12}r|mocha|data:/i.test(text) ? scriptUrlIn(text) : undefined
  if (url !== undefined) return found(url, 'a script URL')
  const handler = attributeBreak(text)
  if (handler !== undefined) return found(handler, 'an event handler after a closed attribute')
  const template = text.includes('{{') ? templateCode(text) : undefined
  if (template !== undefined) return found(template, 'a template that runs a script')
  const code = tellingCode(text)
  if (code !== undefined) return found(code, 'a script')
  const continuation = breaksOut(text)
  if (continuation !== undefined) return found(continuation, 'a script after a closed string')
  const style = /expression|behavio|binding/i.test(text) ? styleCode(text) : undefined
  return style !== undefined && (hasSink(text) || /binding|behavi/i.test(style))
    ? found(style, 'a style that runs a script')
    : undefined
}

function found(evidence: string, reason: string): Detection {
  return { evidence: evidence.slice(0, 100), reason }
}

/**
 * The text as some parser or filter on its way leaves it: without zero bytes; with letters that change to ASCII when their case is
 * changed; with a word whole from which a filter takes another out (`scr<script>ipt`); seven-bit, as old browsers read US-ASCII.
 */
function asReadElsewhere(text: string): string {
  let read = text
  if (read.includes('\0')) read = read.replaceAll('\0', '')
  if (read.includes('\\0')) read = read.replace(/\\0(?!\d)/g, '')
  if (/<\/?[\u017f\u0131]/.test(read)) {
    read = read.replace(/[\u017f\u0131]/g, (letter) => (letter === '\u017f' ? 's' : 'i'))
  }
  if (/scr<?\/?script>?ipt/i.test(read)) read = read.replace(/scr<?\/?script>?ipt/gi, 'script')
  if (!/\u00bc[\w/]/.test(read)) return read
  return read.replace(/[\u00a0-\u00ff]/g, (letter) =>
    String.fromCharCode(letter.charCodeAt(0) & 0x7f),
  )
}

/** Looks at a text's tags as content of an element; then, where it has quotes, as the value of an attribute that it closes. */
function markup(text: string): Detection | undefined {
  if (!/<[a-z!?/%\\\0-\x20]/i.test(text)) return undefined
  const content = readMarkup(text, 0)
  if (content !== undefined) return content
  for (const quote of [`"`, `'`]) {
    const at = text.indexOf(quote)
    if (at < 0) continue
    const attribute = readMarkup(`<x a=${quote}${text.slice(0, attributeReach)}`, 0)
    if (attribute !== undefined) return attribute
  }
  return undefined
}

/** As far as a value is read as one that closes an attribute: beyond that both readings see the same tags. */
const attributeReach = 4096
const nestingLimit = 2

function readMarkup(html: string, depth: number): Detection | undefined {
  let detection: Detection | undefined
  const say = (tag: Tag, reason: string | undefined): boolean => {
    if (reason === undefined) return false
    detection = found(html.slice(tag.start, tag.start + 100), reason)
    return true
  }
  const inner: string[] = []
  visitTags(html, {
    tag(tag) {
      for (const { value } of tag.attributes)
        if (/<[a-z!/?]/i.test(value)) inner.push(closed(value))
      const source = html.slice(tag.start, tag.end)
      return say(
        tag,
        tagCode(tag, source) ?? (tag.end > html.length ? unfinished(tag, html) : undefined),
      )
    },
    raw(tag, content) {
      // Within <svg> a style sheet is markup like any other text.
      if (tag.name === 'style' && /<[a-z!/]|&(?:#|lt)/i.test(content)) {
        inner.push(closed(entitiesDecoded(content)))
      }
      return say(tag, rawCode(tag, content, html))
    },
    comment(text, start) {
      if (conditional.test(text)) {
        detection = found(text, 'a comment that is read as markup or as a command')
      } else if (!html.startsWith('<!--', start) && /<|on\w|script|style|src|href/i.test(text))
        inner.push(closed(`<x ${text}>`))
      return detection !== undefined
    },
  })
  if (detection !== undefined || inner.length === 0 || depth === nestingLimit) return detection
  return readMarkup(inner.join(betweenInner), depth + 1)
}

/** Ends whatever tag or quote the text before it has left open. */
const betweenInner = `>"'>`

/** A text with an end to what outlasts the end of a tag: a script, a style sheet, a comment. */
function closed(text: string): string {
  return /<(?:script|style|!)/i.test(text) ? `${text}>"'></script></style>-->` : text
}

/** A tag that is left for the page to close, with what may be an event of a browser to come. */
function unfinished({ attributes }: Tag, html: string): string | undefined {
  return attributes.some(({ name, value }) =>
    value === '' ? /=\s*$/.test(html) && isKnownEvent(name) : /^on[a-z]{3,}$/.test(name),
  )
    ? 'an unfinished tag with a handler'
    : undefined
}

const conditional =
  /^\[if\b[^]*<(?:script|img|svg)|^#\s*(?:exec|include|echo)\b|^\?import\b|^\?xml-stylesheet[^]*(?:script|data:)/i

function rawCode(tag: Tag, content: string, html: string): string | undefined {
  const type = tag.attributes.find(({ name }) => name === 'type')?.value.trim() ?? ''
  if (tag.name === 'style') {
    return styleCode(content) !== undefined || /script/i.test(type)
      ? 'a style that runs a script'
      : undefined
  }
  if (/json|template|text\/(?:plain|html|x-)/i.test(type)) return undefined
  if (hasSink(content) || (isCode(content) && !isProse(content))) return 'a script element'
  return tag.end >= html.length && /["'`>\]}](?:\s*\/?>)?\s*$/.test(html.slice(0, tag.start))
    ? 'a script element'
    : undefined
}

/** Words follow one another, as in “use the <script> tag (see below)”. */
function isProse(content: string): boolean {
  return (
    /^\s*(?:[\p{L}’'-]+[,.]?\s+){2,}/u.test(content) &&
    !/^\s*(?:var|let|const|function|async|class|if|for|try|with|new|return|throw)\b/.test(content)
  )
}

/**
 * An event handler that stands where attributes do: right after a closed quote, or after an unquoted value, and only other
 * attributes before it. In prose about handlers words come before them.
 */
function attributeBreak(text: string): string | undefined {
  if (!/\bon[a-z]{3,26}[^\w<>]{0,8}=/i.test(text)) return undefined
  for (const { index } of text.matchAll(/["'`]|^[^\s"'<>=]{0,40}(?=[\s/])/g)) {
    if (index > 200) break
    const found = handlers.exec(text.slice(index + 1, index + 500))
    const name = found?.[1]
    if (found === null || name === undefined || !isKnownEvent(name.toLowerCase())) continue
    const value = text.slice(index + 1 + found[0].length, index + 400)
    if (index === 0 && !/^["'`]/.test(text) ? hasSink(value) : isCode(value)) {
      return text.slice(index, index + 100)
    }
  }
  return undefined
}

const handlers =
  /^(?:[^\s"'<>=]{0,40}["'`]?(?:[\s/"'`]+[a-z-]{1,26}(?:\s*=\s*(?:"[^"]*"|'[^']*'|[^\s"'>]*))?){0,6}[\s/"'`]+)?(on[a-z]{3,26})[\s/]*=\s*/i
