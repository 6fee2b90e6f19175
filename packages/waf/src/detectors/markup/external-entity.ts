import { characterMarks } from '../../inspected-value.ts'
import { matchDetection } from '../detector.ts'
import type { Detector } from '../detector.ts'

const declaration =
  /<!\s*ENTITY\s+(?:%\s*)?[^\s>]+\s+(?:SYSTEM|PUBLIC)\b|<!\s*ENTITY\s+(?:%\s+)?[^\s>]+\s+["'][^"'>]*(?:&\w+;){3}|<!DOCTYPE\s+(?=\S)[^>[]{0,200}?(?:SYSTEM|PUBLIC)\s+["'](?!(?:-\/\/|about:legacy-compat|https?:\/\/(?:www\.w3\.org|xml\.|java\.sun\.com|[\w.]*apple\.com)))|<!DOCTYPE\s+(?=\S)[^>]{0,80}\[\s*(?:<!ELEMENT|<!ENTITY|%)|<\w*:?include\s[^>]{0,200}(?:href|parse)\s*=\s*["'](?:file|https?|text)|http:\/\/www\.w3\.org\/2001\/XInclude|xsi:(?:noNamespaceS|s)chemaLocation\s*=\s*["'][^"']*(?:file:|169\.254|127\.0\.0\.1)|<xsl:(?:value-of\s+select\s*=\s*["'](?:system-property|document\(|php:|unparsed-text)|include\s|import\s)|<\?xml-stylesheet\s[^>]{0,400}href\s*=\s*["'](?:https?:)?\/\/|\bxmlns:\w+\s*=\s*["'](?:http:\/\/php\.net\/xsl|http:\/\/xml\.apache\.org\/xalan\/java|urn:schemas-microsoft-com:xslt)/i

/** Would an XML parser, reading the value, fetch something or blow it up: external and nested entities, XInclude, style sheets. */
export const externalEntity: Detector = {
  name: 'an XML document that reaches out',
  needs: [characterMarks.angle],
  detect: (text) =>
    /<[!?\w]/.test(text)
      ? matchDetection(declaration.exec(text), 'an XML document that reaches out')
      : undefined,
}
