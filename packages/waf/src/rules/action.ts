import type {
  CustomHTTPHeader,
  CustomResponse,
  CustomResponseBody,
  DefaultAction,
  RuleAction,
} from '@aws-sdk/client-wafv2'
import type { CustomAnswer } from '../verdict.ts'

/** What a rule does with a request that matches, made ready. */
export interface Action {
  readonly kind: 'ALLOW' | 'BLOCK' | 'COUNT' | 'CAPTCHA' | 'CHALLENGE'
  readonly insertedHeaders: readonly (readonly [name: string, value: string])[]
  readonly customResponse?: CustomAnswer
}

/** Counting, and no more. */
export const count: Action = { kind: 'COUNT', insertedHeaders: [] }

/** The bodies that custom responses name by key. */
export type ResponseBodies = Readonly<Record<string, CustomResponseBody>> | undefined

/** Compiles a rule's action or a web ACL's default action; undefined when there is none that this engine can take. */
export function compiledAction(
  action: RuleAction | DefaultAction | undefined,
  bodies: ResponseBodies,
): Action | undefined {
  const { Allow, Block, Count, Captcha, Challenge }: RuleAction = action ?? {}
  if (Block) {
    const answer = Block.CustomResponse
    const customResponse = answer && { customResponse: customAnswer(answer, bodies) }
    return { kind: 'BLOCK', insertedHeaders: [], ...customResponse }
  }
  const handling = (Allow ?? Count ?? Captcha ?? Challenge)?.CustomRequestHandling
  const insertedHeaders = headerPairs(handling?.InsertHeaders, 'x-amzn-waf-')
  if (Allow) return { kind: 'ALLOW', insertedHeaders }
  if (Count) return { kind: 'COUNT', insertedHeaders }
  if (Captcha) return { kind: 'CAPTCHA', insertedHeaders }
  return Challenge ? { kind: 'CHALLENGE', insertedHeaders } : undefined
}

function customAnswer(
  { ResponseCode = 403, CustomResponseBodyKey, ResponseHeaders }: CustomResponse,
  bodies: ResponseBodies,
): CustomAnswer {
  const body = CustomResponseBodyKey === undefined ? undefined : bodies?.[CustomResponseBodyKey]
  const headers = headerPairs(ResponseHeaders, '')
  if (body === undefined) return { status: ResponseCode, headers }
  const { ContentType = 'TEXT_PLAIN', Content = '' } = body
  const contentType = contentTypes[ContentType]
  return { status: ResponseCode, headers, body: { contentType, content: Content } }
}

const contentTypes = {
  APPLICATION_JSON: 'application/json',
  TEXT_HTML: 'text/html',
  TEXT_PLAIN: 'text/plain',
} as const

function headerPairs(
  headers: readonly CustomHTTPHeader[] | undefined,
  prefix: string,
): (readonly [string, string])[] {
  return (headers ?? []).map(({ Name = '', Value = '' }) => [prefix + Name, Value] as const)
}
