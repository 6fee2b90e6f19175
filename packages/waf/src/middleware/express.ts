import { judgeOf } from './judge.ts'
import type { Judgement } from './judge.ts'
import { insertFields, judgeMessage, refuse } from './message.ts'
import type { NodeMessage, NodeResponse } from './message.ts'
import type { WafSettings } from './settings.ts'

/** A request as Express hands it to middleware; also one of `node:http`'s, `connect`'s or `polka`'s. */
export interface ExpressRequest extends NodeMessage {
  readonly originalUrl?: string
}

/** How Express calls middleware. */
export type ExpressMiddleware<Request extends ExpressRequest> = (
  request: Request,
  response: NodeResponse,
  next: (error?: unknown) => void,
) => Promise<void>

/** What the middleware needs of Express's own. */
export interface ExpressSettings<Request extends ExpressRequest> extends WafSettings {
  /** The client's address; the connection's other end where absent. Behind a proxy `(request) => request.ip`. */
  readonly clientIp?: (request: Request) => string | undefined
}

/**
 * Express middleware that lets a web ACL judge every request. It stands before body parsers, and leaves them the body whole;
 * an error goes to the application's error handler, and its request no further.
 */
export function expressWaf<Request extends ExpressRequest = ExpressRequest>({
  clientIp,
  ...settings
}: ExpressSettings<Request>): ExpressMiddleware<Request> {
  const judge = judgeOf(settings)
  return async (request, response, next) => {
    const known = { target: request.originalUrl, clientIp: clientIp?.(request) }
    let judgement: Judgement
    try {
      judgement = await judgeMessage(judge, request, known)
    } catch (error) {
      return next(error)
    }
    if (judgement.answer) return refuse(response, judgement.answer)
    insertFields(request, judgement.insertedHeaders)
    next()
  }
}
