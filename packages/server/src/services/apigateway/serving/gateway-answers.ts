import type { Answer } from '../../../dataplane/answers.ts'

/** What API Gateway says by itself, by the type that it names in a header. */
const said = {
  MissingAuthenticationTokenException: [403, 'Missing Authentication Token'],
  ForbiddenException: [403, 'Forbidden'],
  AccessDeniedException: [403, 'User is not authorized to access this resource'],
  RequestTooLargeException: [413, 'HTTP content length exceeded 10485760 bytes.'],
  TooManyRequestsException: [429, 'Too Many Requests'],
  InternalServerErrorException: [500, 'Internal server error'],
  BadGatewayException: [502, 'Internal server error'],
  GatewayTimeoutException: [504, 'Endpoint request timed out'],
} as const satisfies Readonly<Record<string, readonly [status: number, message: string]>>

/** The kinds of answers of API Gateway's own. */
export type GatewayAnswer = keyof typeof said

/**
 * An answer of API Gateway's own
 * (https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html).
 */
export function gatewayAnswer(type: GatewayAnswer, message?: string): Answer {
  const [status, usual] = said[type]
  return jsonAnswer(status, { message: message ?? usual }, ['x-amzn-ErrorType', type])
}

/** The answer to an error of the proxy's own, by its status. */
export function answerOfStatus(status: number): Answer {
  const types = Object.keys(said) as GatewayAnswer[]
  const type = types.findLast((each) => said[each][0] === status)
  return type === undefined
    ? jsonAnswer(status, { message: 'Bad Request' }, [])
    : gatewayAnswer(status === 403 ? 'ForbiddenException' : type)
}

function jsonAnswer(status: number, body: object, headers: readonly string[]): Answer {
  return {
    status,
    headers: ['Content-Type', 'application/json', ...headers],
    body: JSON.stringify(body),
  }
}
