import { characterMarks } from '../../inspected-value.ts'
import { matchDetection } from '../detector.ts'
import type { Detector } from '../detector.ts'

const directive =
  /<!--\s*#\s*(?:exec|include|echo|config|printenv|fsize|flastmod|set|if|goto|odbc|email)\b|<esi:(?:include|inline|vars|debug|remove|eval|assign)\b|<!--esi\b|<cf(?:execute|file|include|query)\b/i

/** Would the web server or a cache, finding the value in a page, execute or include something: SSI, ESI? */
export const serverSideInclude: Detector = {
  name: 'a directive for the web server',
  needs: [characterMarks.angle],
  detect: (text) =>
    text.includes('<')
      ? matchDetection(directive.exec(text), 'a directive for the web server')
      : undefined,
}
