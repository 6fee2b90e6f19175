import { hasSink, isCode } from './script-code.ts'
import { isScriptUrl, scriptUrlIn } from './script-url.ts'
import { styleCode } from './style-code.ts'
import type { Tag } from './tags.ts'
import { templateCode } from './template-code.ts'

/**
 * Why a tag runs a script, or loads a document that does, by itself: an event handler, a script URL, a style that runs code, a
 * document within an attribute, an element that is nothing but a way to load code.
 *
 * @param source the tag as it was written
 */
export function tagCode(tag: Tag, source: string): string | undefined {
  const { name } = tag
  if (name === 'script' || /^script[^a-z\d_-]|<script|^\w+:script$/.test(name)) {
    if (
      name !== 'script' ||
      tag.attributes.some(({ name: attribute }) =>
        /^(?:xlink:)?(?:src|href)$|\\|^~/.test(attribute),
      )
    ) {
      return 'a script element'
    }
  }
  if (/on[a-z]{3,20}\W{0,6}=[^(`=]*[(`=]/.test(name)) return 'an event handler after a tag name'
  for (const { name: attribute, value } of tag.attributes) {
    const why = attributeCode({ attribute, value, source })
    if (why !== undefined) return why
  }
  return loaderCode(tag, source)
}

interface Written {
  readonly attribute: string
  readonly value: string
  readonly source: string
}

function attributeCode(written: Written): string | undefined {
  const { attribute, value } = written
  if (/^<(?:script|img|svg|iframe|body)(?![\w-])/.test(attribute)) return 'a tag within a tag'
  if (value === '') return undefined
  if (handlerName.test(attribute) && isCode(value) && !isComponent(written)) {
    return 'an event handler'
  }
  if (value.includes(':') && isScriptUrl(value)) {
    if (linking.test(attribute) || hasSink(value)) return 'a script URL in an attribute'
  } else if (
    value.length > 10 &&
    value.includes(':') &&
    /^(?:content|values|srcset|style|archive)$/.test(attribute)
  ) {
    if (scriptUrlIn(value) !== undefined) return 'a script URL in an attribute'
  }
  if (attribute === 'style' && styleCode(value) !== undefined) return 'a style that runs a script'
  if (
    /^(?:ng-|v-|x-|:|@|data-ng-|\[|\()/.test(attribute) &&
    /constructor|\balert\b|\beval\b|\$event\.(?:path|composedPath|view)/.test(value)
  ) {
    return 'a directive that runs a script'
  }
  if (value.includes('{{') && templateCode(value) !== undefined)
    return 'a template that runs a script'
  if (value.includes('&{') && isCode(value)) return 'a script within an attribute'
  return undefined
}

const handlerName =
  /^(?:[^a-z]*[^a-z:@._-])?(?:on[a-z]{3,}|fscommand|seeksegmenttime)(?:[^a-z].*)?$/
const linking =
  /(?:^|[:\W])(?:href|src|action|formaction|data|poster|background|from|to|by|values?|dynsrc|lowsrc|cite|longdesc|codebase|code|folder|ping|profile|manifest|srcdoc|template|datasrc|content|usemap|icon|url|style)$/

/** A component's property in JSX, `onClick={() => go()}`: braces around a function or a name, in the spelling of JSX. */
function isComponent({ attribute, value, source }: Written): boolean {
  if (!value.startsWith('{')) return false
  const [, spelled, expression = ''] = /\s(on[A-Z]\w+)=(\{[^]{0,100})/.exec(source) ?? []
  return spelled?.toLowerCase() === attribute && component.test(expression)
}

const component =
  /^\{\s*(?:(?:async\s*)?(?:\w+|\([\w\s,{}:]{0,80}\))\s*=>|(?:async\s+)?function\b|[\w$]+(?:\??\.[\w$]+)*\s*\})/

/** Elements that load code, or turn the page's own links and scripts to another place. */
function loaderCode({ name, attributes }: Tag, source: string): string | undefined {
  const value = (wanted: string): string =>
    attributes.find((attribute) => attribute.name === wanted)?.value ?? ''
  const unquoted = (): boolean => /\s(?:src|data|href)\s*=\s*[^\s"'>]/i.test(source)
  switch (name.replace(/^.*:/, '')) {
    case 'base':
      return value('href') === '' ? undefined : 'a base for the links of the page'
    case 'meta':
      return /refresh/i.test(value('http-equiv')) && /url|;/i.test(value('content'))
        ? 'a redirection of the page'
        : /set-cookie|^link$/i.test(value('http-equiv')) ||
            /utf-?7/i.test(value('content') + value('charset'))
          ? 'a header of the page'
          : undefined
    case 'link':
      return /import/i.test(value('rel')) ||
        (/stylesheet/i.test(value('rel')) &&
          (unquoted() || !/^\s*(?:https:|\/(?!\/)|\.|[\w-]+[./])/i.test(value('href'))))
        ? 'a link that loads code'
        : undefined
    case 'set':
    case 'animate':
    case 'animatetransform':
      return /^\s*(?:on\w+|innerhtml)/i.test(value('attributename')) ||
        (/href/i.test(value('attributename')) && /script|data:/i.test(source))
        ? 'an animation of a script'
        : undefined
    case 'object':
    case 'embed':
    case 'applet':
      return /scriptlet|html/i.test(value('type')) ||
        /always/i.test(value('allowscriptaccess')) ||
        value('code') !== '' ||
        (unquoted() && /:|\/\/|\.swf|\.js/i.test(value('src') + value('data')))
        ? 'an element that loads code'
        : undefined
    case 'layer':
    case 'ilayer':
    case 'xml':
      return value('src') === '' ? undefined : 'an element that loads code'
    case 'iframe':
    case 'frame':
      return unquoted() && /:|\/\//.test(value('src')) ? 'a frame of another page' : undefined
    case 'use':
      return /^\s*data:/i.test(value('href') + value('xlink:href'))
        ? 'a picture that loads code'
        : undefined
    case 'param':
      return /^(?:code|movie|src|url)$/i.test(value('name')) && isScriptUrl(value('value'))
        ? 'an element that loads code'
        : undefined
    default:
      return undefined
  }
}
