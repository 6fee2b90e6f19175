import type { Detector } from '../detector.ts'
import { matchDetection } from '../detector.ts'

const climbs = new RegExp(
  String.raw`(?:^|[/\\;])(?:\.{2,}|\uff0e\uff0e|(?:%2e|\.){2})(?:[/\\;?\0\u0080-\uffff%]|$)|[/\\]\.{2,}[\x00-\x1f]|%(?:00|0[ad])|[\0\r\n]`,
  'i',
)

/** A path of a URL that climbs: browsers resolve `..` before they send, so one is enough. */
export const climbingUri: Detector = {
  name: 'a path that climbs',
  needs: [0],
  detect(text) {
    if (
      !text.includes('..') &&
      !text.includes('%') &&
      !text.includes('\0') &&
      !text.includes('\uff0e')
    )
      return undefined
    return matchDetection(climbs.exec(text), 'a path that climbs, or breaks off')
  },
}
