import { SlidingCounters } from '../rates/sliding-counters.ts'
import type { HttpRequest } from '../request.ts'
import type { Verdict } from '../verdict.ts'
import { systemNow } from './clock.ts'
import type { WafSettings } from './settings.ts'

/** What to do about a request: answer it, or let it go on with more header fields. */
export interface Judgement {
  readonly answer?: RefusalAnswer
  readonly insertedHeaders: Verdict['insertedHeaders']
}

/** An answer in place of the application's. */
export interface RefusalAnswer {
  readonly status: number
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly body: string
}

/** A web ACL with all that it needs, ready to judge an application's requests. */
export interface Judge {
  readonly bodyLimit: number
  judge(request: HttpRequest): Judgement
}

const defaultBodyLimit = 65_536

/** Puts a web ACL and its surroundings together; rate-based rules count in this process unless other counters are given. */
export function judgeOf(settings: WafSettings): Judge {
  const { webAcl, bodyLimit = defaultBodyLimit, now = systemNow, onVerdict, ...given } = settings
  const surroundings = { rates: new SlidingCounters(), ...given }
  return {
    bodyLimit,
    judge(request) {
      const verdict = webAcl.decide(request, { ...surroundings, nowMs: now() })
      onVerdict?.(verdict, request)
      const { action, insertedHeaders } = verdict
      return action === 'ALLOW'
        ? { insertedHeaders }
        : { answer: answerTo(verdict), insertedHeaders }
    },
  }
}

/** https://docs.aws.amazon.com/waf/latest/developerguide/waf-captcha-and-challenge-how-it-works.html */
function answerTo({ action, customResponse }: Verdict): RefusalAnswer {
  if (action === 'CAPTCHA' || action === 'CHALLENGE') {
    const headers = [
      ['x-amzn-waf-action', action.toLowerCase()],
      ['cache-control', 'no-store, max-age=0'],
    ] as const
    return { status: action === 'CAPTCHA' ? 405 : 202, headers, body: '' }
  }
  if (!customResponse) return { status: 403, headers: [['content-type', 'text/html']], body: page }
  const { status, headers, body } = customResponse
  const type = body ? ([['content-type', body.contentType]] as const) : []
  return { status, headers: [...type, ...headers], body: body?.content ?? '' }
}

const page =
  '<html>\r\n<head><title>403 Forbidden</title></head>\r\n<body>\r\n' +
  '<center><h1>403 Forbidden</h1></center>\r\n</body>\r\n</html>\r\n'
