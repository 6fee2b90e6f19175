import type { Answer } from '../../../dataplane/answers.ts'
import { fieldPairs, withoutFraming } from '../../../dataplane/fields.ts'
import type { WholeRequest } from '../../../dataplane/route.ts'
import type { StageRow } from '../store.ts'
import { gatewayAnswer } from './gateway-answers.ts'
import type { PathMatch } from './path-tree.ts'

/** What a Lambda function is told of a request beside the request itself. */
export interface EventFacts {
  readonly stage: StageRow
  readonly match: PathMatch
  readonly account: string
  readonly region: string
  readonly requestId: string
  readonly now: Date
  /** The path below the stage, as sent. */
  readonly below: string
  readonly binaryMediaTypes: readonly string[]
}

type Lists = Record<string, string[]>

/**
 * The event of a Lambda proxy integration
 * (https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html#api-gateway-simple-proxy-for-lambda-input-format).
 */
export function proxyEvent(request: WholeRequest, facts: EventFacts): object {
  const { method, target, body, forwardedHeaders, clientIp, head } = request
  const { stage, match, account, region, requestId, now, below } = facts
  const mark = target.indexOf('?')
  const headers = listed(fieldPairs(forwardedHeaders))
  const query = listed([...new URLSearchParams(mark < 0 ? '' : target.slice(mark + 1))])
  const isBinary = isListedType(headers, facts.binaryMediaTypes)
  const parameters = Object.entries(match.parameters).map(([name, value]) => [name, decoded(value)])
  const domainPrefix = stage.apiId
  return {
    resource: match.path.path,
    path: decoded(below),
    httpMethod: method,
    headers: lastOf(headers),
    multiValueHeaders: orNull(headers),
    queryStringParameters: lastOf(query),
    multiValueQueryStringParameters: orNull(query),
    pathParameters: orNull(Object.fromEntries(parameters)),
    stageVariables: orNull({ ...stage.variables }),
    requestContext: {
      resourceId: match.path.id,
      resourcePath: match.path.path,
      httpMethod: method,
      extendedRequestId: requestId,
      requestTime: requestTime(now),
      path: `/${stage.name}${decoded(below)}`,
      accountId: account,
      protocol: `HTTP/${request.httpVersion}`,
      stage: stage.name,
      domainPrefix,
      requestTimeEpoch: now.getTime(),
      requestId,
      identity: {
        cognitoIdentityPoolId: null,
        accountId: null,
        cognitoIdentityId: null,
        caller: null,
        sourceIp: clientIp,
        principalOrgId: null,
        accessKey: null,
        cognitoAuthenticationType: null,
        cognitoAuthenticationProvider: null,
        userArn: null,
        userAgent: lastOf(headers)?.['User-Agent'] ?? lastOf(headers)?.['user-agent'] ?? null,
        user: null,
      },
      domainName: head.host || `${domainPrefix}.execute-api.${region}.amazonaws.com`,
      deploymentId: stage.deploymentId,
      apiId: stage.apiId,
    },
    body: body.length === 0 ? null : body.toString(isBinary ? 'base64' : 'utf8'),
    isBase64Encoded: isBinary && body.length > 0,
  }
}

function isListedType(headers: Lists, types: readonly string[]): boolean {
  if (types.includes('*/*')) return true
  const named = Object.entries(headers).find(([name]) => name.toLowerCase() === 'content-type')
  const type = named?.[1].at(-1)?.split(';')[0]?.trim().toLowerCase()
  return type !== undefined && types.some((each) => each.toLowerCase() === type)
}

function listed(pairs: readonly (readonly [string, string])[]): Lists {
  const all: Lists = Object.create(null)
  for (const [name, value] of pairs) (all[name] ??= []).push(value)
  return all
}

function lastOf(lists: Lists): Record<string, string> | null {
  return orNull(
    Object.fromEntries(Object.entries(lists).map(([name, values]) => [name, values.at(-1) ?? ''])),
  )
}

const orNull = <T extends object>(value: T): T | null =>
  Object.keys(value).length === 0 ? null : value

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** `09/Apr/2026:12:34:56 +0000`. */
function requestTime(now: Date): string {
  const [, weekdayless = ''] = /^\w+, (.*) GMT$/.exec(now.toUTCString()) ?? []
  const [day, month, year, time] = weekdayless.split(' ')
  return `${day}/${month}/${year}:${time} +0000`
}

/** What a function said, as an answer; 502 when it has not the form that the integration needs. */
export function answerOfFunction(payload: Uint8Array): Answer {
  const output = parsed(payload)
  const status = Number(output?.['statusCode'])
  if (!output || !Number.isInteger(status) || status < 100 || status > 599) {
    return gatewayAnswer('BadGatewayException')
  }
  const headers: string[] = []
  const several = record(output['multiValueHeaders'])
  for (const [name, values] of Object.entries(several)) {
    for (const value of Array.isArray(values) ? values : [values]) headers.push(name, String(value))
  }
  const named = new Set(Object.keys(several).map((name) => name.toLowerCase()))
  for (const [name, value] of Object.entries(record(output['headers']))) {
    if (!named.has(name.toLowerCase())) headers.push(name, String(value))
  }
  const hasType = headers.some((each, at) => at % 2 === 0 && each.toLowerCase() === 'content-type')
  if (!hasType) headers.push('Content-Type', 'application/json')
  const text = output['body'] ?? ''
  if (typeof text !== 'string') return gatewayAnswer('BadGatewayException')
  const body = Buffer.from(text, output['isBase64Encoded'] === true ? 'base64' : 'utf8')
  return { status, headers: withoutFraming(headers), body }
}

function parsed(payload: Uint8Array): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(payload).toString())
    return typeof value === 'object' && value !== null ? { ...value } : undefined
  } catch {
    return undefined
  }
}

function record(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? { ...value } : {}
}
