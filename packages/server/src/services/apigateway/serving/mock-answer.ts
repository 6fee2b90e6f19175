import type { Integration, Method } from '@aws-sdk/client-api-gateway'
import type { Answer } from '../../../dataplane/answers.ts'
import { gatewayAnswer } from './gateway-answers.ts'

/** The status that a mock's request template chooses: `{"statusCode": 200}`. */
function chosenStatus({ requestTemplates }: Integration): string | undefined {
  const template =
    requestTemplates?.['application/json'] ?? Object.values(requestTemplates ?? {})[0]
  return /"?statusCode"?\s*:\s*"?(\d{3})/.exec(template ?? '')?.[1]
}

/**
 * What a mock integration answers
 * (https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-mock-integration.html).
 */
export function mockAnswer(method: Method, integration: Integration): Answer {
  const responses = Object.values(integration.integrationResponses ?? {})
  const status = chosenStatus(integration)
  const chosen =
    responses.find(
      ({ selectionPattern }) =>
        status !== undefined && selectionPattern !== undefined && selectionPattern === status,
    ) ?? responses.find(({ selectionPattern }) => !selectionPattern)
  const code = chosen?.statusCode
  if (status === undefined || !chosen || code === undefined || !method.methodResponses?.[code]) {
    return gatewayAnswer('InternalServerErrorException')
  }
  const [type = 'application/json', template = ''] =
    Object.entries(chosen.responseTemplates ?? {})[0] ?? []
  const headers = Object.entries(chosen.responseParameters ?? {}).flatMap(([name, value]) => {
    const [, header] = /^method\.response\.header\.(.+)$/.exec(name) ?? []
    const [, text] = /^'(.*)'$/.exec(value) ?? []
    return header === undefined || text === undefined ? [] : [header, text]
  })
  return { status: Number(code), headers: ['Content-Type', type, ...headers], body: template }
}
