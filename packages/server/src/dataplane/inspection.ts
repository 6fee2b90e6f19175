import type { HttpRequest } from '@bartizan/waf'
import type { Judged, WebAclGate } from '../kernel/web-acl.ts'
import type { HeldBody } from './held-body.ts'
import type { RoutedRequest } from './route.ts'
import type { Inspection } from './settings.ts'

const noBody = new Uint8Array()

/** What is to be done once it is known whether a gate is in the way, or that it cannot be asked. */
export interface GateOutcome {
  next(gate: WebAclGate | undefined): void
  closed(): void
}

/** Finds the gate that requests have to pass: in the same turn unless something of the web ACL has just changed. */
export function withGate(inspection: Inspection | undefined, outcome: GateOutcome): void {
  const gate = inspection?.guard.gate()
  if (gate instanceof Promise) awaited(gate, inspection?.failsOpen === true, outcome)
  else outcome.next(gate)
}

function awaited(
  gate: Promise<WebAclGate | undefined>,
  failsOpen: boolean,
  outcome: GateOutcome,
): void {
  gate.then(
    (found) => outcome.next(found),
    () => (failsOpen ? outcome.next(undefined) : outcome.closed()),
  )
}

/** Has a gate judge a request and what is held of its body. */
export function judged(
  gate: WebAclGate,
  request: RoutedRequest,
  held: HeldBody | undefined,
): Judged {
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
  return gate.inspect(asked)
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
