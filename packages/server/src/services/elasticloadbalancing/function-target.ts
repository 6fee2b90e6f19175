import { errorAnswer, type Answer } from '../../dataplane/answers.ts'
import { fieldPairs, withoutFraming } from '../../dataplane/fields.ts'
import type { WholeRequest } from '../../dataplane/route.ts'

/** Calls a Lambda function for a target group: what it answers, or that it failed. */
export type InvokeFunction = (
  group: string,
  functionArn: string,
  payload: Uint8Array,
) => Promise<{ readonly payload: Uint8Array; readonly hasFailed: boolean }>

/** A function that stands behind a target group. */
export interface FunctionTarget {
  readonly invoke: InvokeFunction
  readonly group: string
  readonly functionArn: string
  /** Whether headers and query parameters come as lists. */
  readonly isMulti: boolean
}

const textTypes = /^(?:text\/|application\/(?:json|javascript|xml))/i

/** Has a function answer a request (https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html). */
export async function invoked(target: FunctionTarget, request: WholeRequest): Promise<Answer> {
  const event = eventOf(target, request)
  const { payload, hasFailed } = await target.invoke(
    target.group,
    target.functionArn,
    Buffer.from(JSON.stringify(event)),
  )
  return hasFailed ? errorAnswer(502) : answerOf(Buffer.from(payload).toString())
}

function eventOf({ group, isMulti }: FunctionTarget, request: WholeRequest): object {
  const { method, target, body, forwardedHeaders } = request
  const mark = target.indexOf('?')
  const query = mark < 0 ? '' : target.slice(mark + 1)
  const headers = listed(fieldPairs(forwardedHeaders), (name) => name.toLowerCase())
  const parameters = listed(
    query.split('&').flatMap((pair): [string, string][] => {
      const at = pair.indexOf('=')
      if (pair === '') return []
      return [at < 0 ? [pair, ''] : [pair.slice(0, at), pair.slice(at + 1)]]
    }),
    (name) => name,
  )
  const type = headers['content-type']?.at(-1) ?? ''
  const isText =
    body.length === 0 || (textTypes.test(type) && headers['content-encoding'] === undefined)
  return {
    requestContext: { elb: { targetGroupArn: group } },
    httpMethod: method,
    path: mark < 0 ? target : target.slice(0, mark),
    ...(isMulti
      ? { multiValueQueryStringParameters: parameters, multiValueHeaders: headers }
      : { queryStringParameters: lastOf(parameters), headers: lastOf(headers) }),
    body: body.toString(isText ? 'utf8' : 'base64'),
    isBase64Encoded: !isText,
  }
}

function listed(
  pairs: readonly [string, string][],
  nameOf: (name: string) => string,
): Record<string, string[]> {
  const all: Record<string, string[]> = Object.create(null)
  for (const [name, value] of pairs) (all[nameOf(name)] ??= []).push(value)
  return all
}

function lastOf(all: Readonly<Record<string, string[]>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(all).map(([name, values]) => [name, values.at(-1) ?? '']),
  )
}

/** What a function said, as an answer; 502 when it is none. */
function answerOf(text: string): Answer {
  const said = parsed(text)
  const status = Number(said['statusCode'])
  if (!Number.isInteger(status) || status < 200 || status > 599) return errorAnswer(502)
  const headers: string[] = ['Server', 'awselb/2.0']
  for (const [name, value] of Object.entries(object(said['headers'])))
    headers.push(name, String(value))
  for (const [name, values] of Object.entries(object(said['multiValueHeaders']))) {
    for (const value of Array.isArray(values) ? values : []) headers.push(name, String(value))
  }
  const body = typeof said['body'] === 'string' ? said['body'] : ''
  const bytes = Buffer.from(body, said['isBase64Encoded'] === true ? 'base64' : 'utf8')
  return { status, headers: withoutFraming(headers), body: bytes }
}

function parsed(text: string): Record<string, unknown> {
  try {
    return object(JSON.parse(text))
  } catch {
    return {}
  }
}

function object(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? { ...value } : {}
}
