import { authorize, compilePolicy, contextOf, type CompiledPolicy } from '@bartizan/policy'
import type { Integration } from '@aws-sdk/client-api-gateway'
import type { Origin } from '../../../dataplane/origin.ts'
import type { Route, RoutedRequest, Router, WholeRequest } from '../../../dataplane/route.ts'
import type { Answer } from '../../../dataplane/answers.ts'
import { AwsError } from '../../../kernel/errors.ts'
import { partitionOf } from '../../../kernel/partition.ts'
import { functionOf } from '../integration-settings.ts'
import type { DeploymentRow, MethodRow, RestApiRow, StageRow } from '../store.ts'
import { gatewayAnswer, type GatewayAnswer } from './gateway-answers.ts'
import { httpTarget } from './http-target.ts'
import { mockAnswer } from './mock-answer.ts'
import { PathTree, type PathMatch } from './path-tree.ts'
import { answerOfFunction, proxyEvent } from './proxy-event.ts'
import { TokenBucket } from './token-bucket.ts'

/** Requests of API Gateway may be so long. */
const maxBodyBytes = 10_485_760

/** A stage with what it shows. */
export interface ServedStage {
  readonly stage: StageRow
  readonly deployment: DeploymentRow
}

/** What a router needs beside the rows. */
export interface RouterSurroundings {
  readonly account: string
  readonly region: string
  readonly now: () => Date
  readonly requestId: () => string
  /** Calls a function as API Gateway, for a method of an API. */
  readonly invoke: (
    sourceArn: string,
    functionArn: string,
    payload: Uint8Array,
    timeoutMs: number,
  ) => Promise<{ readonly payload: Uint8Array; readonly hasFailed: boolean } | 'timeout'>
  readonly originOf: (url: URL) => Origin
  /** Whether an address is the server's own. */
  readonly isOwnAddress: (host: string, port: number) => boolean
}

/** A request that has found its method. */
interface Found {
  readonly served: ReadyStage
  readonly match: PathMatch
  readonly method: MethodRow
  readonly below: string
}

interface ReadyStage extends ServedStage {
  readonly tree: PathTree
  readonly buckets: Map<string, TokenBucket>
}

const answered = (type: GatewayAnswer): Route => ({ kind: 'answer', answer: gatewayAnswer(type) })

/** The stages of an API as a function of requests: `/stage/path` to what the method is integrated with. */
export function stageRouter(
  api: RestApiRow,
  stages: readonly ServedStage[],
  surroundings: RouterSurroundings,
): Router {
  const { account, region } = surroundings
  const executeArn = `arn:${partitionOf(region)}:execute-api:${region}:${account}:${api.id}`
  const policy = compiledPolicy(api.policy, executeArn)
  const ready = new Map(
    stages.map(({ stage, deployment }) => [
      stage.name,
      {
        stage,
        deployment,
        tree: new PathTree(Object.values(deployment.paths)),
        buckets: new Map<string, TokenBucket>(),
      },
    ]),
  )
  return (request) => {
    if (api.disableExecuteApiEndpoint) return answered('ForbiddenException')
    const found = find(ready, request)
    if (typeof found === 'string') return answered(found)
    const { stage } = found.served
    const arn = `${executeArn}/${stage.name}/${request.method}${found.match.path.path}`
    if (policy && !isAllowed(policy, arn, request, account))
      return answered('AccessDeniedException')
    if (!mayPass(found, surroundings.now().getTime())) return answered('TooManyRequestsException')
    return routeTo(found, request, arn, surroundings)
  }
}

function find(
  ready: ReadonlyMap<string, ReadyStage>,
  { method, target }: RoutedRequest,
): Found | GatewayAnswer {
  const mark = target.indexOf('?')
  const path = mark < 0 ? target : target.slice(0, mark)
  const [, stageName = '', below = ''] = /^\/([^/]*)(.*)$/.exec(path) ?? []
  const served = ready.get(stageName)
  if (!served) return 'ForbiddenException'
  const match = served.tree.find(below)
  const known = match?.path.methods
  const row = known?.[method] ?? known?.['ANY']
  if (!match || !row) return 'MissingAuthenticationTokenException'
  return { served, match, method: row, below: below === '' ? '/' : below }
}

function compiledPolicy(text: string | undefined, executeArn: string): CompiledPolicy | undefined {
  if (text === undefined) return undefined
  // API Gateway takes ARNs that leave out everything before the stage.
  return compilePolicy(text.replaceAll('"execute-api:/', `"${executeArn}/`), 'resource')
}

function isAllowed(
  policy: CompiledPolicy,
  resource: string,
  { clientIp, isSecure }: RoutedRequest,
  account: string,
): boolean {
  return authorize({
    principal: { kind: 'anonymous', accountId: '', arn: '' },
    action: 'execute-api:Invoke',
    resource,
    resourceAccountId: account,
    context: contextOf({ 'aws:sourceip': clientIp, 'aws:securetransport': String(isSecure) }),
    identityPolicies: [],
    resourcePolicy: { id: resource, policy },
  }).allowed
}

/** Whether the throttle of the method, or of all methods of the stage, lets a request through. */
function mayPass({ served, match, method }: Found, nowMs: number): boolean {
  const own = `${match.path.path.slice(1)}/${method.httpMethod}`
  const { methodSettings } = served.stage
  const key = methodSettings[own] ? own : '*/*'
  const setting = methodSettings[key]
  if (!setting) return true
  let bucket = served.buckets.get(own)
  if (!bucket) {
    const { throttlingRateLimit: rate = 10_000, throttlingBurstLimit: burst = 5_000 } = setting
    bucket = new TokenBucket(rate, burst, nowMs)
    served.buckets.set(own, bucket)
  }
  return bucket.take(nowMs)
}

function routeTo(
  found: Found,
  request: RoutedRequest,
  sourceArn: string,
  surroundings: RouterSurroundings,
): Route {
  const integration = found.method.methodIntegration
  if (!integration) return answered('InternalServerErrorException')
  if (integration.type === 'MOCK') {
    return { kind: 'answer', answer: mockAnswer(found.method, integration) }
  }
  if (integration.type === 'AWS_PROXY') {
    const run = (whole: WholeRequest): Promise<Answer> =>
      functionAnswer(found, whole, sourceArn, surroundings)
    return { kind: 'call', maxBodyBytes, run }
  }
  return httpRoute(found, integration, request, surroundings)
}

function httpRoute(
  { served, match }: Found,
  integration: Integration,
  request: RoutedRequest,
  { originOf, isOwnAddress }: RouterSurroundings,
): Route {
  const url = httpTarget(integration, { match, variables: served.stage.variables, request })
  if (!url) return answered('InternalServerErrorException')
  const port = Number(url.port) || (url.protocol === 'https:' ? 443 : 80)
  if (isOwnAddress(url.hostname, port)) return answered('InternalServerErrorException')
  return {
    kind: 'forward',
    origin: originOf(url),
    target: `${url.pathname}${url.search}`,
    host: url.host,
  }
}

async function functionAnswer(
  { served, match, method, below }: Found,
  request: WholeRequest,
  sourceArn: string,
  { account, region, now, requestId, invoke }: RouterSurroundings,
): Promise<Answer> {
  const { stage, deployment } = served
  const { uri = '', timeoutInMillis = 29_000 } = method.methodIntegration ?? {}
  const named = functionOf(uri)?.replaceAll(
    /\$\{stageVariables\.(\w+)\}/g,
    (_whole, name: string) => stage.variables[name] ?? '',
  )
  const { binaryMediaTypes } = deployment
  const facts = { stage, match, account, region, below, binaryMediaTypes }
  const event = proxyEvent(request, { ...facts, requestId: requestId(), now: now() })
  const payload = Buffer.from(JSON.stringify(event))
  const outcome = await invoke(sourceArn, named ?? '', payload, timeoutInMillis).catch(refusal)
  if (outcome === 'refused') return gatewayAnswer('InternalServerErrorException')
  if (outcome === 'timeout') return gatewayAnswer('GatewayTimeoutException')
  if (outcome.hasFailed) return gatewayAnswer('BadGatewayException')
  return answerOfFunction(outcome.payload)
}

/** A function that may not be called, or is gone, is the API's own fault; anything else is ours. */
function refusal(error: unknown): 'refused' {
  if (error instanceof AwsError) return 'refused'
  throw error
}
