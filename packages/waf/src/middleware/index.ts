export { expressWaf } from './express.ts'
export type { ExpressMiddleware, ExpressRequest, ExpressSettings } from './express.ts'
export { fastifyWaf } from './fastify.ts'
export type {
  FastifyLike,
  FastifyReplyLike,
  FastifyRequestLike,
  FastifySettings,
} from './fastify.ts'
export { honoWaf } from './hono.ts'
export type { HonoContextLike, HonoMiddleware, HonoSettings } from './hono.ts'
export type { WafSettings } from './settings.ts'
export { SlidingCounters } from '../rates/sliding-counters.ts'
