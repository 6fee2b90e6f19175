import type { Detector } from '../detectors/detector.ts'
import { characterMarks } from '../inspected-value.ts'
import type { Component } from '../inspected-value.ts'
import { detectXss } from '../xss/detect-xss.ts'
import { detectorRule } from './detector-rule.ts'
import { inCookie, inForm, inHeader, inJson, inQuery, inTarget } from './examples.ts'
import type { ManagedRule, RequestExample } from './rule.ts'

const script: Detector = {
  name: 'a script',
  needs: [
    characterMarks.angle,
    characterMarks.quote,
    characterMarks.equals,
    characterMarks.parenthesis,
    characterMarks.brace,
  ],
  detect: (text) => detectXss(text),
}

function rule(
  part: readonly [name: string, label: string],
  components: readonly Component[],
  attack: readonly RequestExample[],
  benign: readonly RequestExample[],
): ManagedRule {
  const [name, label] = part
  return detectorRule({
    name,
    label,
    components,
    detectors: [script],
    examples: { attack, benign },
  })
}

const prose = 'x < y and y > z; "on" = \'off\' (maybe)'

/** Values that a browser would run; headers other than the cookie are looked at by the cookie's rule, since AWS has none for them. */
export const crossSiteScripting: readonly ManagedRule[] = [
  rule(
    ['CrossSiteScripting_COOKIE', 'CrossSiteScripting_Cookie'],
    ['cookies', 'headers'],
    [
      inCookie('<script>alert(1)</script>'),
      inHeader('referer', 'https://a.example/"><svg onload=alert(1)>'),
    ],
    [inCookie(prose), inHeader('user-agent', 'Mozilla/5.0 <a@example.com>')],
  ),
  rule(
    ['CrossSiteScripting_QUERYARGUMENTS', 'CrossSiteScripting_QueryArguments'],
    ['queryArguments'],
    [inQuery('"><img src=x onerror=alert(1)>'), inQuery('javascript:alert(document.cookie)')],
    [inQuery(prose), inQuery('<b>bold</b>')],
  ),
  rule(
    ['CrossSiteScripting_BODY', 'CrossSiteScripting_Body'],
    ['body'],
    [inForm('<svg/onload=alert(1)>'), inJson('<iframe src=javascript:alert(1)>')],
    [inForm('<p>Hello <a href="https://example.com">you</a></p>'), inJson(prose)],
  ),
  rule(
    ['CrossSiteScripting_URIPATH', 'CrossSiteScripting_URIPath'],
    ['uriPath'],
    [inTarget('/a/%3Cscript%3Ealert(1)%3C/script%3E')],
    [inTarget('/a/on-click=me'), inTarget('/js/script.js')],
  ),
]
