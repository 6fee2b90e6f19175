import type { WireResponse } from '@bartizan/wire'
import type { Kernel } from './kernel.ts'
import type { Answer, RawRequest } from './pipeline.ts'

/** What a service does for browsers beside its operations (S3's preflights, forms and CORS headers). */
export interface BrowserSupport {
  /** Answers a request that names no operation; undefined when it is none for this service. */
  answer(kernel: Kernel, request: RawRequest): Promise<WireResponse | undefined>
  /** The headers that let a page of another origin see an answer. */
  headers(kernel: Kernel, request: RawRequest): Promise<Readonly<Record<string, string>>>
}

/** The answer of whichever service takes a request that names no operation. */
export async function answerBrowser(
  kernel: Kernel,
  request: RawRequest,
): Promise<Answer | undefined> {
  for (const { id, isOpen } of kernel.services.entries) {
    const service = isOpen ? kernel.services.loaded(id) : undefined
    const response = await service?.browsers?.answer(kernel, request)
    if (response) return { response, service: id, operation: 'unknown', code: '' }
  }
  return undefined
}

/** An answer with what a page of another origin needs to see it. */
export async function forBrowser(
  kernel: Kernel,
  request: RawRequest,
  { service, response }: Pick<Answer, 'service' | 'response'>,
): Promise<WireResponse> {
  const headers = await kernel.services.loaded(service)?.browsers?.headers(kernel, request)
  return headers ? { ...response, headers: { ...response.headers, ...headers } } : response
}
