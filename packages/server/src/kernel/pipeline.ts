import { streamingInput, WireDecodeError } from '@bartizan/wire'
import type { Authorization, SignedRequest, WireRequest, WireResponse } from '@bartizan/wire'
import type { AuditRecord } from './audit-record.ts'
import { answerBrowser } from './browsers.ts'
import { AwsError, commonError } from './errors.ts'
import {
  anonymous,
  identify,
  knownCaller,
  missingToken,
  readAuthorization,
} from './identity/identify.ts'
import type { Caller } from './call-context.ts'
import type { Principal } from './context.ts'
import { bodyTooLarge, type IncomingBody } from './incoming-body.ts'
import { Invocation } from './invocation.ts'
import type { Kernel } from './kernel.ts'
import { loadOffset } from './moved-clock.ts'
import { familyOf, operationOf, type Route } from './router.ts'
import type { Operation, Service } from './service.ts'
import { settle } from './settle.ts'
import { Turns } from './turns.ts'

/** A request as it came off the socket. */
export interface RawRequest extends SignedRequest, Pick<WireRequest, 'path' | 'query'> {
  readonly headers: Readonly<Record<string, string>>
  readonly sourceIp: string
  readonly secureTransport: boolean
  /** Has a callback run when the client has closed its connection (or has its answer). */
  readonly onGone: (callback: () => void) => void
  /** The body, where it has not been read yet; `body` is empty then. */
  readonly incoming?: IncomingBody
}

/** What the caller of a request gets, and what metrics count. */
export interface Answer {
  readonly response: WireResponse
  readonly service: string
  readonly operation: string
  readonly code: string
  /** Who called, where that is known. */
  readonly principal?: Principal
}

/**
 * A request: one function, seven steps. Route, identify, decode, authorise, handle, commit, encode.
 * Never throws: what is unforeseen is logged and becomes the service's internal error.
 */
export async function serve(kernel: Kernel, received: RawRequest): Promise<Answer> {
  let request = received
  const requestId = kernel.ids.uuid()
  let route: Route | undefined
  let operation: Operation | undefined
  try {
    // 1 route
    let authorization: Authorization | undefined
    try {
      authorization = readAuthorization(request, guessFamily(request))
    } catch (error) {
      // A signature that cannot be read is refused in the words of the service it was meant for.
      route = await routeMeant(kernel, request)
      if (!route) throw error
      authorization = readAuthorization(request, familyOf(route.protocol))
    }
    const routed = kernel.router.route(request, authorization?.scope.service)
    const found = routed instanceof Promise ? await routed : routed
    const isLarge = request.incoming !== undefined && request.method !== 'PUT'
    if (isLarge && !found?.operation?.body) throw bodyTooLarge()
    if (!found) {
      // Who is not known learns nothing, not even what there is.
      if (authorization) await identify(kernel, request, authorization, 'json')
      else if (namesAnOperation(request)) throw missingToken(guessFamily(request))
      return (await answerBrowser(kernel, request)) ?? unrouted(authorization, requestId)
    }
    route = found
    const named = operationOf(found)
    operation = named
    if (request.incoming && streamingInput(named.schema) === undefined) {
      if (authorization) await knownCaller(kernel, authorization, familyOf(found.protocol))
      const body = await request.incoming.whole(named.body)
      request = { ...request, body, isBodyUnread: false }
    }
    // 2 identify
    const caller = await callerOf(kernel, request, authorization, route)
    // 3 decode
    const call = { caller, service: found.service, operation: named, requestId }
    let input: Record<string, unknown>
    try {
      input = decode(found, named, request)
    } catch (error) {
      // A body that cannot be read is a refused call like any other: it goes on record.
      await settle(kernel, undefined, new Invocation(kernel, { ...call, input: {} }).records(error))
      throw error
    }
    // 4 authorise, 5 handle, 6 commit
    const output = await execute(kernel, { ...call, input })
    // 7 encode
    const meta = { requestId, accept: request.headers['accept'] }
    const response = route.protocol.encode(operation.schema, { ...output }, meta)
    const { principal } = caller
    return { response, service: route.service.id, operation: operation.name, code: '', principal }
  } catch (error) {
    return failed(kernel, error, { route, operation, requestId, request })
  }
}

/** One operation to be run for a caller. */
export interface Execution {
  readonly caller: Caller
  readonly service: Service
  readonly operation: Operation
  readonly input: Record<string, unknown>
  readonly requestId: string
}

const maxAttempts = 20

/** Conflicts after which a call waits its turn: where many write one row, trying harder helps nobody. */
const patience = 3
const turns = new Turns()

/** Authorises, handles and commits; starts over when another writer came first. */
export async function execute(kernel: Kernel, execution: Execution): Promise<object> {
  let endTurn: (() => void) | undefined
  try {
    for (let attempt = 1; ; attempt++) {
      const invocation = new Invocation(kernel, execution)
      let records: readonly AuditRecord[]
      let output: object | undefined
      let refused: unknown
      try {
        output = await invocation.run()
        records = invocation.records()
      } catch (error) {
        // What it found together is no longer there together.
        if (kernel.isConflict(error) && attempt < maxAttempts) continue
        refused = error
        records = invocation.records(error)
      }
      try {
        await settle(kernel, refused ? undefined : invocation.work, records)
      } catch (error) {
        if (!kernel.isConflict(error) || attempt >= maxAttempts) throw error
        if (attempt === patience) endTurn = await turns.take(execution.operation.name)
        await kernel.store.fresh()
        continue
      }
      if (refused) throw refused
      return output ?? {}
    }
  } finally {
    endTurn?.()
  }
}

async function callerOf(
  kernel: Kernel,
  request: RawRequest,
  authorization: Authorization | undefined,
  route: Route,
): Promise<Caller> {
  const family = familyOf(route.protocol)
  const { sourceIp, secureTransport } = request
  const userAgent = request.headers['user-agent'] ?? ''
  const region = route.service.global ? 'us-east-1' : (authorization?.scope.region ?? 'us-east-1')
  const fresh = kernel.store.fresh()
  if (fresh) {
    await fresh
    await loadOffset(kernel.store, kernel.clock)
  }
  const endpoint = authorization ? endpointOf(kernel, request) : kernel.endpoint()
  const { onGone } = request
  const now = kernel.clock.now()
  const base = { region, sourceIp, userAgent, secureTransport, endpoint, now, onGone }
  if (!authorization) {
    if (!route.service.open.includes(route.operationName ?? '')) throw missingToken(family)
    return { ...base, principal: anonymous }
  }
  const { kind, amzDate } = authorization
  const principal = await identify(kernel, request, authorization, family)
  const signature = kind === 'query-v2' ? { kind } : { kind, signedAt: amzDate }
  return { ...base, signature, principal }
}

/** Only who has signed a request is believed the name under which it reached the server. */
function endpointOf(kernel: Kernel, { headers, secureTransport }: RawRequest): string {
  if (kernel.publicUrl !== undefined) return kernel.publicUrl
  const host = headers['host']
  return host ? `${secureTransport ? 'https' : 'http'}://${host}` : kernel.endpoint()
}

function decode(
  { protocol, service }: Route,
  operation: Operation,
  request: RawRequest,
): Record<string, unknown> {
  try {
    const input = protocol.decode(operation.schema, request)
    if (request.incoming && request.isBodyUnread) {
      input[streamingInput(operation.schema) ?? ''] = request.incoming.payload(request.headers)
    }
    return input
  } catch (error) {
    if (!(error instanceof WireDecodeError)) throw error
    throw commonError(
      familyOf(protocol) === 'json' ? error.code : service.errorCodes.validation,
      error.message,
      400,
    )
  }
}

/** Where a request whose signature cannot be read was to go. */
async function routeMeant(kernel: Kernel, request: RawRequest): Promise<Route | undefined> {
  const scope = `${request.headers['authorization'] ?? ''} ${request.query}`
  const [, signingName] = /(?:\/|%2F)([a-z0-9-]+)(?:\/|%2F)aws4_request/i.exec(scope) ?? []
  return kernel.router.route(request, signingName)
}

function unrouted(authorization: Authorization | undefined, requestId: string): Answer {
  const service = authorization?.scope.service
  const code = service ? 'NotImplemented' : 'MissingAuthenticationToken'
  const message = service
    ? `the service ${JSON.stringify(service)} is not implemented by Bartizan`
    : 'Missing Authentication Token'
  const response = {
    status: service ? 501 : 403,
    headers: {
      'content-type': 'application/json',
      'x-amzn-requestid': requestId,
      'x-amzn-errortype': code,
    },
    body: JSON.stringify({ __type: code, message }),
  }
  return { response, service: 'unknown', operation: 'unknown', code }
}

function namesAnOperation(request: RawRequest): boolean {
  return guessFamily(request) === 'query' || request.headers['x-amz-target'] !== undefined
}

/** Errors raised before the route is known still want a family: a form body means a query service. */
function guessFamily(request: RawRequest): 'json' | 'query' {
  const type = request.headers['content-type'] ?? ''
  return type.startsWith('application/x-www-form-urlencoded') ? 'query' : 'json'
}

interface Failure {
  readonly route: Route | undefined
  readonly operation: Operation | undefined
  readonly requestId: string
  readonly request: RawRequest
}

function failed(kernel: Kernel, error: unknown, failure: Failure): Answer {
  const { route, operation, requestId, request } = failure
  const service = route?.service
  let known: AwsError
  if (error instanceof AwsError) known = error
  else {
    const named = { requestId, service: service?.id, operation: operation?.name }
    kernel.log.error({ ...named, err: error }, 'call failed')
    const code = service?.errorCodes.internal ?? 'InternalFailure'
    known = commonError(code, 'The service has encountered an internal error.', 500)
  }
  if (service?.tellError) known = service.tellError(known, request)
  const protocol = route?.protocol ?? kernel.protocolOf(guessFamily(request))
  const { code, message, fault, status, schema, headers, fields } = known
  const response = protocol.encodeError(
    {
      code,
      message,
      fault,
      ...(status !== undefined && { status }),
      ...(schema && { schema }),
      ...(headers && { headers }),
      fields,
    },
    { requestId },
  )
  return {
    response,
    service: service?.id ?? 'unknown',
    operation: operation?.name ?? 'unknown',
    code,
  }
}
