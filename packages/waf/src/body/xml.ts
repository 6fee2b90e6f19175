import { entitiesDecoded } from '../text/escapes.ts'
import type { ValueList } from './value-list.ts'

const token =
  /<!--[^]*?(?:-->|$)|<!\[CDATA\[([^]*?)(?:\]\]>|$)|(<!DOCTYPE\b(?:[^[>]|\[[^\]]*(?:\]|$))*>?)|<\?([^]*?)(?:\?>|$)|(<\/?[\p{L}_][^\s<>/]*)((?:[^<>"']|"[^"]*"?|'[^']*'?)*)>?|([^<]+|<)/giuy
const attribute = /([^\s=<>"'/]+)\s*=\s*(?:"([^"]*)"?|'([^']*)'?|([^\s"'<>]+))/gy
const attributeStart = /[^\s/<>"'=]/

/**
 * Reads XML: text, CDATA, comments' contents left out, attributes' values, each named by its element. A DOCTYPE is a value of its
 * own with all its entities, none of which is expanded; so is a processing instruction, and an element that would run a script
 * where the document is shown.
 */
export function readXml(name: string, text: string, list: ValueList): void {
  let element = name
  token.lastIndex = 0
  while (token.lastIndex < text.length && !list.full) {
    const found = token.exec(text)
    if (found === null) break
    const [whole, data, doctype, instruction, tag, attributes, words] = found
    if (data !== undefined) list.addText(element, data)
    else if (doctype !== undefined) list.addText('!DOCTYPE', doctype)
    else if (instruction !== undefined) {
      if (!/^xml\s/i.test(instruction)) list.addText('?', whole)
    } else if (tag !== undefined) {
      if (!tag.startsWith('</')) {
        element = tag.slice(1)
        list.addName(element)
        if (attributes !== undefined && attributes.length > 2)
          readAttributes(element, attributes, list)
        if (runsScript(element, attributes ?? '')) list.addText(element, whole)
      }
    } else if (words !== undefined && /\S/.test(words))
      list.addText(element, entitiesDecoded(words.trim()))
  }
}

function readAttributes(element: string, text: string, list: ValueList): void {
  let at = text.search(attributeStart)
  while (at >= 0 && at < text.length) {
    attribute.lastIndex = at
    const found = attribute.exec(text)
    if (found === null) break
    const [, name = '', double, single, bare] = found
    list.addName(name)
    list.addText(`${element}@${name}`, entitiesDecoded(double ?? single ?? bare ?? ''))
    at = attribute.lastIndex
    while (at < text.length && !attributeStart.test(text.charAt(at))) at += 1
  }
}

function runsScript(element: string, attributes: string): boolean {
  return /(?:^|:)script$/i.test(element) || /\son[a-z]{3,}\s*=/i.test(attributes)
}
