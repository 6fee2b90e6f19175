import type { Integration } from '@aws-sdk/client-api-gateway'
import type { RoutedRequest } from '../../../dataplane/route.ts'
import type { PathMatch } from './path-tree.ts'

/** What the address of an HTTP integration is filled in from. */
export interface TargetFacts {
  readonly match: PathMatch
  readonly variables: Readonly<Record<string, string>>
  readonly request: Pick<RoutedRequest, 'target'>
}

/**
 * Where an HTTP proxy integration sends a request: its URI with path and stage variables filled in, and the request's
 * query string. undefined when that is no URL. Mapped parameters are
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/request-response-data-mappings.html, of paths.
 */
export function httpTarget(integration: Integration, facts: TargetFacts): URL | undefined {
  const { match, variables, request } = facts
  const mapped = (name: string): string | undefined => {
    const source = integration.requestParameters?.[`integration.request.path.${name}`]
    const from = /^method\.request\.path\.(.+)$/.exec(source ?? '')?.[1]
    return source === undefined ? match.parameters[name] : match.parameters[from ?? '']
  }
  const filled = (integration.uri ?? '')
    .replaceAll(/\$\{stageVariables\.(\w+)\}/g, (_whole, name: string) => variables[name] ?? '')
    .replaceAll(/\{([\w.-]+)\+?\}/g, (whole, name: string) => mapped(name) ?? whole)
  const url = URL.parse(filled)
  if (!url || !/^https?:$/.test(url.protocol)) return undefined
  const mark = request.target.indexOf('?')
  if (mark >= 0) {
    const query = request.target.slice(mark + 1)
    url.search = url.search === '' ? `?${query}` : `${url.search}&${query}`
  }
  return url
}
