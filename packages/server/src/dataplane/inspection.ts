import type { HttpRequest } from '@bartizan/waf'
import { errorAnswer, type Answer } from './answers.ts'
import type { HeldBody } from './held-body.ts'
import type { RoutedRequest } from './route.ts'
import type { Inspected, Inspection } from './settings.ts'

/** What came of an inspection: an answer instead, or headers for the target. */
export type Admission =
  | { readonly answer: Answer }
  | { readonly insertedHeaders: readonly (readonly [name: string, value: string])[] }

const noBody = new Uint8Array()

/** Has a request inspected. A failure lets it through or answers 500, as the setting says. */
export function inspected(
  request: RoutedRequest,
  held: HeldBody | undefined,
  inspection: Inspection,
): Admission | Promise<Admission> {
  const { body, isTruncated } = held?.inspected ?? { body: noBody, isTruncated: false }
  const { method, target, httpVersion, clientIp } = request
  const asked: HttpRequest = {
    method,
    target,
    httpVersion: `HTTP/${httpVersion}`,
    headers: pairs(request),
    body,
    bodyTruncated: isTruncated,
    clientIp,
  }
  const failed = (): Admission =>
    inspection.failsOpen ? { insertedHeaders: [] } : { answer: errorAnswer(500) }
  try {
    const outcome = inspection.inspect(asked)
    if (outcome instanceof Promise) return outcome.then(admissionOf, failed)
    return admissionOf(outcome)
  } catch {
    return failed()
  }
}

function admissionOf({ verdict, answer }: Inspected): Admission {
  if (answer) return { answer }
  if (verdict.action === 'ALLOW') return { insertedHeaders: verdict.insertedHeaders }
  return { answer: errorAnswer(403) }
}

function pairs({ rawHeaders, head }: RoutedRequest): (readonly [string, string])[] {
  const list: (readonly [string, string])[] = []
  let hasHost = false
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? ''
    if (name.startsWith(':')) continue
    if (name.length === 4 && name.toLowerCase() === 'host') hasHost = true
    list.push([name, rawHeaders[index + 1] ?? ''])
  }
  if (!hasHost && head.host !== '') list.unshift(['host', head.host])
  return list
}
