import { judgeOf } from './judge.ts'
import { insertFields, judgeMessage } from './message.ts'
import type { NodeMessage } from './message.ts'
import type { WafSettings } from './settings.ts'

/** What is asked of a Fastify request. */
export interface FastifyRequestLike {
  readonly raw: NodeMessage
  readonly originalUrl: string
}

/** What is asked of a Fastify reply. */
export interface FastifyReplyLike {
  code(status: number): unknown
  header(name: string, value: string): unknown
  send(body: string): unknown
}

/** What is asked of a Fastify instance. */
export interface FastifyLike<Request extends FastifyRequestLike> {
  addHook(
    name: 'onRequest',
    hook: (request: Request, reply: FastifyReplyLike) => Promise<unknown>,
  ): unknown
}

/** What the plugin needs of Fastify's own. */
export interface FastifySettings<Request extends FastifyRequestLike> extends WafSettings {
  /** The client's address; the connection's other end where absent. Behind a proxy `(request) => request.ip`. */
  readonly clientIp?: (request: Request) => string | undefined
}

/**
 * A Fastify plugin that lets a web ACL judge every request of the instance that it is registered at and of those within,
 * before their bodies are parsed.
 */
export function fastifyWaf<Request extends FastifyRequestLike = FastifyRequestLike>({
  clientIp,
  ...settings
}: FastifySettings<Request>): (instance: FastifyLike<Request>) => Promise<void> {
  const judge = judgeOf(settings)
  const plugin = async (instance: FastifyLike<Request>): Promise<void> => {
    instance.addHook('onRequest', async (request, reply) => {
      const known = { target: request.originalUrl, clientIp: clientIp?.(request) }
      const { answer, insertedHeaders } = await judgeMessage(judge, request.raw, known)
      if (!answer) return insertFields(request.raw, insertedHeaders)
      reply.code(answer.status)
      for (const [name, value] of answer.headers) reply.header(name, value)
      return reply.send(answer.body)
    })
  }
  // The hook is the instance's own, not that of a scope that the plugin would get for itself.
  return Object.assign(plugin, { [Symbol.for('skip-override')]: true })
}
