import type { Context } from './context.ts'
import type { HttpAnswer } from './http.ts'
import type { Kernel } from './kernel.ts'
import type { RawRequest } from './pipeline.ts'
import { serviceContext, settle } from './settle.ts'
import { beginWork } from './unit-of-work.ts'

/**
 * Takes what comes to addresses that a service has handed out, such as a custom resource's
 * `ResponseURL`: the token in the address is the proof, there is no signature.
 */
export interface Callback {
  /** Answers whether the token is good. What it writes is committed before the answer goes out. */
  run(ctx: Context, token: string, body: string): Promise<boolean>
  /** What a GET of the address gives; undefined when the token is not good. */
  fetch?(ctx: Context, token: string): Promise<Buffer | undefined>
}

const prefix = '/_bartizan/callback/'
const maxAttempts = 20

/** Whether a request is to an address that a service handed out. */
export function isCallback({ method, path }: RawRequest): boolean {
  return path.startsWith(prefix) && (method === 'PUT' || method === 'POST' || method === 'GET')
}

/** The address of a callback; `host` is the server's own. */
export function callbackAddress(host: string, serviceId: string, token: string): string {
  return `${host}${prefix}${serviceId}/${token}`
}

/** Answers a request to a callback's address. */
export async function answerCallback(kernel: Kernel, request: RawRequest): Promise<HttpAnswer> {
  const [id = '', token = ''] = request.path.slice(prefix.length).split('/')
  const isKnown = kernel.services.entries.some((entry) => entry.id === id)
  const callback = isKnown ? (await kernel.services.load(id))?.callback : undefined
  if (!callback) return { status: 404, headers: {}, body: '' }
  if (request.method === 'GET') return fetched(kernel, { id, token, callback })
  const body = request.incoming ? await request.incoming.whole() : Buffer.from(request.body)
  for (let attempt = 1; ; attempt++) {
    const work = beginWork(kernel.store, '', 'us-east-1')
    const place = { account: '', region: 'us-east-1', service: id }
    const ctx = serviceContext(kernel, place, work)
    const isGood = await callback.run(ctx, token, body.toString())
    try {
      await settle(kernel, work, [])
      return { status: isGood ? 200 : 403, headers: {}, body: '' }
    } catch (error) {
      if (!kernel.isConflict(error) || attempt >= maxAttempts) throw error
      await kernel.store.fresh()
    }
  }
}

async function fetched(
  kernel: Kernel,
  { id, token, callback }: { id: string; token: string; callback: Callback },
): Promise<HttpAnswer> {
  const place = { account: '', region: 'us-east-1', service: id }
  const ctx = serviceContext(kernel, place, beginWork(kernel.store, '', 'us-east-1'))
  const body = await callback.fetch?.(ctx, token)
  if (!body) return { status: 403, headers: {}, body: '' }
  return { status: 200, headers: { 'content-type': 'application/octet-stream' }, body }
}
