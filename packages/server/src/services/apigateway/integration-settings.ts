import type { Integration, PutIntegrationRequest } from '@aws-sdk/client-api-gateway'
import { badRequest } from './errors.ts'

const maxTimeoutMs = 29_000
const lambdaForm =
  /^arn:[\w-]+:apigateway:[a-z0-9-]+:lambda:path\/2015-03-31\/functions\/(arn:[\w-]+:lambda:[a-z0-9-]+:\d{12}:function:[\w:$${}.-]+)\/invocations$/

/** The function's ARN in the address of a Lambda integration; undefined when it is none. */
export function functionOf(uri: string): string | undefined {
  return lambdaForm.exec(uri)?.[1]
}

/** What Bartizan has no engine for (Velocity) is refused rather than kept. */
function checkSupported({ type, requestTemplates }: Given): void {
  if (type === 'HTTP' || type === 'AWS') {
    throw badRequest(`Integrations of type ${type} are not supported by Bartizan, ${type}_PROXY is`)
  }
  const templates = Object.values(requestTemplates ?? {})
  if (templates.some((template) => /[$#]/.test(template))) {
    throw badRequest('Mapping templates in Velocity are not supported by Bartizan')
  }
}

function checkedUri(type: string, uri: string): void {
  if (type === 'HTTP_PROXY') {
    const plain = uri.replaceAll(/\$\{stageVariables\.\w+\}|\{\w+\+?\}/g, 'x')
    if (!/^https?:\/\//.test(uri) || !URL.canParse(plain)) {
      throw badRequest('Invalid HTTP endpoint specified for URI')
    }
    return
  }
  if (!uri.startsWith('arn:'))
    throw badRequest('AWS ARN for integration must contain path or action')
  if (functionOf(uri) === undefined) {
    throw badRequest(
      'Integrations with AWS services other than Lambda are not supported by Bartizan',
    )
  }
}

type Given = Partial<Omit<PutIntegrationRequest, 'restApiId' | 'resourceId' | 'httpMethod'>>

/** An integration as it is kept, with API Gateway's defaults. Throws BadRequestException. */
export function checkedIntegration(given: Given, resourceId: string): Integration {
  const { type = 'MOCK', uri, integrationHttpMethod, timeoutInMillis = maxTimeoutMs } = given
  checkSupported(given)
  if (type !== 'MOCK') {
    if (uri === undefined)
      throw badRequest('Invalid URI specified for integration: a URI is required')
    if (!integrationHttpMethod) {
      throw badRequest('Enumeration value for HttpMethod must be non-empty')
    }
    checkedUri(type, uri)
  }
  if (timeoutInMillis < 50 || timeoutInMillis > maxTimeoutMs) {
    throw badRequest('Timeout should be between 50 ms and 29000 ms')
  }
  if (given.connectionType === 'VPC_LINK') {
    throw badRequest('VPC links are not supported by Bartizan: the network is the machine’s own')
  }
  const passthroughBehavior = given.passthroughBehavior ?? 'WHEN_NO_MATCH'
  const { requestParameters, requestTemplates, credentials, contentHandling } = given
  return {
    type,
    ...(integrationHttpMethod !== undefined && { httpMethod: integrationHttpMethod }),
    ...(uri !== undefined && { uri }),
    ...(given.connectionType && { connectionType: given.connectionType }),
    ...(credentials !== undefined && { credentials }),
    ...(requestParameters && { requestParameters }),
    ...(requestTemplates && { requestTemplates }),
    passthroughBehavior,
    ...(contentHandling && { contentHandling }),
    timeoutInMillis,
    cacheNamespace: given.cacheNamespace ?? resourceId,
    cacheKeyParameters: given.cacheKeyParameters ?? [],
    ...(given.tlsConfig && { tlsConfig: given.tlsConfig }),
  }
}
