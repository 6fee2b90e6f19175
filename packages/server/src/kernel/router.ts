import type { ServerProtocol, WireRequest } from '@bartizan/wire'
import { AwsError, commonError } from './errors.ts'
import type { Operation, Service } from './service.ts'
import type { ErrorFamily } from './identity/identify.ts'

/** Where a request goes. */
export interface Route {
  readonly service: Service
  readonly protocol: ServerProtocol
  /** The operation's name, implemented or not; undefined when the request names none that exists. */
  readonly operationName: string | undefined
  readonly operation: Operation | undefined
}

/** Finds the service, protocol and operation that a request is for. */
export interface Router {
  /** `signingName` is the service of the credential scope, when the request is signed. */
  route(request: WireRequest, signingName: string | undefined): Route | undefined
}

/** Builds the router of a set of services. */
export function routerOf(services: readonly Service[]): Router {
  const known = new Map(services.map((service) => [service, new Set(service.sdkOperations)]))
  const firstMatch = (candidates: readonly Service[], request: WireRequest): Route | undefined => {
    for (const service of candidates) {
      for (const protocol of service.protocols) {
        const operationName = protocol.operationName(request)
        if (operationName === undefined || !known.get(service)?.has(operationName)) continue
        return { service, protocol, operationName, operation: service.operations[operationName] }
      }
    }
    return undefined
  }
  const bySigningName = new Map<string, Service[]>()
  for (const service of services) {
    for (const name of service.signingNames) {
      bySigningName.set(name, [...(bySigningName.get(name) ?? []), service])
    }
  }
  return {
    route(request, signingName) {
      if (signingName !== undefined) {
        const candidates = bySigningName.get(signingName) ?? []
        return firstMatch(candidates, request) ?? fallback(candidates)
      }
      return firstMatch(services, request)
    },
  }
}

/** A request for a known service that names no operation of it. */
function fallback(services: readonly Service[]): Route | undefined {
  const [service] = services
  const protocol = service?.protocols[0]
  return service && protocol
    ? { service, protocol, operationName: undefined, operation: undefined }
    : undefined
}

/** Whether a protocol's services speak of `…Exception` or not. */
export function familyOf(protocol: ServerProtocol): ErrorFamily {
  return protocol.id === 'awsQuery' || protocol.id === 'ec2Query' || protocol.id === 'restXml'
    ? 'query'
    : 'json'
}

/** The operation of a route, or AWS's error for one that is unknown, or ours for one that is absent. */
export function operationOf({ service, protocol, operationName, operation }: Route): Operation {
  if (operation) return operation
  if (operationName !== undefined) {
    const message = `${service.id}:${operationName} is not implemented by Bartizan`
    throw new AwsError({ code: 'NotImplemented', message, status: 501, fault: 'server' })
  }
  throw familyOf(protocol) === 'query'
    ? commonError('InvalidAction', 'Could not find the requested operation.', 400)
    : commonError('UnknownOperationException', '', 400)
}
