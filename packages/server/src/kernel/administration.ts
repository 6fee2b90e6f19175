import { hash, timingSafeEqual } from 'node:crypto'
import type { Logger } from 'pino'
import { auditRecords, Draft } from './audit.ts'
import type { Principal } from './context.ts'
import type { HttpAnswer } from './http.ts'
import { identify, readAuthorization } from './identity/identify.ts'
import { authorise } from './identity/authorise.ts'
import { standingOf } from './identity/principal-policies.ts'
import { AwsError, commonError } from './errors.ts'
import { bodyTooLarge } from './incoming-body.ts'
import type { Kernel } from './kernel.ts'
import type { RawRequest } from './pipeline.ts'

/** What the operator can do that AWS has no API for. Each throws AwsError when refused. */
export interface AdministrationActions {
  readonly health: () => object
  readonly metrics: () => Promise<string>
  /** By the name after `/_bartizan/`: the IAM action it needs, and what it does. */
  readonly posts: Readonly<Record<string, AdministrationAction>>
}

/** One action of the operator. */
export interface AdministrationAction {
  readonly action: `bartizan:${string}`
  readonly run: (body: Readonly<Record<string, unknown>>) => Promise<object>
}

/** Who may use them. */
export interface AdministrationAccess {
  /** Only principals of this account may act; their policies decide. */
  readonly accountId: string
  readonly metricsToken: string | undefined
}

const prefix = '/_bartizan/'
const loopback = /^(127\.|::1$)/

/** Whether a request is the operator's rather than an AWS client's. */
export function isAdministration({ path }: RawRequest): boolean {
  return path.startsWith(prefix)
}

/** Answers `/_bartizan/…`. */
export async function administer(
  kernel: Kernel,
  request: RawRequest,
  { access, actions }: { access: AdministrationAccess; actions: AdministrationActions },
): Promise<HttpAnswer> {
  const name = request.path.slice(prefix.length)
  try {
    if (request.method === 'GET' && name === 'health') return json(200, actions.health())
    if (request.method === 'GET' && name === 'metrics') {
      if (!mayReadMetrics(request, access))
        throw commonError('AccessDeniedException', 'Forbidden', 403)
      return text(await actions.metrics())
    }
    const action = Object.hasOwn(actions.posts, name) ? actions.posts[name] : undefined
    if (!action || request.method !== 'POST') throw commonError('NotFound', 'Not Found', 404)
    if (request.incoming) throw bodyTooLarge()
    const principal = await identified(kernel, request)
    const body = parseBody(request)
    const call = { kernel, request, principal, body, action }
    try {
      await admit(call, access)
      await record(call)
      return json(200, await action.run(body))
    } catch (error) {
      await record(call, error)
      throw error
    }
  } catch (error) {
    return refusal(error, kernel.log)
  }
}

/** A call of the operator whose signature was right. */
interface AdministrationCall {
  readonly kernel: Kernel
  readonly request: RawRequest
  readonly principal: Principal
  readonly body: Readonly<Record<string, unknown>>
  readonly action: AdministrationAction
}

const region = 'us-east-1'

async function identified(kernel: Kernel, request: RawRequest): Promise<Principal> {
  const authorization = readAuthorization(request, 'json')
  if (authorization?.scope.service !== 'bartizan') {
    throw commonError('MissingAuthenticationTokenException', 'sign the request for bartizan', 403)
  }
  await kernel.store.fresh()
  return identify(kernel, request, authorization, 'json')
}

async function admit(
  { kernel, request, principal, action: { action } }: AdministrationCall,
  { accountId }: AdministrationAccess,
): Promise<void> {
  if (principal.accountId !== accountId) {
    const message = `only account ${accountId} administers this installation`
    throw commonError('AccessDeniedException', message, 403)
  }
  const { policies, tags, organization } = await standingOf(kernel.store, principal)
  const facts = {
    principal,
    principalTags: tags,
    now: kernel.clock.now(),
    region,
    sourceIp: request.sourceIp,
    userAgent: request.headers['user-agent'] ?? '',
    secureTransport: request.secureTransport,
    ...(organization && { organization }),
  }
  const refused = await authorise(kernel.store, { facts, policies, action }, { resource: '*' })
  if (refused) throw commonError('AccessDeniedException', refused.message, 403)
}

/** Writes a call to the audit log: before it acts, so that nothing is done unrecorded, and when it fails. */
async function record(call: AdministrationCall, failure?: unknown): Promise<void> {
  const { kernel, request, principal, body, action } = call
  const facts = {
    principal,
    eventSource: 'bartizan.internal',
    eventName: action.action.slice('bartizan:'.length),
    region,
    now: kernel.clock.now(),
    sourceIp: request.sourceIp,
    userAgent: request.headers['user-agent'] ?? '',
    requestId: kernel.ids.uuid(),
    eventId: kernel.ids.uuid(),
  }
  const { code, message } =
    failure instanceof AwsError ? failure : { code: 'InternalFailure', message: 'internal error' }
  const audit = auditRecords(facts, new Draft(), {
    requestParameters: body,
    responseElements: null,
    readOnly: false,
    isData: false,
    ...(failure !== undefined && { error: { code, message } }),
  })
  await kernel.store.commit({ changes: [], expectations: [], audit })
}

function mayReadMetrics(request: RawRequest, { metricsToken }: AdministrationAccess): boolean {
  if (metricsToken === undefined) return loopback.test(request.sourceIp)
  const digest = (text: string): Buffer => hash('sha256', text, 'buffer')
  const shown = request.headers['authorization'] ?? ''
  return timingSafeEqual(digest(shown), digest(`Bearer ${metricsToken}`))
}

function parseBody({ body }: RawRequest): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = body.byteLength === 0 ? {} : JSON.parse(Buffer.from(body).toString())
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value }
  } catch {
    throw commonError('SerializationException', 'the body is not JSON', 400)
  }
  throw commonError('SerializationException', 'the body is not a JSON object', 400)
}

function refusal(error: unknown, log: Logger): HttpAnswer {
  if (error instanceof AwsError) {
    return json(error.status ?? 400, { __type: error.code, message: error.message })
  }
  log.error({ err: error }, 'administration failed')
  return json(500, { __type: 'InternalFailure', message: 'internal error' })
}

function json(status: number, value: object): HttpAnswer {
  return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(value) }
}

function text(body: string): HttpAnswer {
  return { status: 200, headers: { 'content-type': 'text/plain; version=0.0.4' }, body }
}
