import { judgeRequest, refusal, shownPartsOf } from './fetch-request.ts'
import { judgeOf } from './judge.ts'
import { insertFields, wirePartsOf } from './message.ts'
import type { NodeMessage } from './message.ts'
import type { WafSettings } from './settings.ts'

/** What is asked of Hono's context. */
export interface HonoContextLike {
  readonly env: unknown
  readonly req: { raw: Request }
}

/** How Hono calls middleware. */
export type HonoMiddleware<Context extends HonoContextLike> = (
  context: Context,
  next: () => Promise<void>,
) => Promise<Response | void>

/** What the middleware needs of Hono's own. */
export interface HonoSettings<Context extends HonoContextLike> extends WafSettings {
  /** The client's address; on Node the connection's other end where absent. Elsewhere it must be told. */
  readonly clientIp?: (context: Context) => string | undefined
}

/**
 * Hono middleware that lets a web ACL judge every request. With @hono/node-server it sees requests as they came over the wire;
 * on other runtimes as the Fetch standard shows them: paths resolved, header names in lower case and in order of the alphabet.
 */
export function honoWaf<Context extends HonoContextLike = HonoContextLike>({
  clientIp: addressOf,
  ...settings
}: HonoSettings<Context>): HonoMiddleware<Context> {
  const judge = judgeOf(settings)
  return async (context, next) => {
    const message = nodeMessageOf(context.env)
    const clientIp = addressOf?.(context)
    if (!message && clientIp === undefined) {
      throw new Error('honoWaf needs `clientIp` on this runtime')
    }
    const { raw } = context.req
    const known = message ? wirePartsOf(message, { clientIp }) : shownPartsOf(raw, clientIp ?? '')
    const { judgement, request } = await judgeRequest(judge, raw, known)
    if (judgement.answer) return refusal(judgement.answer)
    context.req.raw = request
    if (message) insertFields(message, judgement.insertedHeaders)
    return next()
  }
}

/** The request of Node's that @hono/node-server was called with. */
function nodeMessageOf(env: unknown): NodeMessage | undefined {
  if (typeof env !== 'object' || env === null || !('incoming' in env)) return undefined
  return env.incoming as NodeMessage
}
