import { BodyReadError } from './body-head.ts'
import type { HttpRequest } from '../request.ts'
import type { Judge, Judgement, RefusalAnswer } from './judge.ts'

/** A request that was judged, and the one that goes on in its place: its body is whole. */
export interface JudgedRequest {
  readonly judgement: Judgement
  readonly request: Request
}

/** A request as it came over the wire, but for its method and body. */
export type WireParts = Pick<HttpRequest, 'target' | 'httpVersion' | 'headers' | 'clientIp'>

/** Judges a request of the Fetch standard. Rejects where its body was read before. */
export async function judgeRequest(
  judge: Judge,
  request: Request,
  known: WireParts,
): Promise<JudgedRequest> {
  if (request.bodyUsed) throw new BodyReadError()
  const { head, whole } = await readAhead(request.body, judge.bodyLimit)
  const asked: HttpRequest = {
    method: request.method,
    ...known,
    body: head.subarray(0, judge.bodyLimit),
    bodyTruncated: head.length > judge.bodyLimit,
  }
  const judgement = judge.judge(asked)
  const { insertedHeaders: inserted } = judgement
  if (!whole && inserted.length === 0) return { judgement, request }
  const headers = new Headers(request.headers)
  for (const [name, value] of inserted) headers.set(name, value)
  const init = whole ? { headers, body: whole, duplex: 'half' as const } : { headers }
  return { judgement, request: new Request(request, init) }
}

/** What a request shows where nothing is known of how it came over the wire. */
export function shownPartsOf(request: Request, clientIp: string): WireParts {
  const { origin, host } = new URL(request.url)
  const headers: (readonly [string, string])[] = [...request.headers]
  if (!request.headers.has('host')) headers.unshift(['host', host])
  return { target: request.url.slice(origin.length), httpVersion: 'HTTP/1.1', headers, clientIp }
}

/** An answer in place of the application's. */
export function refusal({ status, headers, body }: RefusalAnswer): Response {
  const fields = new Headers()
  for (const [name, value] of headers) fields.append(name, value)
  const isEmpty = status === 204 || status === 205 || status === 304
  return new Response(isEmpty ? null : body, { status, headers: fields })
}

async function readAhead(
  stream: ReadableStream<Uint8Array> | null,
  limit: number,
): Promise<{ readonly head: Uint8Array; readonly whole?: ReadableStream<Uint8Array> }> {
  if (!stream) return { head: new Uint8Array() }
  const reader = stream.getReader()
  const chunks: Uint8Array[] = []
  let size = 0
  while (size <= limit) {
    const { done, value } = await reader.read()
    if (done) break
    chunks.push(value)
    size += value.length
  }
  const kept = [...chunks]
  const whole = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const first = kept.shift()
      if (first) return controller.enqueue(first)
      const { done, value } = await reader.read()
      if (done) controller.close()
      else controller.enqueue(value)
    },
    cancel: (reason) => reader.cancel(reason),
  })
  return { head: joined(chunks, size), whole }
}

function joined(chunks: readonly Uint8Array[], size: number): Uint8Array {
  const all = new Uint8Array(size)
  let at = 0
  for (const chunk of chunks) {
    all.set(chunk, at)
    at += chunk.length
  }
  return all
}
