import { characterMarks } from '../../inspected-value.ts'
import { matchDetection } from '../detector.ts'
import type { Detector } from '../detector.ts'

const lookup = /\$\{[^${}]*\}/g
const remote =
  /\$\{[\s\S]{0,60}?j\s*n\s*d\s*i\s*[:}\s]|jndi:(?:ldaps?|rmi|dns|iiop|corba|nis|nds|https?):/i
const leak =
  /\$\{(?:env|sys|java|ctx|main|hostName|bundle|k8s|docker|web|spring|log4j|lower|upper|date|base64|script|dns|url|file|const|xml|properties|sd|map|marker|event):[^}]*\}?|\$\{(?:hostName|::-)/i
/** Nested look-ups are taken off layer by layer, from the inside; nobody needs more. */
const mostLayers = 12

/**
 * Would Log4j, writing the value to a log, look something up elsewhere? `${lower:j}`, `${::-j}`, `${env:NONE:-j}` stand for `j`; what
 * is left when they have been read says what the outer look-up is.
 */
export const log4jLookup: Detector = {
  name: 'a look-up of Log4j',
  needs: [
    characterMarks.dollar | characterMarks.brace,
    characterMarks.equals | characterMarks.slash,
  ],
  detect(text) {
    if (!text.includes('${'))
      return /jndi/i.test(text)
        ? matchDetection(
            /jndi:(?:ldaps?|rmi|dns|iiop):\/?\/?/i.exec(text),
            'a look-up through JNDI',
          )
        : undefined
    let current = text.replace(/\\(?=[{}$])/g, '')
    for (let layer = 0; layer < mostLayers; layer += 1) {
      const found = remote.exec(current)
      if (found !== null) return { evidence: text.slice(0, 100), reason: 'a look-up through JNDI' }
      const next = current.replace(lookup, inner)
      if (next === current) break
      current = next
    }
    return matchDetection(leak.exec(text), 'a look-up of Log4j')
  },
}

/** What an innermost look-up stands for; one that is not known stays, without its braces. */
function inner(written: string): string {
  const body = written.slice(2, -1)
  if (/^jndi/i.test(body)) return `\u0001jndi:${body.slice(5)}`
  const fallback = body.lastIndexOf(':-')
  if (fallback >= 0) return body.slice(fallback + 2)
  const colon = body.indexOf(':')
  return colon < 0 ? '' : body.slice(colon + 1).replace(/^['"]|['"]$/g, '')
}
